-- What a query reads that this transaction has prepared: PostgreSQL has locked it, by whatever name and behind whatever views.
select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as place, c.relname, c.relkind,
       bool_or(l.mode <> 'AccessShareLock') as is_more, n.nspname = 'information_schema' as is_catalog,
       case when c.relkind = 'v' and n.nspname <> 'information_schema' then pg_get_viewdef(c.oid) end as definition
from pg_locks as l
join pg_class as c on c.oid = l.relation
join pg_namespace as n on n.oid = c.relnamespace
where l.pid = pg_backend_pid() and l.locktype = 'relation'
  and l.database = (select oid from pg_database where datname = current_database())
  and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname not in ('pg_catalog', 'pg_toast')
group by n.nspname, c.relname, c.relkind, c.oid
order by n.nspname, c.relname
