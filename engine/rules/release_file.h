/*
 * release_file.h: the lines of rules.sum and rules.parts. For engine/rules only.
 */
#ifndef ENGINE_RULES_RELEASE_FILE_H
#define ENGINE_RULES_RELEASE_FILE_H

#include "engine/rules/release.h"

enum release_kind { RELEASE_DATA, RELEASE_FILE, RELEASE_TRANSFORM, RELEASE_VALIDATION };
enum { RELEASE_KINDS = RELEASE_VALIDATION + 1 };

/* One line of rules.parts. */
struct release_part {
	const char *system, *version;
	enum release_kind kind;
	const char *name;  /* of the part; of a file its path from the rules' folder; "zones" */
	const char *value; /* its SHA-256; the version of the data */
	const char *file;  /* of a part: where it stands, from the rules' folder; else "" */
	int line;
};

struct release_files {
	struct arena *arena;
	const char *folder;               /* "rules/", or "" */
	const char *sum_path, *part_path; /* "rules/rules.sum" */
	struct release *releases;
	int release_count;
	struct release_part *parts;
	int part_count;
};

/* Read one of them, in any order of lines; no file is no line. What cannot be read, or says two things of one version, is a fault
 * E4006 with its line, and false. */
bool release_read_sum(const char *rules, struct release_files *files, struct fault_list *faults,
		      struct err *err);
bool release_read_parts(struct release_files *files, struct fault_list *faults, struct err *err);

/* Write it, in order of system, version, kind and name, with the permissions of the rule file where it is new. */
bool release_write_sum(struct release_files *files, const char *rules, struct err *err);
bool release_write_parts(struct release_files *files, const char *rules, struct err *err);

/* The line of this version, or NULL. */
struct release *release_find(const struct release_files *files,
			     const struct migration_info *migration);

/* Is the rule file, which could not be loaded, a version that was released for a newer engine? Then what this one has to say of it
 * means nothing: a fault E4005, and ERR_REFUSED in place of what is there. */
bool release_explains_failure(const char *rules, struct fault_list *faults, size_t first,
			      struct err *err);

static inline bool release_part_is_of(const struct release_part *part,
				      const struct migration_info *migration)
{
	return strcmp(part->system, migration->system) == 0 &&
	       strcmp(part->version, migration->version) == 0;
}

#endif
