/*
 * derive_fixture.c: rule files written for one test, and rows without a database.
 */
#include "tests/rules/derive_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fixture fx;

static struct cell cells[FIXTURE_SOURCES][FIXTURE_ROWS][FIXTURE_COLUMNS];
static const struct cell *rows[FIXTURE_SOURCES][FIXTURE_ROWS];
static struct rule_budget budget;

static void print_faults(const struct fault_list *faults)
{
	for (size_t i = 0; i < faults->fault_count; i++) {
		const struct fault *fault = &faults->faults[i];

		fprintf(stderr, "%s %.*s line %d: %.*s\n", fault->code, SPAN_ARGS(fault->where),
			fault->line, SPAN_ARGS(fault->message));
	}
}

void rule_open_text(const char *text)
{
	char folder[] = "/tmp/rules_test_XXXXXX";
	struct fault_list faults, warnings;
	FILE *file;

	arena_init(&fx.arena);
	fault_list_init(&faults, &fx.arena);
	fault_list_init(&warnings, &fx.arena);
	cr_assert_not_null(mkdtemp(folder));
	snprintf(fx.path, sizeof(fx.path), "%s/v1.lua", folder);
	file = fopen(fx.path, "w");
	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
	if (!rule_host_open(fx.path, NULL, &budget, &fx.host, &faults, &warnings, &fx.err)) {
		print_faults(&faults);
		cr_assert_fail("%s", fx.err.text);
	}
	fx.entity = &rule_host_migration(fx.host)->entities[0];
	given_nothing();
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

void rule_open(const struct rule *rule)
{
	static char text[1 << 16];

	budget.instructions = rule->instructions;
	budget.memory_bytes = rule->memory_bytes;
	budget.cpu_ms = rule->cpu_ms;
	snprintf(
	    text, sizeof(text),
	    "%s\n"
	    "return migration { version = 'v1', system = 'legacy',\n"
	    "entity 'job' {\n"
	    "source = {\n"
	    "root = table 'del' { key = 'id', types = { %s }, %s },\n"
	    "events = children 'del_events' { parent = 'del_id', key = 'seq',\n"
	    "types = { seq = int, at = instant { zone = 'UTC' }, qty = int, price = decimal } },\n"
	    "meta = children 'del_meta' { parent = 'del_id', key = 'k' },\n"
	    "%s },\n"
	    "fields = { jobId = id { from = 'id', prefix = 'job_' },\n"
	    "%s },\n"
	    "%s } }\n",
	    or_empty(rule->before), or_empty(rule->types), or_empty(rule->root),
	    or_empty(rule->sources), or_empty(rule->fields), or_empty(rule->more));
	rule_open_text(text);
}

void rule_close(void)
{
	if (fx.host)
		rule_host_close(fx.host);
	arena_release(&fx.arena);
	if (fx.path[0]) {
		unlink(fx.path);
		*strrchr(fx.path, '/') = '\0';
		rmdir(fx.path);
	}
}

static int source_index(const char *name)
{
	for (int i = 0; i < fx.entity->sources.source_count; i++) {
		if (strcmp(fx.entity->sources.sources[i].name, name) == 0)
			return i;
	}
	cr_assert_fail("no source %s", name);
	return -1;
}

void given_nothing(void)
{
	memset(cells, 0, sizeof(cells));
	memset(rows, 0, sizeof(rows));
	source_row_init(&fx.row, &fx.arena, fx.entity->sources.source_count);
	for (int i = 0; i < fx.entity->sources.source_count; i++)
		fx.row.rows[i] = rows[i];
	rows[0][0] = cells[0][0];
	fx.row.row_count[0] = 1;
	fx.row.key = SPAN("[\"7\"]");
	given("root", 0, "id", "7");
}

static void add_row(int source, uint32_t row)
{
	cr_assert_lt(row, FIXTURE_ROWS);
	if (!rows[source][row])
		rows[source][row] = cells[source][row];
	if (fx.row.row_count[source] <= row)
		fx.row.row_count[source] = row + 1;
}

void given_cell(const char *source, uint32_t row, const char *column, struct cell cell)
{
	int index = source_index(source);
	const struct source *about = &fx.entity->sources.sources[index];

	cr_assert_leq(about->column_count, FIXTURE_COLUMNS);
	add_row(index, row);
	for (int i = 0; i < about->column_count; i++) {
		if (strcmp(about->columns[i], column) == 0)
			cells[index][row][i] = cell;
	}
}

void given(const char *source, uint32_t row, const char *column, const char *text)
{
	given_cell(source, row, column,
		   (struct cell){ .data = text,
				  .size = (uint32_t)(text ? strlen(text) : 0),
				  .kind = text ? CELL_TEXT : CELL_NULL });
}

void given_missing(const char *source, uint32_t row)
{
	int index = source_index(source);

	add_row(index, row);
	rows[index][row] = NULL;
}

void derive(void)
{
	cr_assert(rule_host_derive(fx.host, 0, &fx.row, &fx.arena, &fx.outcome, &fx.err), "%s",
		  fx.err.text);
}

const char *body(void)
{
	struct buf buf;
	struct span text;

	if (fx.outcome.kind == OUTCOME_RECORD)
		return arena_copy(&fx.arena, fx.outcome.body).data;
	if (fx.outcome.kind == OUTCOME_SKIP)
		return arena_print(&fx.arena, "skip: %.*s", SPAN_ARGS(fx.outcome.skip_text)).data;
	buf_init(&buf);
	for (size_t i = 0; i < fx.outcome.fault_count; i++) {
		const struct fault *fault = &fx.outcome.faults[i];

		buf_print(&buf, "%s %.*s: %.*s; ", fault->code, SPAN_ARGS(fault->where),
			  SPAN_ARGS(fault->message));
	}
	text = arena_copy(&fx.arena, buf_span(&buf));
	buf_release(&buf);
	return text.data;
}

const struct fault *fault_of(const char *field)
{
	const struct fault *found = NULL;

	for (size_t i = 0; fx.outcome.kind == OUTCOME_REJECT && i < fx.outcome.fault_count; i++) {
		if (!span_equal_text(fx.outcome.faults[i].field, field))
			continue;
		if (found)
			return NULL;
		found = &fx.outcome.faults[i];
	}
	return found;
}

const char *code_of(const char *field)
{
	return fault_of(field) ? fault_of(field)->code : "";
}

void expect_body(const char *expected)
{
	derive();
	cr_assert_eq(fx.outcome.kind, OUTCOME_RECORD, "%s", body());
	cr_assert_str_eq(body(), expected);
}

void expect_reject(const char *field, const char *code)
{
	derive();
	cr_assert_eq(fx.outcome.kind, OUTCOME_REJECT, "%s", body());
	cr_assert_eq(fx.outcome.fault_count, 1, "%s", body());
	cr_assert_str_eq(code_of(field), code, "%s", body());
}
