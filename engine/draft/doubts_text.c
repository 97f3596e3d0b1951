/*
 * doubts_text.c: what only people know of an entity, as decisions of its rule file.
 */
#include "engine/base/lua_text.h"
#include "engine/draft/naming.h"
#include "engine/draft/plan.h"

/* What a function calls the column it is given. */
static const char *parameter(struct draft *draft, const struct draft_field *field)
{
	return name_in_camel_case(draft->arena, field->column->info->name, "value");
}

static void put_literal(struct buf *buf, const struct draft_field *field, struct span word)
{
	static const char *const truths[] = { "t", "true", "1" };

	if (word.data == NULL) {
		buf_put_text(buf, "nil");
		return;
	}
	if (field->sense != SENSE_BOOLEAN) {
		lua_put_string(buf, word);
		return;
	}
	for (size_t i = 0; i < sizeof(truths) / sizeof(*truths); i++)
		if (span_equal_text(word, truths[i])) {
			buf_put_text(buf, "true");
			return;
		}
	buf_put_text(buf, "false");
}

static void put_pair(struct buf *buf, struct draft *draft, const struct doubt *doubt)
{
	struct names names = { .arena = draft->arena };
	const char *one = names_take(&names, parameter(draft, doubt->fields[0]));
	const char *other = names_take(&names, parameter(draft, doubt->fields[1]));

	buf_print(buf, "(%s, %s)\n  return %s == ", one, other, one);
	put_literal(buf, doubt->fields[0], doubt->words[0]);
	buf_print(buf, " and %s == ", other);
	put_literal(buf, doubt->fields[1], doubt->words[1]);
}

static void put_words(struct buf *buf, struct draft *draft, const struct doubt *doubt)
{
	const char *name = parameter(draft, doubt->fields[0]);

	buf_print(buf, "(%s)\n  return ", name);
	if (doubt->marks_blanks)
		buf_print(buf, "%s ~= nil and trim(%s) == \"\"", name, name);
	for (int i = 0; i < doubt->word_count; i++) {
		buf_put_text(buf, i || doubt->marks_blanks ? " or " : "");
		buf_print(buf, doubt->is_within ? "%s ~= nil and contains(%s, " : "%s == ", name,
			  name);
		lua_put_string(buf, doubt->words[i]);
		buf_put_text(buf, doubt->is_within ? ")" : "");
	}
}

static bool can_be_told(const struct doubt *doubt)
{
	return doubt->word_count > 0 || doubt->marks_blanks;
}

void doubts_put_functions(struct buf *buf, struct draft *draft, const struct draft_entity *entity)
{
	for (int i = 0; i < entity->doubt_count; i++) {
		const struct doubt *doubt = &entity->doubts[i];

		if (!can_be_told(doubt))
			continue;
		buf_print(buf, "-- Which rows the decision %s is about.\nlocal function %s",
			  doubt->name, doubt->name);
		if (doubt->is_pair)
			put_pair(buf, draft, doubt);
		else
			put_words(buf, draft, doubt);
		buf_put_text(buf, "\nend\n\n");
	}
}

/* { from = "email", by = email_kinds_of_null } */
static void put_touches(struct buf *buf, const struct doubt *doubt)
{
	buf_put_text(buf, doubt->is_pair ? "{ from = { " : "{ from = ");
	lua_put_string(buf, span_of(doubt->fields[0]->column->info->name));
	if (doubt->is_pair) {
		buf_put_text(buf, ", ");
		lua_put_string(buf, span_of(doubt->fields[1]->column->info->name));
		buf_put_text(buf, " }");
	}
	buf_print(buf, ", by = %s }",
		  can_be_told(doubt) ? doubt->name : "function() return false end");
}

static void put_options(struct buf *buf, const struct doubt *doubt)
{
	static const char undecided[] = "undecided";

	buf_print(buf, "        options  = { %s = ", undecided);
	lua_put_string(buf, span_of(doubt->undecided));
	for (int i = 0; i < FINDING_OPTIONS_MAX && doubt->finding->options[i].name; i++) {
		buf_print(buf, ",\n%*s", 21, "");
		lua_put_key(buf, span_of(doubt->finding->options[i].name));
		buf_put_text(buf, " = ");
		lua_put_string(buf, span_of(doubt->finding->options[i].text));
	}
	buf_print(buf, " },\n        choice   = \"%s\",\n", undecided);
}

static void put_question(struct buf *buf, const struct doubt *doubt)
{
	const struct finding *finding = doubt->finding;
	struct buf question;

	buf_init(&question);
	buf_print(&question, "%s.%s", doubt->source->table->name,
		  doubt->fields[0]->column->info->name);
	if (doubt->fields[1])
		buf_print(&question, " and %s", doubt->fields[1]->column->info->name);
	if (finding->count > 0)
		buf_print(&question, " in %lld of %lld rows", (long long)finding->count,
			  (long long)doubt->source->table->read_count);
	buf_print(&question, ": %s. What is meant?", finding->text);
	buf_put_text(buf, "        question = ");
	lua_put_string(buf, buf_span(&question));
	buf_put_text(buf, ",\n");
	buf_release(&question);
}

static void put_decision(struct buf *buf, const struct doubt *doubt)
{
	struct buf advice;

	buf_init(&advice);
	buf_print(&advice, "%s%s", doubt->finding->advice,
		  doubt->is_rejected ? "; then take its line out of reject_when" : "");
	entity_put_comment(buf, 6, buf_span(&advice));
	buf_release(&advice);
	buf_put_text(buf, "      ");
	lua_put_key(buf, span_of(doubt->name));
	buf_put_text(buf, " = {\n");
	put_question(buf, doubt);
	put_options(buf, doubt);
	if (can_be_told(doubt) || doubt->is_refused) {
		buf_put_text(buf, "        touches  = ");
		put_touches(buf, doubt);
		buf_put_text(buf, can_be_told(doubt)
				      ? ",\n"
				      : ",   -- no record rests on it as long as such rows are "
					"rejected\n");
	}
	buf_put_text(buf, "        -- because = \"…\", owner = \"…\", decided = \"2026-10-02\", "
			  "review_by = \"2027-04-01\",\n      },\n");
}

void doubts_put_decisions(struct buf *buf, const struct draft_entity *entity)
{
	if (entity->doubt_count == 0)
		return;
	buf_put_text(buf, "\n    decisions = {\n");
	for (int i = 0; i < entity->doubt_count; i++)
		put_decision(buf, &entity->doubts[i]);
	buf_put_text(buf, "    },\n");
}

void doubts_put_rejects(struct buf *buf, const struct draft_entity *entity)
{
	int count = 0;

	for (int i = 0; i < entity->doubt_count; i++) {
		const struct doubt *doubt = &entity->doubts[i];

		if (!doubt->is_rejected)
			continue;
		if (count++ == 0)
			buf_put_text(buf, "\n    reject_when = {\n");
		buf_print(buf, "      [\"undecided: %s\"] = ", doubt->name);
		put_touches(buf, doubt);
		buf_put_text(buf, ",\n");
	}
	if (count > 0)
		buf_put_text(buf, "    },\n");
}
