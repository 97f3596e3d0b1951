/*
 * driver.c: the table of functions that makes SQLite a driver.
 */
#include "drivers/sqlite/reader_internal.h"

const struct driver sqlite_driver = {
	.scheme = "sqlite",
	.can = DRIVER_CAN_SOURCE | DRIVER_CAN_TARGET | DRIVER_ONE_WRITER,
	.dialect = SQL_SQLITE,
	.is_same = sqlite_is_same,
	.open = sqlite_open,
	.close = sqlite_close,
	.probe = sqlite_probe,
	.answer = sqlite_answer,
	.put_question = sqlite_put_question,
	.list = sqlite_list,
	.describe = sqlite_describe,
	.describe_query = sqlite_describe_query,
	.open_reader = sqlite_open_reader,
	.close_reader = sqlite_close_reader,
	.find_bound = sqlite_find_bound,
	.read_range = sqlite_read_range,
	.read_keys = sqlite_read_keys,
	.count_roots = sqlite_count_roots,
	.explain = sqlite_explain,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.ensure_table = sqlite_ensure_table,
	.table_exists = sqlite_table_exists,
	.put_ddl = sqlite_put_ddl,
	.select = sqlite_select,
	.digest = sqlite_digest,
	.digest_name = sqlite_digest_name,
	.insert = sqlite_insert,
	.insert_from = sqlite_insert_from,
	.update = sqlite_update,
	.remove = sqlite_remove,
};
