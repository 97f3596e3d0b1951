/*
 * jobs.c: the table most tests of the target write to, and what stands in it as text.
 */
#include <criterion/criterion.h>

#include "tests/drivers/jobs.h"

const struct table_column job_columns[JOB_COLUMNS] = { [ID] = { "id", TABLE_TEXT, true },
						       [COUNT] = { "count", TABLE_INT, true },
						       [AT] = { "at", TABLE_INSTANT, false },
						       [BODY] = { "body_json", TABLE_JSON, false },
						       [NOTE] = { "note", TABLE_TEXT, false } };

const struct table job = { .name = "job_final",
			   .columns = job_columns,
			   .column_count = JOB_COLUMNS,
			   .primary_key_count = 1,
			   .indexes = { { { COUNT, AT, -1, 0 } } },
			   .index_count = 1 };

void target_open(struct target *target, int driver)
{
	memset(target, 0, sizeof(*target));
	fixture_open(&target->fixture, driver);
	target->conn = fixture_connect(&target->fixture, CONN_TARGET);
	cr_assert(conn_ensure_table(target->conn, &job, &target->err), "%s", target->err.text);
	target->other = fixture_connect(&target->fixture, CONN_TARGET_READ);
}

void target_close(struct target *target)
{
	conn_close(target->other);
	conn_close(target->conn);
	fixture_close(&target->fixture);
}

/* ---- what a select gives, as lines ---- */

static void put_datum(struct buf *line, const struct datum *datum)
{
	switch (datum->kind) {
	case DATUM_NULL:
		buf_put_char(line, '~');
		break;
	case DATUM_TEXT:
		buf_put_span(line, datum->text);
		break;
	case DATUM_INT:
		buf_put_int(line, datum->number);
		break;
	default:
		buf_put_char(line, '@');
		buf_put_int(line, datum->number);
		break;
	}
}

bool see(void *context, const struct datum *cells, struct err *err)
{
	struct seen *seen = context;

	for (int i = 0; i < seen->column_count; i++) {
		if (i > 0)
			buf_put_char(&seen->text, ',');
		put_datum(&seen->text, &cells[i]);
	}
	buf_put_char(&seen->text, ';');
	if (++seen->row_count == seen->stop_after)
		return err_set(err, ERR_CANCELLED, "enough");
	return true;
}

void expect_rows(struct conn *conn, const struct query *query, const char *expected)
{
	struct seen seen = { .column_count = query->column_count };
	struct err err = { 0 };

	buf_init(&seen.text);
	cr_assert(conn_select(conn, query, see, &seen, &err), "%s", err.text);
	cr_assert(span_equal_text(buf_span(&seen.text), expected), "saw '%s', expected '%s'",
		  buf_span(&seen.text).data, expected);
	buf_release(&seen.text);
}

const int by_id[] = { ID };
const int all_columns[] = { ID, COUNT, AT, BODY, NOTE };

void expect_ids(struct conn *conn, const struct condition *where, int where_count,
		const char *expected)
{
	const struct query query = { .table = &job,
				     .columns = by_id,
				     .column_count = 1,
				     .where = where,
				     .where_count = where_count,
				     .order_by = by_id,
				     .order_count = 1 };

	expect_rows(conn, &query, expected);
}

void make_row(struct datum row[5], const char *id, int64_t count)
{
	row[ID] = datum_text(id);
	row[COUNT] = datum_int(count);
	row[AT] = datum_null();
	row[BODY] = datum_null();
	row[NOTE] = datum_null();
}

void put_four(struct target *target)
{
	struct datum rows[20];

	make_row(rows, "d", 4);
	make_row(rows + 5, "b", 2);
	make_row(rows + 10, "a", 1);
	make_row(rows + 15, "c", 3);
	rows[5 + AT] = datum_instant(1000000);
	rows[15 + NOTE] = datum_text("");
	cr_assert(conn_begin(target->conn, &target->err), "%s", target->err.text);
	cr_assert(conn_insert(target->conn, &job, rows, 4, &target->err), "%s", target->err.text);
	cr_assert(conn_commit(target->conn, &target->err), "%s", target->err.text);
}
