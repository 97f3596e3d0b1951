-- Of the names $1 (an array) that stand before a bracket in a query: the first that is a function which may give something
-- else the next time, or is not PostgreSQL's own. Those that depend on nothing but what the session has set for good may stay,
-- and of those that depend on an order none may.
select p.proname, n.nspname <> 'pg_catalog' as is_foreign
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
where p.proname = any ($1::name[])
  and (n.nspname = 'pg_catalog' or n.nspname = any (string_to_array($2, E'\n')::name[]))
  and (n.nspname <> 'pg_catalog'
       or p.provolatile = 'v'
       or p.proname in ('now', 'age', 'string_agg', 'array_agg', 'json_agg', 'jsonb_agg', 'json_object_agg', 'jsonb_object_agg', 'xmlagg')
       or (p.provolatile = 's' and p.proname not in (
           'to_char', 'to_date', 'to_timestamp', 'date_trunc', 'date_part', 'extract', 'timezone', 'concat', 'concat_ws', 'format',
           'to_json', 'to_jsonb', 'row_to_json', 'json_build_object', 'json_build_array', 'jsonb_build_object', 'jsonb_build_array',
           'array_to_string', 'array_to_json', 'date', 'time', 'timestamp', 'timestamptz', 'timetz', 'text')))
order by p.proname, n.nspname <> 'pg_catalog' desc
limit 1
