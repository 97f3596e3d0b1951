/*
 * release.h: rules.sum and rules.parts: which versions are released, and that they stay what they were.
 *
 * Both lie beside the rule files. rules.sum has one line a released version, rules.parts one for each part and file of it, so that
 * what was edited can be named. A line is a JSON array, and means the same wherever it stands: files merge line by line.
 *
 *   rules.sum     ["system","version","transform","validation",abi,"2026-11-22","who"]
 *   rules.parts   ["system","version","transform","job.fields.state","sha256","v3.lua"]
 *                 ["system","version","validation","job.invariants.…","sha256","v3.lua"]
 *                 ["system","version","file","v3.lua","sha256",""]
 *                 ["system","version","data","zones","2025b",""]
 */
#ifndef ENGINE_RULES_RELEASE_H
#define ENGINE_RULES_RELEASE_H

#include "engine/rules/rule_host.h"

enum { RELEASE_WHO_BYTES_MAX = 200 };

/* One line of rules.sum. */
struct release {
	const char *system, *version;
	const char *transform, *validation; /* fingerprints */
	int64_t abi;                        /* of the language its engine spoke */
	const char *date, *who;             /* "2026-11-22"; neither is compared */
	int line;                           /* in rules.sum, from 1 */
};

/* Is the loaded version what was released under its name? True when it is, or was not released; a validation that is not the
 * released one is a warning (E4004). False with faults: E4003 for each part that was edited and E4005 for a version of a newer
 * engine (ERR_REFUSED), E4006 for a rules.sum that cannot be relied on (ERR_RULE). */
bool release_check(const char *rules, const struct migration_info *migration,
		   struct fault_list *faults, struct fault_list *warnings, struct err *err);

enum release_outcome {
	RELEASE_WRITTEN,   /* a line that was not there */
	RELEASE_UNCHANGED, /* it was released as it is, and nothing was written */
	RELEASE_VALIDATED, /* its line has another validation now */
};

/* Write the loaded version down in rules.sum and rules.parts beside the rule file. release, in the faults' arena, is the line that
 * stands there now. What was released otherwise is refused, as by release_check(). */
bool release_write(const char *rules, const struct migration_info *migration, const char *date,
		   const char *who, enum release_outcome *outcome, struct release *release,
		   struct fault_list *faults, struct err *err);

#endif
