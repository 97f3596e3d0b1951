/*
 * finding_kinds.c: every kind of finding, what it weighs and what there usually is to choose between.
 */
#include "engine/profile/finding_kinds.h"

#include <string.h>

#include "engine/base/require.h"

const struct finding_kind *finding_kind(const char *name)
{
	static const struct finding_kind kinds[] = {
		{ "kinds-of-null",
		  FINDING_DECIDE,
		  { { "none", "there is no value" }, { "text", "they are values like others" } } },
		{ "spellings",
		  FINDING_DECIDE,
		  { { "one", "they are one value" }, { "apart", "each is a value of its own" } } },
		{ "mixed-forms", FINDING_DECIDE, { { "mapped", "each of them is mapped" } } },
		{ "eras",
		  FINDING_DECIDE,
		  { { "same", "a value means the same in all years" },
		    { "by_year", "what it means depends on the year" } } },
		{ .name = "disagreement", .weight = FINDING_DECIDE },
		{ "lost-rows", FINDING_DECIDE, { { "left_out", "the field is left out" } } },
		{ "twin-keys", FINDING_DECIDE, { { "apart", "they are two records" } } },
		{ "money-as-float",
		  FINDING_DECIDE,
		  { { "rounded", "rounded to the cent, half to even" } } },
		{ "zero-date", FINDING_DECIDE, { { "none", "there is no date" } } },
		{ "infinite-date", FINDING_DECIDE, { { "none", "there is no date" } } },
		{ "before-christ", FINDING_DECIDE, { { "none", "there is no date" } } },
		{ "partial-date",
		  FINDING_DECIDE,
		  { { "none", "there is no date" }, { "text", "the field is text" } } },
		{ "no-such-day", FINDING_DECIDE, { { "none", "there is no date" } } },
		{ "no-such-time", FINDING_DECIDE, { { "none", "there is no time" } } },
		{ "sentinel-date",
		  FINDING_DECIDE,
		  { { "none", "there is no date" }, { "date", "it is that date" } } },
		{ "mixed-offsets",
		  FINDING_DECIDE,
		  { { "local", "those without an offset are local times" } } },
		{ "mojibake", FINDING_DECIDE, { { "kept", "taken over as it is" } } },
		{ "lost-letters", FINDING_DECIDE, { { "kept", "taken over as it is" } } },
		{ .name = "no-offset", .weight = FINDING_SAY },
		{ .name = "padding", .weight = FINDING_SAY },
		{ .name = "beyond-2^53", .weight = FINDING_SAY },
		{ .name = "zeros-in-front", .weight = FINDING_SAY },
		{ .name = "encoding", .weight = FINDING_SAY },
		{ .name = "invisible", .weight = FINDING_SAY },
		{ .name = "huge", .weight = FINDING_SAY },
		{ .name = "too-precise", .weight = FINDING_SAY },
		{ .name = "no-key", .weight = FINDING_SAY },
		{ .name = "equal-rows", .weight = FINDING_NOTE },
		{ .name = "float", .weight = FINDING_NOTE },
		{ .name = "constant", .weight = FINDING_NOTE },
		{ .name = "unchecked-relation", .weight = FINDING_NOTE },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	require(!"a finding of no kind");
	return NULL;
}
