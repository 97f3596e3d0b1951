-- Where names without a schema lie, as the role and the database have it; from then on nothing is found but by its
-- full name, so that nobody's table or function can stand in for another.
select pg_catalog.array_to_string(pg_catalog.current_schemas(false), E'\n') as schemas,
       pg_catalog.set_config('search_path', '', false),
       (select system_identifier::pg_catalog.text from pg_catalog.pg_control_system()) as system,
       (select oid::pg_catalog.text from pg_catalog.pg_database where datname operator(pg_catalog.=) pg_catalog.current_database()) as database
