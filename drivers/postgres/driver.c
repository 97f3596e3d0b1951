/*
 * driver.c: the table of functions that makes PostgreSQL a driver.
 */
#include "drivers/postgres/reader_internal.h"

const struct driver postgres_driver = {
	.scheme = "postgres",
	.other_scheme = "postgresql",
	.can = DRIVER_CAN_SOURCE | DRIVER_CAN_TARGET | DRIVER_REMOTE | DRIVER_JSON_SHORTEST_FIRST,
	.is_same = pg_is_same,
	.identity = pg_identity,
	.is_lost = pg_is_lost,
	.open = pg_open,
	.close = pg_close,
	.set_name = pg_set_name,
	.probe = pg_probe,
	.list = pg_list,
	.describe = pg_describe,
	.describe_query = pg_describe_query,
	.open_reader = pg_open_reader,
	.close_reader = pg_close_reader,
	.find_bound = pg_find_bound,
	.read_range = pg_read_range,
	.read_keys = pg_read_keys,
	.count_roots = pg_count_roots,
	.explain = pg_explain,
	.begin = pg_begin,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.ensure_table = pg_ensure_table,
	.table_exists = pg_table_exists,
	.put_ddl = pg_put_ddl,
	.now = pg_now,
	.select = pg_select,
	.insert = pg_insert,
	.insert_from = pg_insert_from,
	.update = pg_update,
	.remove = pg_remove,
};
