/*
 * rule_loader.c: any text as a rule file: it loads, or every fault says where and what, and either way soon.
 *
 * What loads has one fingerprint, derives rows and runs its examples within its budgets. Beside the file lie a module, a
 * table and what rules/ calls authority.
 */
#include <stdlib.h>
#include <time.h>

#include "engine/derive/derive.h"
#include "engine/rules/lexer.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_rule.h"

/* Ten times what the budgets below allow: sanitizers are slow, and so is a machine that does other things. */
#define CPU_MS_MAX 2000.0

static const struct rule_budget budget = {
	.instructions = 20000,
	.memory_bytes = 8 << 20,
	.load_instructions = 3000000,
	.cpu_ms = 200,
};

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

static double started_ms;

static void start(void)
{
	started_ms = cpu_ms();
}

static void check_soon(const char *what)
{
	law(cpu_ms() - started_ms < CPU_MS_MAX, "%s took %.0f ms", what, cpu_ms() - started_ms);
}

/* ---- the file ---- */

static void write_neighbours(void)
{
	static bool written;

	if (written)
		return;
	fuzz_write("authority.lua",
		   SPAN("return { history = { balance = true, fresh = \"24h\" } }\n"));
	fuzz_write("shared.lua",
		   SPAN("local function clean(s) return s and trim(s) end\n"
			"return { clean = clean, STATE = { a = \"A\", b = \"B\" } }\n"));
	fuzz_write("t.csv", SPAN("country,region\nGB,europe\nIN,asia\n"));
	written = true;
}

/* Lines as Lua counts them: CR, LF and both together. */
static int line_count(struct span text)
{
	int count = 1;

	for (size_t i = 0; i < text.size; i++)
		count += text.data[i] == '\n' || text.data[i] == '\r';
	return count;
}

