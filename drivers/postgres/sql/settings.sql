-- Texts of values are the same whatever the role, the database or the server has set; nothing takes for ever. Who holds a
-- lock and hangs is ended before who waits for it gives up.
set timezone = 'UTC';
set datestyle = 'ISO, YMD';
set intervalstyle = 'iso_8601';
set extra_float_digits = 3;
set bytea_output = 'hex';
set xmloption = 'content';
set standard_conforming_strings = on;
set row_security = off;
set jit = off;
set statement_timeout = '20s';
set lock_timeout = '10s';
set idle_in_transaction_session_timeout = '8s'
