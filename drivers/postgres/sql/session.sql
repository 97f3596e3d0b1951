-- Where names without a schema lie, as the role and the database have it: all of them and the first, as arrays, the first by
-- its name, and all as search_path wants them. From then on nothing is found but by its full name, so that nobody's table or
-- function can stand in for another.
select pg_catalog.current_schemas(false)::pg_catalog.text as schemas,
       array[pg_catalog.current_schema()]::pg_catalog.text as first,
       pg_catalog.current_schema() as schema,
       (select pg_catalog.string_agg(pg_catalog.quote_ident(s), ', ' order by place)
        from pg_catalog.unnest(pg_catalog.current_schemas(false)) with ordinality as n (s, place)) as path,
       (select system_identifier::pg_catalog.text from pg_catalog.pg_control_system()) as system,
       (select oid::pg_catalog.text from pg_catalog.pg_database where datname operator(pg_catalog.=) pg_catalog.current_database()) as database,
       pg_catalog.set_config('search_path', '', false)
