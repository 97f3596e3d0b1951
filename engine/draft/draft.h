/*
 * draft.h: a first rule version out of what a profile found, and what an editor needs to know of a legacy store.
 *
 * A draft maps every column it was shown, each by what its values look like, and claims nothing else: what only people can know
 * stands in it as a decision whose choice is `undecided`, or as a value without a mapping, and rows that depend on it are rejected
 * or taken over as they stand, as the decision says. The same profile gives the same draft.
 */
#ifndef ENGINE_DRAFT_DRAFT_H
#define ENGINE_DRAFT_DRAFT_H

#include "engine/profile/profile.h"

struct draft_options {
	const struct profile *profile;
	const char *const *roots; /* tables that become entities */
	int root_count;           /* 0: every table that is not another's child */
	const char *version;      /* "v1" */
	const char *system;       /* lineage.sourceSystem */
	const char *
	    zone; /* of times without an offset; NULL: nobody has said, and such times are rejected */
};

struct draft;

/* Everything lies in the arena, which outlives the draft; so does the profile. ERR_DATA when there is no table to make an entity
 * of. */
bool draft_make(const struct draft_options *options, struct arena *arena, struct draft **draft,
		struct err *err);

/* A column with times that say no offset, "del.created_ts": somebody has to know the zone. NULL: there is none. */
const char *draft_local_times(const struct draft *draft);

int draft_entity_count(const struct draft *draft);
const char *draft_entity_name(const struct draft *draft, int entity);
int draft_undecided_count(const struct draft *draft); /* decisions */

/* A file of the version, by its path from the folder of rules: "v1.lua", "v1/invoice.lua". */
struct draft_file {
	const char *path;
	struct span text;
};

/* The rule file, and a module an entity where there are several. examples: one text an entity, of entries as example_put writes
 * them with DRAFT_EXAMPLE_INDENT; of size 0: it has none. In the draft's arena. */
enum { DRAFT_EXAMPLE_INDENT = 6 };
void draft_files(struct draft *draft, const struct span *examples, const struct draft_file **files,
		 int *file_count);

/* ---- for lua-language-server (LuaCATS annotations) ---- */

/* The words and helpers of the rule language: engine.d.lua. */
struct span draft_language_stub(void);
/* The tables of this store, their columns and vocabularies: schema.d.lua. */
void draft_put_schema_stub(struct buf *buf, const struct profile *profile, struct arena *arena);

#endif
