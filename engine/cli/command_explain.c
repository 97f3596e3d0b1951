/*
 * command_explain.c: engine explain CODE: what it means, why it matters, what to do, and an example of both.
 */
#include <ctype.h>
#include <limits.h>

#include "engine/base/json.h"
#include "engine/cli/text.h"
#include "engine/model/fault.h"
#include "engine/model/fault_examples.h"

enum { NEAR_MAX = 3, EXAMPLE_GUTTER = 5, EXAMPLE_INDENT = 8 };

/* ---- which code ---- */

/* E2103, e2103 and 2103 are one code. NULL when there is none. */
static const char *find_code(const char *word)
{
	const char *digits = toupper((unsigned char)*word) == 'E' ? word + 1 : word;

	for (int i = 0; i < fault_code_count(); i++)
		if (strcmp(fault_code_at(i) + 1, digits) == 0)
			return fault_code_at(i);
	return NULL;
}

/* A wrong digit far behind is a smaller mistake than one in front: E21xx are values, E1xxx the rule file. */
static int same_beginning(const char *a, const char *b)
{
	int count = 0;

	while (a[count] && toupper((unsigned char)a[count]) == b[count])
		count++;
	return count;
}

static int unknown_code(const char *word, struct err *err)
{
	const char *digits = toupper((unsigned char)*word) == 'E' ? word + 1 : word;
	struct buf near;
	int most = 0, shown = 0;

	for (int i = 0; i < fault_code_count(); i++) {
		int same = same_beginning(digits, fault_code_at(i) + 1);

		most = same > most ? same : most;
	}
	buf_init(&near);
	for (int i = fault_code_count() - 1; i >= 0 && most > 0 && shown < NEAR_MAX; i--)
		if (same_beginning(digits, fault_code_at(i) + 1) == most)
			buf_print(&near, "%s%s", shown++ ? ", " : "; near it are ",
				  fault_code_at(i));
	err_set(err, ERR_USAGE, "there is no code '%s'%s; all: engine explain", word,
		buf_span(&near).data);
	buf_release(&near);
	return 0;
}

/* ---- as text ---- */

static struct span trimmed(struct span line)
{
	while (line.size > 0 && isspace((unsigned char)line.data[line.size - 1]))
		line.size--;
	while (line.size > 0 && isspace((unsigned char)*line.data)) {
		line.data++;
		line.size--;
	}
	return line;
}

static struct span take_line(struct span *rest)
{
	const char *end = memchr(rest->data, '\n', rest->size);
	struct span line = { rest->data, end ? (size_t)(end - rest->data) : rest->size };

	rest->data += line.size + (end != NULL);
	rest->size -= line.size + (end != NULL);
	return line;
}

/* Is the line, without the blanks around it, one of the text? */
static bool has_line(struct span text, struct span wanted)
{
	while (text.size > 0)
		if (span_equal(trimmed(take_line(&text)), trimmed(wanted)))
			return true;
	return false;
}

/* As much of the line as fits beside a gutter, and a blank to break at where there is one. */
static struct span take_width(struct span *line, int room)
{
	struct span taken = { line->data, 0 };
	size_t blank = 0;

	for (int i = 0; taken.size < line->size && i < room; i++) {
		if (line->data[taken.size] == ' ')
			blank = taken.size;
		taken.size += text_step(*line, taken.size);
	}
	if (taken.size < line->size && blank > 0)
		taken.size = blank + 1;
	line->data += taken.size;
	line->size -= taken.size;
	return taken;
}

/* color NULL: nothing about it differs. */
static void put_line(struct buf *out, const struct look *look, const char *color, char mark,
		     struct span line)
{
	int room = look->columns > EXAMPLE_GUTTER + EXAMPLE_INDENT ? look->columns - EXAMPLE_GUTTER
								   : INT_MAX;
	bool goes_on = false;

	do {
		struct span taken = take_width(&line, goes_on ? room - EXAMPLE_INDENT : room);

		buf_print(out, "%s %c |%s%*s%.*s%s\n", color ? color : look->dim,
			  color ? mark : ' ', color ? "" : look->plain,
			  taken.size == 0 ? 0
			  : goes_on       ? EXAMPLE_INDENT + 1
					  : 1,
			  "", SPAN_ARGS(taken), color ? look->plain : "");
		goes_on = true;
	} while (line.size > 0);
}

