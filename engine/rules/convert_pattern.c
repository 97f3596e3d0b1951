/*
 * convert_pattern.c: what a value means by the patterns of its field, where no lookup names it.
 *
 * Every pattern is tried, because which of two that match is meant would be a guess unless they give
 * the same.
 */
#include "engine/rules/convert.h"
#include "engine/rules/coverage.h"
#include "engine/rules/library.h"

enum { BYTES_A_STEP = 8 };

static bool constant_equal(const struct constant *a, const struct constant *b)
{
	return a->kind == b->kind && a->integer == b->integer && span_equal(a->text, b->text);
}

static const char *quote_constant(struct evaluator *e, const struct constant *constant)
{
	buf_reset(&e->text);
	convert_put_constant(&e->text, constant);
	return arena_copy(&e->scratch, buf_span(&e->text)).data;
}

static bool blame_disagreement(struct evaluator *e, const struct value *value,
			       const struct pattern_entry *first,
			       const struct pattern_entry *second)
{
	struct fault *fault = blame(
	    e, "E2119", "%s matches %s, which gives %s, and %s, which gives %s",
	    blame_quote(e, value->text), blame_quote(e, first->text), quote_constant(e, &first->to),
	    blame_quote(e, second->text), quote_constant(e, &second->to));

	blame_saw(e, fault, value);
	return false;
}

static bool blame_limit(struct evaluator *e, const struct value *value,
			const struct pattern_entry *entry)
{
	blame_saw(e,
		  blame(e, "E2206",
			"the pattern %s goes back and forth on this text beyond its limits",
			blame_quote(e, entry->text)),
		  value);
	return false;
}

bool convert_pattern(struct evaluator *e, const struct pattern_list *list, struct value *value,
		     const struct constant **to)
{
	struct patterns *patterns = library_patterns(e->lua);
	const struct pattern_entry *found = NULL;

	if (!convert_checked(e, value))
		return false;
	for (int i = 0; i < list->entry_count; i++) {
		const struct pattern_entry *entry = &list->entries[i];
		enum pattern_answer answer = pattern_match(patterns, entry->pattern, value->text);

		value_charge(e->lua, pattern_steps(patterns) * BYTES_A_STEP);
		if (answer == PATTERN_LIMIT)
			return blame_limit(e, value, entry);
		if (answer != PATTERN_MATCHES)
			continue;
		if (found && !constant_equal(&found->to, &entry->to))
			return blame_disagreement(e, value, found, entry);
		found = found ? found : entry;
	}
	if (found)
		coverage_note(e->host, list, (int)(found - list->entries));
	*to = found ? &found->to : NULL;
	return true;
}
