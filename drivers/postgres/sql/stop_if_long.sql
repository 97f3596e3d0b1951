-- Behind state.sql: divides by zero, and so stops the message it stands in, when what follows might send too long a value.
select 1 / (current_setting('engine.has_long') = 'false')::int
