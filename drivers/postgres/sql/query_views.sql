-- Which of the names $1 (an array) in a query are views, as a rule file may call them.
select distinct c.relname
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where c.relname = any ($1::name[]) and c.relkind in ('v', 'm') and n.nspname = any (string_to_array($2, E'\n')::name[])
order by 1
