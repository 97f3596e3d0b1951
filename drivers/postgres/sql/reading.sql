-- Of legacy nothing is written; it is read by its indexes, whatever its statistics say, and by one process. What is asked for each chunk
-- is planned once: planning it costs more than answering it.
set default_transaction_read_only = on;
set enable_seqscan = off;
set enable_sort = off;
set enable_indexscan = on;
set enable_indexonlyscan = on;
set max_parallel_workers_per_gather = 0;
set plan_cache_mode = force_generic_plan
