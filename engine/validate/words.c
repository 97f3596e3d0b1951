/*
 * words.c: what verdicts, checks, damages and differences are called.
 */
#include "engine/validate/validate.h"

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = { "agrees", "differs", "could-not-tell" };

	return names[verdict];
}

enum verdict verdict_worse(enum verdict one, enum verdict other)
{
	if (one == VERDICT_DIFFERS || other == VERDICT_DIFFERS)
		return VERDICT_DIFFERS;
	return one == VERDICT_UNKNOWN ? one : other;
}

const char *check_name(enum check_kind kind)
{
	static const char *const names[CHECK_KINDS] = { "balance", "unchanged",  "digests",
							"sample",  "invariants", "queries" };

	return names[kind];
}

const char *damage_name(enum damage_kind kind)
{
	static const char *const names[DAMAGE_KINDS] = {
		[DAMAGE_BIT] = "a bit of a value",
		[DAMAGE_NULL] = "null instead of a value",
		[DAMAGE_EMPTY] = "an empty text instead of nothing",
		[DAMAGE_BOUNDARY] = "a character moved into the next text",
		[DAMAGE_LAST_PLACE] = "one more in the last digit",
		[DAMAGE_SPACE] = "a blank at the end",
		[DAMAGE_HOUR] = "an hour later",
		[DAMAGE_ABSENT] = "a value taken out",
		[DAMAGE_DROPPED] = "a record that is gone",
		[DAMAGE_DOUBLED] = "a record that is there twice",
		[DAMAGE_SWAPPED] = "two records that changed places",
		[DAMAGE_COLUMN] = "a column beside the record",
		[DAMAGE_LINEAGE] = "a bit of lineage",
		[DAMAGE_DECISION] = "a decision that lineage forgot",
	};

	return names[kind];
}

const char *difference_name(enum difference_kind kind)
{
	static const char *const names[DIFFERENCE_KINDS] = { "missing", "extra",  "ending",
							     "value",   "count",  "broken",
							     "order",   "stratum" };

	return names[kind];
}

const char *answer_class_name(enum row_class kind)
{
	static const char *const names[ROW_CLASSES] = {
		[ROW_SAME] = "same",           [ROW_REPRESENTATION] = "representation only",
		[ROW_TOLERATED] = "tolerated", [ROW_ORDER] = "order only",
		[ROW_WITHHELD] = "withheld",   [ROW_LAGGING] = "lagging",
		[ROW_RACED] = "raced",         [ROW_MISSING] = "missing",
		[ROW_EXTRA] = "extra",         [ROW_VALUE] = "value",
	};

	return names[kind];
}
