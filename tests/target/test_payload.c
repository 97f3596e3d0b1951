/*
 * test_payload.c: where lineage stands in a record, and what a target that keeps the shortest names first is sent.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "engine/target/payload.h"

struct expectation {
	const char *names[4]; /* in canonical order */
	const char *values[4];
	enum payload_order order;
	const char *payload; /* ' for ", L for the lineage */
};

static struct arena arena;

static void begin(void)
{
	arena_init(&arena);
}

static void end(void)
{
	arena_release(&arena);
}

TestSuite(payload, .init = begin, .fini = end, .timeout = 30);

static const char *const columns[] = { "b", "id", "a" };
static const int key_columns[] = { 1, 0 };
static const struct source sources[] = {
	{ .table = "del", .columns = columns, .key_columns = key_columns, .key_count = 2 },
	{ .table = "del_meta" },
};
static const struct cell root[] = { { "x", 1, CELL_TEXT }, { "7", 1, CELL_TEXT } };
static const struct cell *const roots[] = { root };
static const struct cell *const *rows[] = { roots };
static const struct source_row row = { .rows = rows, .digest = { 1, 2 } };
static const struct decision_info decisions[] = { { .id = "D-1" }, { .id = "D-2" } };
static const struct migration_info migration = { .version = "v3", .system = "old" };

/* The payload of a record with these members, those without a value left out. */
static struct span payload_of(const char *const *names, const char *const *values,
			      const char *transformed_at, enum payload_order order)
{
	struct field_info fields[4] = { 0 };
	struct entity_info entity = { .sources = { .sources = sources, .source_count = 2 },
				      .fields = fields,
				      .decisions = decisions,
				      .decision_count = 2 };
	struct outcome outcome = { .decisions = 2 };
	struct payload_form form;
	struct buf body, payload;
	uint32_t ends[4];

	buf_init(&body);
	buf_init(&payload);
	for (int i = 0; i < 4 && names[i]; i++) {
		fields[entity.field_count++].name = names[i];
		if (values[i])
			buf_print(&body, "%c\"%s\":%s", body.size ? ',' : '{', names[i], values[i]);
		ends[i] = (uint32_t)body.size;
	}
	buf_put_text(&body, body.size ? "}" : "{}");
	outcome.body = arena_copy(&arena, buf_span(&body));
	outcome.member_ends = ends;
	payload_form_init(&form, &arena, &migration, &entity, transformed_at, order);
	payload_put(&payload, &form, &row, &outcome);
	outcome.body = arena_copy(&arena, buf_span(&payload));
	buf_release(&payload);
	buf_release(&body);
	return outcome.body;
}

static const struct expectation expectations[] = {
	{ { "a", "zid" }, { "1", "2" }, PAYLOAD_CANONICAL, "{'a':1,'lineage':L,'zid':2}" },
	{ { "a", "zid" }, { NULL, "2" }, PAYLOAD_CANONICAL, "{'lineage':L,'zid':2}" },
	{ { "a", "b" }, { "1", "2" }, PAYLOAD_CANONICAL, "{'a':1,'b':2,'lineage':L}" },
	{ { "a", "zid" }, { "1", NULL }, PAYLOAD_CANONICAL, "{'a':1,'lineage':L}" },
	{ { "a", "zid" }, { NULL, NULL }, PAYLOAD_CANONICAL, "{'lineage':L}" },
	{ { NULL }, { NULL }, PAYLOAD_SHORTEST_FIRST, "{'lineage':L}" },
	{ { "aaaaaaaa", "b", "jobId", "mmmmmmm" },
	  { "1", "2", "3", "4" },
	  PAYLOAD_SHORTEST_FIRST,
	  "{'b':2,'jobId':3,'lineage':L,'mmmmmmm':4,'aaaaaaaa':1}" },
	{ { "aaaaaaaa", "b", "jobId", "mmmmmmm" },
	  { "1", NULL, "3", NULL },
	  PAYLOAD_SHORTEST_FIRST,
	  "{'jobId':3,'lineage':L,'aaaaaaaa':1}" },
};

/* Indexes: what a parameter points at is elsewhere in the process that runs the test. */
ParameterizedTestParameters(payload, every_member_in_its_place)
{
	static int indexes[sizeof(expectations) / sizeof(*expectations)];
	int count = sizeof(expectations) / sizeof(*expectations);

	for (int i = 0; i < count; i++)
		indexes[i] = i;
	return cr_make_param_array(int, indexes, (size_t)count);
}

static const char *const lineages[2][2] = {
	{ "{'decisions':['D-2'],'sourcePrimaryKeys':{'b':'x','id':'7'},'sourceSystem':'old',"
	  "'sourceTables':['del','del_meta'],'transformVersion':'v3'}",
	  "{'decisions':['D-2'],'sourceDigest':'00000000000000010000000000000002',"
	  "'sourcePrimaryKeys':{'b':'x','id':'7'},'sourceSystem':'old',"
	  "'sourceTables':['del','del_meta'],'transformVersion':'v3','transformedAt':'now'}" },
	{ "{'decisions':['D-2'],'sourceSystem':'old','sourceTables':['del','del_meta'],"
	  "'transformVersion':'v3','sourcePrimaryKeys':{'b':'x','id':'7'}}",
	  "{'decisions':['D-2'],'sourceDigest':'00000000000000010000000000000002',"
	  "'sourceSystem':'old','sourceTables':['del','del_meta'],'transformedAt':'now',"
	  "'transformVersion':'v3','sourcePrimaryKeys':{'b':'x','id':'7'}}" },
};

static void put_expected(struct buf *buf, const char *text, const char *lineage)
{
	for (; *text; text++) {
		if (*text == 'L')
			put_expected(buf, lineage, NULL);
		else
			buf_put_char(buf, *text == '\'' ? '"' : *text);
	}
}

ParameterizedTest(int *index, payload, every_member_in_its_place)
{
	const struct expectation *e = &expectations[*index];

	for (int is_of_run = 0; is_of_run <= 1; is_of_run++) {
		struct span payload =
		    payload_of(e->names, e->values, is_of_run ? "now" : NULL, e->order);
		struct buf expected;

		buf_init(&expected);
		put_expected(&expected, e->payload, lineages[e->order][is_of_run]);
		cr_assert(span_equal(payload, buf_span(&expected)), "%.*s\nis not\n%s",
			  SPAN_ARGS(payload), expected.data);
		buf_release(&expected);
	}
}
