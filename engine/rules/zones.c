/*
 * zones.c: the time zones of one host, each opened once.
 */
#include "engine/rules/zones.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

static bool has_name(const struct named_zone *named, struct span name)
{
	return span_equal_text(name, named->name);
}

/* False when there is no such zone. */
static bool open_named(struct named_zone *named, struct span name)
{
	char *copy = memory_resize(NULL, name.size + 1);
	struct zone *zone;

	memcpy(copy, name.data, name.size);
	copy[name.size] = '\0';
	zone = strlen(copy) == name.size ? zone_open(copy) : NULL;
	if (!zone) {
		free(copy);
		return false;
	}
	*named = (struct named_zone){ .name = copy, .zone = zone };
	return true;
}

static void close_named(struct named_zone *named)
{
	zone_close(named->zone);
	free(named->name);
}

const struct zone *zones_hold(struct zone_set *set, const char *name)
{
	size_t size = sizeof(*set->held);

	for (int i = 0; i < set->held_count; i++)
		if (has_name(&set->held[i], span_of(name)))
			return set->held[i].zone;
	set->held = memory_resize(set->held, ((size_t)set->held_count + 1) * size);
	if (!open_named(&set->held[set->held_count], span_of(name)))
		return NULL;
	return set->held[set->held_count++].zone;
}

/* Where the next zone goes: behind the others, or in place of the one that came first. */
static int make_room(struct zone_set *set)
{
	int slot = set->of_rows_next;

	set->of_rows_next = (slot + 1) % ZONES_OF_ROWS;
	if (set->of_rows_count < ZONES_OF_ROWS)
		set->of_rows_count++;
	else
		close_named(&set->of_rows[slot]);
	return slot;
}

const struct zone *zones_of_row(struct zone_set *set, struct span name)
{
	struct named_zone opened;

	if (set->latest < set->of_rows_count && has_name(&set->of_rows[set->latest], name))
		return set->of_rows[set->latest].zone;
	for (int i = 0; i < set->of_rows_count; i++) {
		if (has_name(&set->of_rows[i], name)) {
			set->latest = i;
			return set->of_rows[i].zone;
		}
	}
	if (!open_named(&opened, name))
		return NULL;
	set->latest = make_room(set);
	set->of_rows[set->latest] = opened;
	return opened.zone;
}

void zones_close(struct zone_set *set)
{
	for (int i = 0; i < set->held_count; i++)
		close_named(&set->held[i]);
	for (int i = 0; i < set->of_rows_count; i++)
		close_named(&set->of_rows[i]);
	free(set->held);
}