/* What concerns no line, or comes of a call in tail position, which leaves none on Lua's stack. */
static bool may_lack_line(const char *code)
{
	static const char *const codes[] = { "E1005", "E1008", "E1010", "E1012", "E1014" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

static void check_faults(const struct fault_list *list, struct span text)
{
	for (size_t i = 0; i < list->fault_count; i++) {
		const struct fault *fault = &list->faults[i];

		fuzz_check_fault(fault, text);
		if (!fault->file || strcmp(fault->file, fuzz_path("v1.lua")) != 0)
			continue;
		law(fault->line > 0 || may_lack_line(fault->code), "%s without a line: %.*s",
		    fault->code, SPAN_ARGS(fault->message));
		law(fault->line <= line_count(text), "%s at line %d of %d: %.*s", fault->code,
		    fault->line, line_count(text), SPAN_ARGS(fault->message));
	}
}

/* NULL when it does not load, and then it says why. */
static struct rule_host *load(struct span text, struct arena *arena)
{
	struct fault_list faults, warnings, lint;
	struct rule_host *host = NULL;
	struct err err = { 0 };
	bool ok;

	fault_list_init(&faults, arena);
	fault_list_init(&warnings, arena);
	fault_list_init(&lint, arena);
	start();
	ok = rule_host_open_lint(fuzz_path("v1.lua"), NULL, &budget, &host, &faults, &warnings,
				 &lint, &err);
	check_soon("loading");
	law(ok == (host != NULL), "no host");
	check_faults(&faults, text);
	check_faults(&warnings, text);
	check_faults(&lint, text);
	for (size_t i = 0; i < lint.fault_count; i++)
		law(strncmp(lint.faults[i].code, "E13", 3) == 0 ||
			strcmp(lint.faults[i].code, "E1012") == 0,
		    "%s is no finding: %.*s", lint.faults[i].code,
		    SPAN_ARGS(lint.faults[i].message));
	if (ok) {
		law(faults.fault_count == 0, "loaded, and yet %s: %.*s", faults.faults[0].code,
		    SPAN_ARGS(faults.faults[0].message));
		return host;
	}
	law(err.code == ERR_RULE, "%d: %s", (int)err.code, err.text);
	law(faults.fault_count > 0, "no fault: %s", err.text);
	return NULL;
}

/* ---- rows ---- */

enum { KINDS_OF_ROWS = 4 };

/* Keys are alike, so that rows find each other; all else is what columns often hold. */
static struct cell make_cell(int kind, int column, bool is_key)
{
	static const char *const texts[] = {
		"7",
		"2018-01-01 00:00:00",
		"delivered",
		"12.50",
		"{\"a\":[1]}",
		"a:1:{i:0;i:1;}",
		"",
		"\xFF",
		" Größe ",
		"t",
		"GB",
		"2018-01-01",
	};
	size_t count = sizeof(texts) / sizeof(texts[0]);
	const char *text = texts[is_key ? 0 : ((size_t)column * 5 + (size_t)kind * 7) % count];

	if (!is_key && kind == 0)
		return (struct cell){ .kind = CELL_NULL };
	return (struct cell){ text, (uint32_t)strlen(text),
			      kind == 3 && column % 3 == 0 && !is_key ? CELL_BYTES : CELL_TEXT };
}

static bool is_among(const int *columns, int count, int column)
{
	for (int i = 0; columns && i < count; i++)
		if (columns[i] == column)
			return true;
	return false;
}

/* Is it a key of the source, or what another source is found by? */
static bool is_key(const struct source_set *set, int index, int column)
{
	const struct source *source = &set->sources[index];

	if (is_among(source->key_columns, source->key_count, column) ||
	    is_among(source->parent_columns, source->parent_count, column))
		return true;
	for (int i = 1; i < set->source_count; i++) {
		const struct source *other = &set->sources[i];

		if ((other->kind == SOURCE_REFERENCE && other->from_source == index &&
		     is_among(other->from_columns, other->key_count, column)) ||
		    (other->kind == SOURCE_CHILDREN && other->of == index &&
		     is_among(other->of_columns, other->parent_count, column)))
			return true;
	}
	return false;
}

static void derive_row(struct rule_host *host, int entity, int kind, struct arena *arena)
{
	const struct source_set *sources = &rule_host_migration(host)->entities[entity].sources;
	struct outcome outcome, again;
	struct err err = { 0 };
	struct joined joined;
	struct batch batch;

	batch_init(&batch, arena, sources);
	for (int s = 0; s < sources->source_count; s++) {
		struct cell *row = batch_add_row(&batch, s);

		for (int c = 0; c < sources->sources[s].column_count; c++)
			row[c] = make_cell(kind, c, is_key(sources, s, c));
	}
	join_batch(&batch, &joined);
	start();
	law(derive_joined(host, entity, &joined, 0, 1, arena, &outcome, &err), "%s", err.text);
	check_soon("a row");
	fuzz_check_outcome(&outcome, &rule_host_migration(host)->entities[entity]);
	law(derive_joined(host, entity, &joined, 0, 1, arena, &again, &err), "%s", err.text);
	law(outcome.kind == again.kind, "another outcome: %d, then %d", (int)outcome.kind,
	    (int)again.kind);
	if (outcome.kind == OUTCOME_RECORD)
		law(span_equal(outcome.body, again.body), "%.*s, then %.*s",
		    SPAN_ARGS(outcome.body), SPAN_ARGS(again.body));
}

static void run_examples(struct rule_host *host, struct span text, struct arena *arena)
{
	const struct example_result *results;
	struct err err = { 0 };
	int count = 0;
	bool ok;

	start();
	ok = rule_host_run_examples(host, arena, &results, &count, &err);
	if (count < 2)
		check_soon("an example");
	law(ok || err.code != ERR_BUG, "%s", err.text);
	for (int i = 0; ok && i < count; i++) {
		law(results[i].passed == (results[i].differences.fault_count == 0),
		    "%zu differences", results[i].differences.fault_count);
		check_faults(&results[i].differences, text);
	}
}

/* The same text again is the same rule. */
static void check_fingerprints(const struct rule_host *host, struct span text, struct arena *arena)
{
	struct rule_host *again = load(text, arena);
	const struct migration_info *a = rule_host_migration(host), *b;

	law(again != NULL, "it does not load again");
	b = rule_host_migration(again);
	law(strcmp(a->transform, b->transform) == 0, "%s, then %s", a->transform, b->transform);
	law(strcmp(a->validation, b->validation) == 0, "%s, then %s", a->validation, b->validation);
	rule_host_close(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct rule_host *host;
	struct arena arena;

	write_neighbours();
	fuzz_write("v1.lua", text);
	arena_init(&arena);
	host = load(text, &arena);
	if (host) {
		for (int e = 0; e < rule_host_migration(host)->entity_count && e < 3; e++)
			for (int kind = 0; kind < KINDS_OF_ROWS; kind++)
				derive_row(host, e, kind, &arena);
		run_examples(host, text, &arena);
		if (size % 4 == 0) /* a load is the most of it */
			check_fingerprints(host, text, &arena);
		rule_host_close(host);
	}
	arena_release(&arena);
	return 0;
}

#ifdef FUZZ_BY_LIBFUZZER

/* Bytes changed at random are hardly ever a rule file. So half of the changes are to whole words, of the file or of the
 * dictionary. */
enum { WORDS_MAX = 4000, WORD_SIZE_MAX = 200 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);

static bool is_name(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_' || c >= 0x80;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\n';
}

/* Behind the name, number, text, run of blanks or symbol that begins there. */
static size_t word_end(const uint8_t *data, size_t size, size_t at)
{
	uint8_t first = data[at++];

	if (first == '"' || first == '\'') {
		while (at < size && data[at] != first && data[at] != '\n')
			at++;
		return at < size ? at + 1 : at;
	}
	while (at < size &&
	       ((is_name(first) && is_name(data[at])) || (is_blank(first) && is_blank(data[at]))))
		at++;
	return at;
}

/* Put bytes in place of those from `from` to before `to`; the new size. */
static size_t splice(uint8_t *data, size_t size, size_t size_max, size_t from, size_t to,
		     struct span bytes)
{
	if (size - (to - from) + bytes.size > size_max)
		return size;
	memmove(data + from + bytes.size, data + to, size - to);
	memcpy(data + from, bytes.data, bytes.size);
	return size - (to - from) + bytes.size;
}

static uint32_t next(uint32_t *random)
{
	*random = *random * 1664525U + 1013904223U;
	return *random >> 8;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
	static size_t starts[WORDS_MAX + 2];
	static char bytes[WORDS_MAX * WORD_SIZE_MAX];
	uint32_t random = seed, count = 0, from, to, run, into;
	size_t length;

	for (size_t at = 0; at < size && count < WORDS_MAX; at = word_end(data, size, at))
		starts[count++] = at;
	if (count < 2 || next(&random) % 2 == 0)
		return LLVMFuzzerMutate(data, size, size_max);
	starts[count] = size;
	from = next(&random) % count;
	run = 1 + next(&random) % (next(&random) % 4 ? 3 : 40);
	to = from + run < count ? from + run : count;
	into = next(&random) % count;
	length = starts[to] - starts[from];
	if (length > sizeof(bytes) / 2)
		return LLVMFuzzerMutate(data, size, size_max);
	memcpy(bytes, data + starts[from], length);
	switch (next(&random) % 5) {
	case 0: /* leave it out */
		return splice(data, size, size_max, starts[from], starts[to], SPAN(""));
	case 1: /* once more, somewhere else */
		return splice(data, size, size_max, starts[into], starts[into],
			      (struct span){ bytes, length });
	case 2: /* in place of something else */
		return splice(data, size, size_max, starts[into], starts[into + 1],
			      (struct span){ bytes, length });
	default: /* another word */
		length = LLVMFuzzerMutate((uint8_t *)bytes, starts[from + 1] - starts[from],
					  WORD_SIZE_MAX + starts[from + 1] - starts[from]);
		return splice(data, size, size_max, starts[from], starts[from + 1],
			      (struct span){ bytes, length });
	}
}

#endif
