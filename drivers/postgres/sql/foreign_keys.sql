-- Every foreign key, column by column, each with the one it names; of partitioned tables once.
select k.conrelid::text, k.oid::bigint, a.attname, k.confrelid::text, b.attname
from pg_constraint as k
cross join lateral unnest(k.conkey, k.confkey) with ordinality as p (own, other, place)
join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = p.own
join pg_attribute as b on b.attrelid = k.confrelid and b.attnum = p.other
where k.contype = 'f' and k.conparentid = 0
order by (select relname from pg_class where oid = k.conrelid) collate "C", k.oid, p.place
