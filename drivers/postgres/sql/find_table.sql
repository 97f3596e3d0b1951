-- $1: a table's name as a rule file has it, "del" or "archive.del"; $2: the schemas to look in, an array, first things
-- first. A name with a dot may be a schema's and a table's, if no table is called just so.
with places as (
    select unnest($2::text[]) as schema, $1::text as name
    union all
    select left($1, strpos($1, '.') - 1), substr($1, strpos($1, '.') + 1) where strpos($1, '.') > 1
), numbered as (
    select schema, name, row_number() over () as place from places
)
select c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name, c.relkind,
       c.relkind = 'r' and exists (select from pg_inherits as h where h.inhparent = c.oid) as has_heirs
from numbered as p
join pg_namespace as n on n.nspname = p.schema
join pg_class as c on c.relnamespace = n.oid and c.relname = p.name
where c.relkind in ('r', 'p', 'v', 'm', 'f')
order by p.place
limit 1
