-- Of the names $1 (an array) that stand before a bracket in a query whose words are $3, names being found in the schemas $2: the
-- first that is a function which may give something else the next time, or is not PostgreSQL's own; of a row, without a bracket,
-- too (t.full_name). Those that depend on nothing but what the session has set for good may stay,
-- and of those that depend on an order none may.
select p.proname, n.nspname <> 'pg_catalog' as is_foreign
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
left join pg_type as t on t.oid = p.proargtypes[0] and t.typtype = 'c'
where (p.proname = any ($1::name[])
       or (p.proname = any ($3::name[]) and p.pronargs = 1 and t.oid is not null and n.nspname <> 'pg_catalog'))
  and (n.nspname = 'pg_catalog' or n.nspname = any ($2::name[]) or n.nspname = any ($3::name[]))
  and (n.nspname <> 'pg_catalog'
       or p.provolatile = 'v'
       or p.proname in ('now', 'age', 'string_agg', 'array_agg', 'json_agg', 'jsonb_agg', 'json_object_agg', 'jsonb_object_agg', 'xmlagg')
       or (p.provolatile = 's' and p.proname not in (
           'length', 'to_char', 'to_date', 'to_timestamp', 'date_trunc', 'date_part', 'extract', 'timezone', 'concat', 'concat_ws', 'format',
           'to_json', 'to_jsonb', 'row_to_json', 'json_build_object', 'json_build_array', 'jsonb_build_object', 'jsonb_build_array',
           'array_to_string', 'array_to_json', 'generate_series', 'numeric', 'make_timestamptz', 'quote_literal', 'quote_nullable', 'to_number', 'date', 'time', 'timestamp', 'timestamptz', 'timetz', 'text')))
order by p.proname, n.nspname <> 'pg_catalog' desc
limit 1
