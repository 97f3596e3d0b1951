-- Where pg_stat_statements lies in this database: its schema in quotes, whether it tells what it forgot (since 1.9), whether the server
-- loads it (NULL: this role may not see), and whether it keeps nothing, which may be so for this role alone.
select quote_ident(n.nspname),
       to_regclass(quote_ident(n.nspname) || '.pg_stat_statements_info') is not null,
       (select s.setting ~ '(^|[\s,"/])pg_stat_statements($|[\s,"])' from pg_settings s where s.name = 'shared_preload_libraries'),
       exists (select from pg_settings s where s.name = 'pg_stat_statements.track' and s.setting = 'none'
               and s.source not in ('user', 'database user', 'client', 'session', 'interactive'))
from (select 1) as one
left join pg_extension e on e.extname = 'pg_stat_statements'
left join pg_namespace n on n.oid = e.extnamespace
