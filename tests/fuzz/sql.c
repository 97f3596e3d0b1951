/*
 * sql.c: is the shape of any bytes a shape, whatever they are, and does every byte belong to some statement?
 *
 * The first byte chooses whose words they are.
 */
#include "engine/model/sql_shape.h"
#include "tests/fuzz/fuzz.h"

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Tokens stand one behind the other, inside of the text, and each has a size. */
static void check_tokens(struct span text, enum sql_dialect dialect)
{
	struct sql_reader reader = sql_reader_of(text, dialect);
	const char *behind = text.data;
	struct sql_token token;

	while (sql_next_token(&reader, &token)) {
		law(token.text.data >= behind, "a token begins before the last one ends");
		law(token.text.size > 0, "an empty token");
		behind = token.text.data + token.text.size;
		law(behind <= text.data + text.size, "a token ends behind the text");
		law(reader.at == behind, "the reader is not behind the token");
		law(!is_blank(*token.text.data), "a blank is a token");
	}
	law(reader.at == text.data + text.size, "%zu bytes are left",
	    (size_t)(text.data + text.size - reader.at));
}

/* Of a shape that is a question: what it is of itself. */
static void check_shape(const struct sql_shape *shape, enum sql_dialect dialect,
			struct arena *arena)
{
	struct span text = fuzz_exact(shape->text);
	struct sql_reader reader = sql_reader_of(text, dialect);
	struct sql_shape again, more;

	law(sql_next_shape(&reader, arena, &again), "no statement: %.*s", SPAN_ARGS(text));
	law(again.ask == SQL_QUESTION, "no question: %.*s", SPAN_ARGS(text));
	law(span_equal(again.text, text), "%.*s\nis of itself %.*s", SPAN_ARGS(text),
	    SPAN_ARGS(again.text));
	law(again.table_count == shape->table_count, "%d tables, not %d: %.*s", again.table_count,
	    shape->table_count, SPAN_ARGS(text));
	for (int i = 0; i < again.table_count; i++)
		law(strcmp(again.tables[i], shape->tables[i]) == 0, "%s, not %s", again.tables[i],
		    shape->tables[i]);
	law(!sql_next_shape(&reader, arena, &more), "two statements: %.*s", SPAN_ARGS(text));
	fuzz_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = fuzz_input(data, size);
	enum sql_dialect dialect = fuzz_byte(&input) % 2 ? SQL_SQLITE : SQL_POSTGRES;
	struct span text = fuzz_exact(fuzz_rest(&input));
	struct sql_reader reader = sql_reader_of(text, dialect);
	struct sql_shape shape;
	struct arena arena;

	arena_init(&arena);
	check_tokens(text, dialect);
	while (sql_next_shape(&reader, &arena, &shape))
		if (shape.ask == SQL_QUESTION)
			check_shape(&shape, dialect, &arena);
	arena_release(&arena);
	fuzz_free(text);
	return 0;
}
