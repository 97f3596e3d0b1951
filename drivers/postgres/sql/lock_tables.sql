-- One engine at a time makes tables; the number is "engine" in ASCII.
select pg_advisory_xact_lock(111533029551717)