/* other: the rule this one is to be compared with; what only stands here is marked. */
static void put_lines(struct buf *out, const struct look *look, struct span text, char mark,
		      struct span other)
{
	while (text.size > 0) {
		struct span line = take_line(&text);
		bool differs = other.size > 0 && !has_line(other, line);
		const char *color = mark == '+' ? look->good : look->alarm;

		put_line(out, look, differs ? color : NULL, mark, line);
	}
}

/* The text of the part with that name, or nothing. */
static struct span text_of(struct span example, const char *name)
{
	struct example_part part;

	while (example_next(&example, &part))
		if (span_equal_text(part.name, name))
			return part.text;
	return SPAN("");
}

/* What a part changes: the mended rule the one that fails, and that one the rule that was run before it. */
static struct span compared_with(struct span example, const struct example_part *part)
{
	struct span before = text_of(example, "before");

	if (span_equal_text(part->name, "fixed"))
		return text_of(example, "fails");
	if (span_equal_text(part->name, "fails"))
		return before.size > 0 ? before : text_of(example, "fixed");
	return SPAN("");
}

static void put_example(struct buf *out, const struct look *look, struct span example)
{
	struct span rest = example;
	struct example_part part;

	while (example_next(&rest, &part)) {
		buf_print(out, "\n%s%.*s%s", look->strong, SPAN_ARGS(part.name), look->plain);
		if (part.command.size > 0)
			buf_print(out, ": %.*s", SPAN_ARGS(part.command));
		if (part.text.size == 0)
			buf_put_text(out, "   (rule.lua as it was)");
		buf_put_char(out, '\n');
		put_lines(out, look, part.text, span_equal_text(part.name, "fixed") ? '+' : '-',
			  compared_with(example, &part));
	}
}

static void put_code(struct buf *out, const struct look *look, const char *code)
{
	struct fault fault = { .code = code };

	buf_print(out, "%s%s%s: %s\n\n", look->strong, code, look->plain, fault_title(code));
	buf_put_text(out, "why   ");
	text_put_wrapped(out, look, 6, 6, fault_why(&fault));
	buf_put_text(out, "\nhelp  ");
	text_put_wrapped(out, look, 6, 6, fault_help(&fault));
	buf_put_char(out, '\n');
	put_example(out, look, fault_example(code));
}

static void put_list(struct buf *out, const struct look *look)
{
	for (int i = 0; i < fault_code_count(); i++) {
		const char *code = fault_code_at(i);

		buf_print(out, "%s%s%s  ", look->strong, code, look->plain);
		text_put_wrapped(out, look, 7, 7, span_of(fault_title(code)));
		buf_put_char(out, '\n');
	}
}

/* ---- as JSON ---- */

static void put_json(struct json_writer *json, const char *code)
{
	struct fault fault = { .code = code };
	struct span rest = fault_example(code);
	struct example_part part;

	json_open(json, '{');
	json_key(json, "code");
	json_text(json, code);
	json_key(json, "title");
	json_text(json, fault_title(code));
	json_key(json, "why");
	json_string(json, fault_why(&fault));
	json_key(json, "help");
	json_string(json, fault_help(&fault));
	json_key(json, "example");
	json_open(json, '[');
	while (example_next(&rest, &part)) {
		json_open(json, '{');
		json_key(json, "part");
		json_string(json, part.name);
		json_key(json, "command");
		json_string(json, part.command);
		json_key(json, "text");
		json_string(json, part.text);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
}

static void put_list_json(struct json_writer *json)
{
	json_open(json, '[');
	for (int i = 0; i < fault_code_count(); i++)
		put_json(json, fault_code_at(i));
	json_close(json, ']');
}

int command_explain(struct cli *cli, struct err *err)
{
	const char *word = cli->argument_count > 0 ? cli->arguments[0] : NULL;
	const char *code = word ? find_code(word) : NULL;
	struct json_writer json;
	struct buf out;

	if (word && !code)
		return unknown_code(word, err);
	buf_init(&out);
	json_writer_init(&json, &out);
	if (cli->options.json) {
		if (code)
			put_json(&json, code);
		else
			put_list_json(&json);
		buf_put_char(&out, '\n');
	} else if (code) {
		put_code(&out, &cli->out, code);
	} else {
		put_list(&out, &cli->out);
	}
	text_to_stdout(&out, err);
	buf_release(&out);
	return 0;
}
