/*
 * changed.h: which parts of a fixed version are not what they were.
 */
#ifndef ENGINE_RULES_CHANGED_H
#define ENGINE_RULES_CHANGED_H

#include "engine/rules/rule_host.h"

/* A part of the transform as it was kept when the version became fixed. */
struct kept_part {
	const char *name; /* "job.fields.state" */
	const char *hash;
	const char *file; /* as people see it; "" where none is known */
};

struct change_words {
	const char *code;  /* "E4001" */
	const char *since; /* "version v3 had written records" */
	const char *why;   /* a version that is fixed …, and which files were edited */
	const char *rules; /* "rules/v3.lua": what to copy instead */
};

/* A fault for each part that was changed, removed or added. Texts are copied into the list's arena. */
void changed_add_faults(const struct migration_info *now, const struct kept_part *before,
			size_t count, const struct change_words *words, struct fault_list *faults);

/* A fault of the same kind for something that is no part: "the time zone data (2024a, now 2025b)". */
void changed_add(const struct migration_info *now, const char *what, const char *file,
		 const char *how, const struct change_words *words, struct fault_list *faults);

#endif
