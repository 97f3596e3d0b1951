/*
 * driver.c: the table of functions that makes memory a driver.
 */
#include <stdlib.h>

#include "drivers/memory/memory_internal.h"

static bool memory_open(const char *location, enum conn_role role, struct conn **conn,
			struct err *err)
{
	(void)role;
	(void)conn;
	return err_set(
	    err, ERR_USAGE,
	    "'%s': memory holds nothing that a URL could name; it exists for tests and dry "
	    "runs, write sqlite:PATH",
	    location);
}

static void memory_close(struct conn *base)
{
	struct memory_conn *conn = memory_of(base);

	if (base->role == CONN_TARGET)
		memory_rollback(base);
	memory_lock(conn->store);
	conn->store->conn_count--;
	memory_unlock(conn->store);
	free(conn);
}

static bool memory_answer(struct conn *conn, const struct question *question,
			  answer_function on_row, void *context, struct err *err)
{
	(void)conn;
	(void)question;
	(void)on_row;
	(void)context;
	return err_set(err, ERR_RULE,
		       "what is kept in memory understands no SQL: it cannot be asked");
}

static void memory_put_question(struct conn *conn, const struct question *question, struct buf *sql)
{
	(void)conn;
	buf_put_text(sql, question->sql);
}

const struct driver memory_driver = {
	.scheme = "memory",
	.can = DRIVER_CAN_SOURCE | DRIVER_CAN_TARGET | DRIVER_ONE_WRITER,
	.open = memory_open,
	.close = memory_close,
	.probe = memory_probe,
	.answer = memory_answer,
	.put_question = memory_put_question,
	.list = memory_list,
	.describe = memory_describe,
	.describe_query = memory_describe_query,
	.open_reader = memory_open_reader,
	.close_reader = memory_close_reader,
	.find_bound = memory_find_bound,
	.read_range = memory_read_range,
	.read_keys = memory_read_keys,
	.count_roots = memory_count_roots,
	.explain = memory_explain,
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.ensure_table = memory_ensure_table,
	.table_exists = memory_table_exists,
	.put_ddl = memory_put_ddl,
	.select = memory_select,
	.digest = memory_digest,
	.digest_name = memory_digest_name,
	.insert = memory_insert,
	.insert_from = memory_insert_from,
	.update = memory_update,
	.remove = memory_remove,
};
