-- The columns of table $1 (an oid): what they are declared as, and what lies below their domains.
with recursive base as (
    select a.attnum, t.oid, t.typtype, t.typbasetype, a.atttypmod as typmod
    from pg_attribute as a
    join pg_type as t on t.oid = a.atttypid
    where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
    union all
    select b.attnum, t.oid, t.typtype, t.typbasetype, greatest(b.typmod, d.typtypmod)
    from base as b
    join pg_type as d on d.oid = b.oid
    join pg_type as t on t.oid = b.typbasetype
    where b.typtype = 'd'
)
select a.attnum, a.attname, format_type(a.atttypid, a.atttypmod) as type, format_type(b.oid, null) as base_type, b.oid as base,
       b.typtype, b.typmod, t.typlen, a.attnotnull, a.attcollation, coalesce(l.collname, '') as collation,
       coalesce(l.collisdeterministic, true) as is_deterministic
from pg_attribute as a
join base as b on b.attnum = a.attnum and b.typtype <> 'd'
join pg_type as t on t.oid = b.oid
left join pg_collation as l on l.oid = a.attcollation
where a.attrelid = $1::oid
order by a.attnum
