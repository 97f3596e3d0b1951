/*
 * key.c: keys of legacy as values of PostgreSQL: what they may look like, how they stand in a statement.
 *
 * COPY takes no parameters, so values stand in statements as literals that libpq has quoted, with their type behind
 * them. What cannot be of that type is found out here: the store would fail the whole statement for it.
 */
#include "engine/model/key.h"

#include <string.h>

#include "drivers/postgres/reader_internal.h"
#include "engine/model/utf8.h"

/* Of a numeric before and behind the point, whatever its type allows. */
enum { INTEGER_DIGITS_MAX = 19, NUMERIC_DIGITS_MAX = 131072, NUMERIC_SCALE_MAX = 16383 };

static bool all_of(struct span text, const char *letters)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] == '\0' || !strchr(letters, text.data[i]))
			return false;
	return text.size > 0;
}

/* As PostgreSQL writes a bigint: no '+', no zeros in front. */
static bool is_integer(struct span text)
{
	static const char most[2][20] = { "9223372036854775807", "9223372036854775808" };
	bool is_negative = text.size > 0 && text.data[0] == '-';
	struct span digits = { text.data + is_negative, text.size - is_negative };

	if (!all_of(digits, "0123456789") || digits.size > INTEGER_DIGITS_MAX ||
	    (digits.data[0] == '0' && (digits.size > 1 || is_negative)))
		return false;
	return digits.size < INTEGER_DIGITS_MAX ||
	       memcmp(digits.data, most[is_negative], INTEGER_DIGITS_MAX) <= 0;
}

static bool is_numeric(struct span text)
{
	bool is_negative = text.size > 0 && text.data[0] == '-';
	struct span digits = { text.data + is_negative, text.size - is_negative };
	const char *point;
	size_t scale;

	if (span_equal_text(text, "NaN") || span_equal_text(digits, "Infinity"))
		return true;
	if (!all_of(digits, "0123456789.") || digits.data[0] == '.')
		return false;
	point = memchr(digits.data, '.', digits.size);
	if (point == NULL)
		return digits.size <= NUMERIC_DIGITS_MAX;
	scale = digits.size - (size_t)(point + 1 - digits.data);
	return memchr(point + 1, '.', scale) == NULL && scale <= NUMERIC_SCALE_MAX &&
	       (size_t)(point - digits.data) <= NUMERIC_DIGITS_MAX;
}

static bool is_uuid(struct span text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (text.size != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (form[i] == '-' ? text.data[i] != '-'
				   : !strchr("0123456789abcdef", text.data[i]))
			return false;
	return true;
}

static bool is_hex(struct span text)
{
	if (text.size < 2 || memcmp(text.data, "\\x", 2) != 0 || text.size % 2 != 0)
		return false;
	return text.size == 2 ||
	       all_of((struct span){ text.data + 2, text.size - 2 }, "0123456789abcdef");
}

bool pg_reader_text_fits(const struct reader *reader, const struct shape_column *column,
			 struct span text)
{
	switch (column->key_class) {
	case KEY_INTEGER:
		return is_integer(text);
	case KEY_NUMERIC:
		return is_numeric(text);
	case KEY_UUID:
		return is_uuid(text);
	case KEY_BYTES:
		return is_hex(text);
	case KEY_BOOL:
		return span_equal_text(text, "t") || span_equal_text(text, "f");
	case KEY_TIME:
		return pg_key_is_time(column->base, text);
	case KEY_ENUM:
	case KEY_TEXT:
	case KEY_PADDED:
	case KEY_OTHER:
		break;
	}
	/* A literal would end at a NUL. */
	if (text.size > 0 && memchr(text.data, '\0', text.size))
		return false;
	return reader->conn->is_raw || utf8_first_bad(text) == text.size;
}

void pg_sql_put_typed(struct pg_conn *conn, struct buf *sql, const struct shape_column *column,
		      struct span text)
{
	pg_sql_put_literal(conn, sql, text);
	buf_put_text(sql, "::");
	/* An integer of another size compares alike, and cannot be too large; "character" is one letter. */
	if (column->key_class == KEY_INTEGER)
		buf_put_text(sql, "bigint");
	else if (column->key_class == KEY_PADDED)
		buf_put_text(sql, "bpchar");
	else
		buf_put_text(sql, column->base_type);
}

/* An enum fails the statement for a label it does not have. For a bound that is right: no label, no range. */
void pg_sql_put_sought(struct pg_conn *conn, struct buf *sql, const struct shape_column *column,
		       struct span text)
{
	if (column->key_class != KEY_ENUM) {
		pg_sql_put_typed(conn, sql, column, text);
		return;
	}
	buf_print(sql, "(select l from unnest(enum_range(null::%s)) as l where l::text = ",
		  column->base_type);
	pg_sql_put_literal(conn, sql, text);
	buf_put_char(sql, ')');
}

static struct span part_of(struct reader *reader, const struct shape_column *column,
			   struct span part)
{
	bool is_text = column->key_class == KEY_TEXT || column->key_class == KEY_PADDED;

	return is_text ? key_part_text(part, &reader->scratch) : part;
}

bool pg_reader_take_key(struct reader *reader, struct span key, struct key_bound *bound, bool *fits,
			struct err *err)
{
	struct span parts[KEY_PARTS_MAX];

	*fits = true;
	if (!key_parts(key, reader->part_count, &reader->scratch, parts, err))
		return false;
	bound->is_set = true;
	for (int i = 0; i < reader->part_count; i++) {
		const struct shape_column *column = pg_match_column(&reader->sources[0], i);

		bound->parts[i] = part_of(reader, column, parts[reader->part_order[i]]);
		if (!pg_reader_text_fits(reader, column, bound->parts[i]))
			*fits = false;
	}
	return true;
}

bool pg_reader_check_key(struct reader *reader, const struct cell *row, struct err *err)
{
	const struct source_reader *root = &reader->sources[0];

	for (int i = 0; i < reader->part_count; i++) {
		const struct cell *cell = &row[root->sql.match[i]];
		const char *name = root->sql.source->columns[root->sql.match[i]];

		if (cell->kind == CELL_NULL)
			return err_set(err, ERR_DATA, "the key column %s.%s is NULL in some row",
				       root->sql.source->table, name);
		if (cell->kind == CELL_CUT)
			return err_set(
			    err, ERR_DATA,
			    "the key column %s.%s holds a value of %u bytes; %d is the most",
			    root->sql.source->table, name, cell->size, CELL_BYTES_MAX);
		if (cell->kind == CELL_TEXT &&
		    key_text_is_ambiguous(cell_span(cell), &reader->scratch))
			return err_set(err, ERR_DATA,
				       "the key column %s.%s holds the text '%.*s', which is how a "
				       "key that is not UTF-8 is written",
				       root->sql.source->table, name, SPAN_ARGS(cell_span(cell)));
	}
	return true;
}

const char *pg_key_any_value(const struct shape_column *column)
{
	switch (column->key_class) {
	case KEY_INTEGER:
	case KEY_NUMERIC:
		return "0";
	case KEY_BYTES:
		return "\\x";
	case KEY_UUID:
		return "00000000-0000-0000-0000-000000000000";
	case KEY_TIME:
		return "2000-01-01";
	case KEY_BOOL:
		return "f";
	case KEY_TEXT:
	case KEY_PADDED:
	case KEY_ENUM:
	case KEY_OTHER:
		break;
	}
	return "";
}
