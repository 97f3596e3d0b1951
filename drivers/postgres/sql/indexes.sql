-- The plain indexes of table $1 (an oid), a row for each of their columns: valid b-trees over columns alone, the primary key
-- first, then unique ones.
select c.relname, i.indisunique, i.indkey[k] as attnum, i.indoption[k] & 1 as descends,
       o.opcdefault and i.indcollation[k] = a.attcollation as is_plain, k
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
join pg_am as m on m.oid = c.relam and m.amname = 'btree'
cross join generate_series(0, i.indnkeyatts - 1) as k
join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[k]
join pg_opclass as o on o.oid = i.indclass[k]
where i.indrelid = $1::oid and i.indisvalid and i.indpred is null and i.indexprs is null
order by i.indisprimary desc, i.indisunique desc, c.relname collate "C", k
