-- Ends sessions of ours whose statement has waited for its client longer than any statement may take ($1, in seconds): neither a COPY
-- nor a server that is sending takes note of statement_timeout then. Found first, ended then: no other session may be asked about.
with hung as materialized (
    select application_name, pid, extract(epoch from clock_timestamp() - query_start)::bigint as seconds
    from pg_stat_activity
    where datid = (select oid from pg_database where datname = current_database())
          and usesysid = (select oid from pg_roles where rolname = session_user)
          and (application_name = current_setting('application_name') or application_name like 'engine:%')
          and state = 'active' and wait_event_type = 'Client'
          and query_start < clock_timestamp() - make_interval(secs => $1::int)
)
select application_name, pid, seconds, pg_terminate_backend(pid)
from hung
