-- What the tables $1 (an array of names) are made of besides their own columns: the tables that inherit from them or are their
-- partitions, and the enums and composite types below their columns. A label that is renamed and renamed back is another row.
with recursive heirs (name, oid) as (
    select n.name, h.inhrelid
    from unnest($1::text[]) as n (name)
    join pg_inherits as h on h.inhparent = to_regclass(n.name)
    union
    select p.name, h.inhrelid from heirs as p join pg_inherits as h on h.inhparent = p.oid
), types (oid) as (
    select a.atttypid
    from unnest($1::text[]) as n (name)
    join pg_attribute as a on a.attrelid = to_regclass(n.name)
    where a.attnum > 0 and not a.attisdropped
    union
    select p.oid
    from types
    join pg_type as t on t.oid = types.oid
    cross join lateral (
        select t.typbasetype union all select t.typelem
        union all select r.rngsubtype from pg_range as r where r.rngtypid = t.oid
        union all select a.atttypid from pg_attribute as a where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0
    ) as p (oid)
    where p.oid <> 0
)
select 'heir' as kind, oid::regclass::text as name, min(name) as parts, '' as rows
from heirs
group by oid
union all
select 'type', format_type(t.oid, null), string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder),
       string_agg(e.xmin::text, ' ' order by e.enumsortorder)
from types
join pg_type as t on t.oid = types.oid
join pg_enum as e on e.enumtypid = t.oid
group by t.oid
union all
select 'type', format_type(t.oid, null),
       string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum),
       string_agg(a.xmin::text, ' ' order by a.attnum)
from types
join pg_type as t on t.oid = types.oid and t.typtype = 'c'
join pg_attribute as a on a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
group by t.oid
order by 1, 2
