-- Of legacy nothing is written; it is read by its indexes, whatever its statistics say, and by one process.
set default_transaction_read_only = on;
set enable_seqscan = off;
set enable_sort = off;
set enable_indexscan = on;
set enable_indexonlyscan = on;
set max_parallel_workers_per_gather = 0
