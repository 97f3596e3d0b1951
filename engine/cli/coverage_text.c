/*
 * coverage_text.c: what the examples of a rule file use of it, and what they leave unused.
 */
#include "engine/cli/coverage_text.h"

static const struct {
	const char *many, *one, *json;
} words[COVERAGE_KINDS] = {
	[COVERAGE_LINE] = { "lines of functions", "line of a function", "lines" },
	[COVERAGE_MAPPING] = { "mapped values", "mapped value", "mappings" },
	[COVERAGE_VALUE] = { "enum values", "enum value", "values" },
	[COVERAGE_DECISION] = { "decisions", "decision", "decisions" },
	[COVERAGE_SKIP] = { "reasons to skip", "reason to skip", "skips" },
	[COVERAGE_REJECT] = { "reasons to reject", "reason to reject", "rejects" },
};

struct sums {
	int used[COVERAGE_KINDS], of[COVERAGE_KINDS];
	int unused;
};

static struct sums sum_up(const struct coverage_part *parts, int count)
{
	struct sums sums = { .unused = 0 };

	for (int i = 0; i < count; i++) {
		sums.of[parts[i].kind]++;
		sums.used[parts[i].kind] += parts[i].is_used;
		sums.unused += !parts[i].is_used;
	}
	return sums;
}

static void put_place(struct buf *out, const struct coverage_part *part)
{
	size_t begin = out->size;

	buf_put_text(out, "  ");
	text_put_inert(out, span_of(part->file ? part->file : ""));
	buf_print(out, ":%d", part->line);
	buf_print(out, "%*s", out->size - begin < 28 ? (int)(28 - (out->size - begin)) : 1, "");
}

/* Lines that follow each other are told as one. */
static int put_lines(struct buf *out, const struct coverage_part *parts, int count, int at)
{
	const char *file = parts[at].file ? parts[at].file : "";
	int last = at;

	for (int i = at + 1; i < count; i++) {
		bool is_line = parts[i].kind == COVERAGE_LINE &&
			       strcmp(parts[i].file ? parts[i].file : "", file) == 0;

		if (is_line && (parts[i].is_used || parts[i].line > parts[last].line + 1))
			break;
		if (is_line)
			last = i;
	}
	put_place(out, &parts[at]);
	if (parts[last].line > parts[at].line)
		buf_print(out, "lines %d to %d of functions\n", parts[at].line, parts[last].line);
	else
		buf_print(out, "%s\n", words[COVERAGE_LINE].one);
	return parts[last].line;
}

static void put_unused(struct buf *out, const struct coverage_part *parts, int count)
{
	const char *told_file = "";
	int told_line = 0;

	for (int i = 0; i < count; i++) {
		const struct coverage_part *part = &parts[i];
		const char *file = part->file ? part->file : "";

		if (part->is_used)
			continue;
		if (part->kind == COVERAGE_LINE) {
			if (strcmp(file, told_file) != 0 || part->line > told_line)
				told_line = put_lines(out, parts, count, i);
			told_file = file;
			continue;
		}
		put_place(out, part);
		text_put_inert(out, span_of(part->where));
		buf_print(out, ": %s \"", words[part->kind].one);
		text_put_inert(out, part->name);
		buf_put_text(out, "\"\n");
	}
}

void coverage_put_text(struct buf *out, const struct look *look, const struct coverage_part *parts,
		       int count)
{
	struct sums sums = sum_up(parts, count);
	int told = 0;

	if (sums.unused > 0) {
		buf_print(out, "%sno example uses%s\n", look->strong, look->plain);
		put_unused(out, parts, count);
	}
	buf_put_text(out, "coverage: ");
	for (int kind = 0; kind < COVERAGE_KINDS; kind++)
		if (sums.of[kind] > 0)
			buf_print(out, "%s%d of %d %s", told++ ? ", " : "", sums.used[kind],
				  sums.of[kind], words[kind].many);
	buf_put_text(out, told ? "\n" : "there is nothing to use\n");
}

void coverage_put_json(struct json_writer *json, const struct coverage_part *parts, int count)
{
	struct sums sums = sum_up(parts, count);

	json_open(json, '{');
	for (int kind = 0; kind < COVERAGE_KINDS; kind++) {
		json_key(json, words[kind].json);
		json_open(json, '{');
		json_key_int(json, "used", sums.used[kind]);
		json_key_int(json, "of", sums.of[kind]);
		json_close(json, '}');
	}
	json_key(json, "unused");
	json_open(json, '[');
	for (int i = 0; i < count; i++) {
		if (parts[i].is_used)
			continue;
		json_open(json, '{');
		json_key_text(json, "kind", words[parts[i].kind].json);
		json_key_text(json, "where", parts[i].where);
		json_key_string(json, "name", parts[i].name);
		json_key_text(json, "file", parts[i].file);
		json_key_int(json, "line", parts[i].line);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
}
