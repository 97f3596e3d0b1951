-- The tables that are there, by the names that rule files use: without the schema where those to look in ($1, an array, first things
-- first) lead there. Partitions and heirs are part of what is above them, and what an extension brought is its own: both are not
-- listed, but foreign keys may name them.
select *
from (
    select c.oid::text, case when c.oid = f.oid then c.relname else n.nspname || '.' || c.relname end as name,
           not exists (select from pg_inherits as h where h.inhrelid = c.oid)
           and not exists (select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') as is_listed
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    left join lateral (
        select o.oid
        from unnest($1::text[]) with ordinality as s (schema, place)
        join pg_namespace as p on p.nspname = s.schema
        join pg_class as o on o.relnamespace = p.oid and o.relname = c.relname
        order by s.place
        limit 1
    ) as f on true
    where c.relkind in ('r', 'p') and c.relpersistence <> 't'
          and n.nspname <> 'information_schema' and not starts_with(n.nspname, 'pg_')
) as tables
order by name collate "C"
