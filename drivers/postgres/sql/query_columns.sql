-- What is known of columns by their types alone: $1 the types' oids, $2 what limits them, both as arrays.
with recursive base as (
    select n.place, t.oid, t.typtype, t.typbasetype, n.typmod
    from unnest($1::oid[], $2::int[]) with ordinality as n (type, typmod, place)
    join pg_type as t on t.oid = n.type
    union all
    select b.place, t.oid, t.typtype, t.typbasetype, greatest(b.typmod, d.typtypmod)
    from base as b
    join pg_type as d on d.oid = b.oid
    join pg_type as t on t.oid = b.typbasetype
    where b.typtype = 'd'
)
select format_type(b.oid, b.typmod) as type, format_type(b.oid, null) as base_type, b.oid as base, b.typtype, b.typmod, t.typlen,
       t.typcollation <> 0 as has_collation
from base as b
join pg_type as t on t.oid = b.oid
where b.typtype <> 'd'
order by b.place
