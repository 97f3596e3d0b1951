/*
 * fault_examples.c: the embedded files, and their parts.
 */
#include "engine/model/fault_examples.h"

#include <string.h>

#include "fault_examples.inc"

static const struct {
	const char *code, *text;
} examples[] = { EMBEDDED_TEXTS };

struct span fault_example(const char *code)
{
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		if (strcmp(examples[i].code, code) == 0)
			return span_of(examples[i].text);
	return SPAN_NONE;
}

static bool is_title(struct span rest)
{
	return rest.size >= 4 && memcmp(rest.data, "--- ", 4) == 0;
}

/* The line at the front, with its end, taken off. */
static struct span take_line(struct span *rest)
{
	const char *end = memchr(rest->data, '\n', rest->size);
	struct span line = { rest->data, end ? (size_t)(end - rest->data) + 1 : rest->size };

	rest->data += line.size;
	rest->size -= line.size;
	return line;
}

static void split_title(struct span title, struct example_part *part)
{
	const char *colon;

	title.data += 4;
	title.size -= 4;
	if (title.size > 0 && title.data[title.size - 1] == '\n')
		title.size--;
	colon = memmem(title.data, title.size, ": ", 2);
	part->name = (struct span){ title.data, colon ? (size_t)(colon - title.data) : title.size };
	part->command = SPAN_NONE;
	if (colon)
		part->command = (struct span){ colon + 2, title.size - part->name.size - 2 };
}

bool example_next(struct span *rest, struct example_part *part)
{
	while (rest->size > 0 && !is_title(*rest))
		take_line(rest);
	if (rest->size == 0)
		return false;
	split_title(take_line(rest), part);
	part->text = (struct span){ rest->data, 0 };
	while (rest->size > 0 && !is_title(*rest))
		part->text.size += take_line(rest).size;
	return true;
}
