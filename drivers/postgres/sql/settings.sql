-- Texts of values are the same, and what is committed stays, whatever the role, the database or the server has set; nothing
-- takes for ever; who holds a lock and hangs is ended before who waits for it gives up (within a COPY by end_hung.sql).
set timezone = 'UTC';
set datestyle = 'ISO, YMD';
set intervalstyle = 'iso_8601';
set extra_float_digits = 3;
set bytea_output = 'hex';
set xmloption = 'content';
set lc_numeric = 'C';
set lc_time = 'C';
set standard_conforming_strings = on;
set transform_null_equals = off;
set quote_all_identifiers = off;
set client_min_messages = warning;
set row_security = off;
set jit = off;
set default_transaction_isolation = 'read committed';
set statement_timeout = '20s';
set lock_timeout = '10s';
set idle_in_transaction_session_timeout = '8s';
-- The first is not known before 14; more than "on" may be set for the second, and stays.
select set_config(name, case name when 'synchronous_commit' then 'on' else '0' end, false)
from pg_settings
where name = 'idle_session_timeout' or (name = 'synchronous_commit' and setting in ('off', 'local'))
