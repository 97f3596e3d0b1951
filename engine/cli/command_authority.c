/*
 * command_authority.c: engine authority: who is believed for which records, and since when.
 */
#include <stdlib.h>

#include "engine/cli/authority_text.h"
#include "engine/cli/text.h"
#include "engine/target/entities.h"

static int compare_kinds(const void *one, const void *other)
{
	const struct authority_kind *a = one, *b = other;

	return span_compare(a->name, b->name);
}

static bool is_among(struct span name, const struct span *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_equal(names[i], name))
			return true;
	return false;
}

/* What was moved, and what rows speak of although none of it was: a misspelt name must not go unseen. */
static void list_kinds(struct authority_shown *shown, const struct span *moved, size_t count,
		       struct arena *arena)
{
	const struct authority_range *ranges = shown->authority.ranges;
	size_t range_count = shown->authority.range_count;

	shown->kinds = arena_alloc(arena, (count + range_count + 1) * sizeof(*shown->kinds));
	for (size_t i = 0; i < count; i++)
		shown->kinds[shown->kind_count++] = (struct authority_kind){ moved[i], true };
	for (size_t i = 0; i < range_count; i++) {
		bool is_first = i == 0 || !span_equal(ranges[i].entity, ranges[i - 1].entity);

		if (is_first && !is_among(ranges[i].entity, moved, count))
			shown->kinds[shown->kind_count++] =
			    (struct authority_kind){ ranges[i].entity, false };
	}
	if (shown->kind_count > 1)
		qsort(shown->kinds, shown->kind_count, sizeof(*shown->kinds), compare_kinds);
}

static bool read_all(struct conn *target, struct arena *arena, struct authority_shown *shown,
		     struct err *err)
{
	struct span *moved;
	size_t count;

	if (!authority_load(target, arena, &shown->authority, err) ||
	    !entities_kinds(target, arena, &moved, &count, err))
		return false;
	list_kinds(shown, moved, count, arena);
	return true;
}

static void say(struct cli *cli, const struct authority_shown *shown, struct err *err)
{
	struct buf out;

	buf_init(&out);
	if (cli->options.json)
		authority_put_json(&out, shown);
	else if (!cli->options.quiet)
		authority_put_text(&out, &cli->out, shown);
	text_to_stdout(&out, err);
	buf_release(&out);
}

int command_authority(struct cli *cli, struct err *err)
{
	struct authority_shown shown = { .kind_count = 0 };
	struct conn *target;

	if (!settings_need(cli->options.target, "--target", "ENGINE_TARGET", err) ||
	    !conn_open(cli->options.target, CONN_TARGET_READ, &target, err))
		return 0;
	if (read_all(target, &cli->arena, &shown, err))
		say(cli, &shown, err);
	conn_close(target);
	return 0;
}
