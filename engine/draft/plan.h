/*
 * plan.h: a draft before it is written down: which entities, of which sources, with which fields. For engine/draft only.
 */
#ifndef ENGINE_DRAFT_PLAN_H
#define ENGINE_DRAFT_PLAN_H

#include "engine/draft/draft.h"

/* What a column's values look like, as a field says it. */
enum sense {
	SENSE_TEXT,
	SENSE_INTEGER,
	SENSE_BIGINT,
	SENSE_DECIMAL,
	SENSE_BOOLEAN,
	SENSE_DATE,
	SENSE_INSTANT, /* with an offset */
	SENSE_LOCAL,   /* without one: a zone is needed */
	SENSE_ENUM,
	SENSE_BYTES,
	SENSE_JSON,
	SENSE_PHP,
	SENSE_REF,
};

enum { FIELD_DECISIONS_MAX = 8, DRAFT_DECISIONS_MAX = 64 };

struct draft_field {
	const char *name;
	const struct column_profile *column;
	enum sense sense;
	int digits, scale; /* SENSE_DECIMAL */
	const char *ref;   /* SENSE_REF: the entity */
	const char *table; /* SENSE_ENUM: what its mapping is called */
	bool is_optional, is_masked;
	const char *decisions[FIELD_DECISIONS_MAX];
	int decision_count;
};

struct draft_source {
	const struct table_profile *table;
	const char *name;          /* "root", "events" */
	const char *const *parent; /* of children: the columns that name their root */
	int parent_count;
	const char *const *key; /* NULL of a root without one */
	int key_count;
	struct draft_field *fields;
	int field_count;
	const char *const *unsayable; /* columns that no rule file can name */
	int unsayable_count;
	const char *list; /* of children: the field that they become */
};

/* What only people can know. */
struct doubt {
	const char *name; /* of the decision */
	const struct finding *finding;
	struct draft_source *source;   /* of the columns it is about */
	struct draft_field *fields[2]; /* of a pair both, else one */
	const struct span *
	    words; /* values that mark a row it touches; of a pair one for each field, no data being NULL */
	int word_count; /* 0: no function could say which rows it touches */
	bool is_pair;
	bool is_within;        /* words are parts of such values */
	bool marks_blanks;     /* so does what holds blanks alone, or nothing */
	const char *undecided; /* what becomes of such rows until somebody decides */
	bool is_refused;       /* the field's type or mapping rejects them already … */
	bool is_rejected;      /* … or reject_when does */
};

struct draft_entity {
	const char *name;
	const char *id; /* the id's field */
	const char
	    *copies; /* of a table without a key: the field that says how many rows are equal */
	struct draft_source *sources; /* the root first */
	int source_count;
	struct doubt *doubts;
	int doubt_count;
};

struct draft {
	struct draft_options options;
	struct arena *arena;
	struct draft_entity *entities;
	int entity_count;
};

/* ---- family.c ---- */

/* Tables as entities with their sources; nothing of a source is filled but what it is. */
bool family_find(struct draft *draft, struct err *err);

/* The entity whose root is the table, or NULL. */
const struct draft_entity *family_entity_of(const struct draft *draft, const char *table);

/* ---- meaning.c ---- */

/* The fields of an entity's sources. Every entity has been found. */
void meaning_find(struct draft *draft, struct draft_entity *entity);

/* Could somebody tell by its values who it is? Examples and messages show stand-ins for them. */
bool column_is_personal(const char *name);
/* Has it few enough words that somebody maps each? */
bool column_is_mapped(const struct column_profile *column);

/* ---- doubts.c ---- */

/* What has to be decided about an entity; its fields name what they rest on. */
void doubts_find(struct draft *draft, struct draft_entity *entity);

/* Is the finding one that a decision of the entity is about? */
bool doubts_hold(const struct draft_entity *entity, const struct finding *finding);

/* Why a value of a vocabulary is not mapped: it may mean that there is none, or be another spelling of a more frequent one, which is
 * then given. NULL: nothing speaks against it. */
const char *doubts_about_value(const struct column_profile *column, int value,
			       const struct value_count **other);

/* ---- entity_text.c ---- */

/* The tables that values are mapped by, which stand in front of the migration. */
void entity_put_mappings(struct buf *buf, const struct draft_entity *entity);
bool entity_has_local_times(const struct draft_entity *entity);

/* `entity "x" { … }`, its lines indented as inside a migration; nothing stands in front of it or behind. */
void entity_put(struct buf *buf, const struct draft_entity *entity, struct span examples);
/* A comment of several lines, if need be; what legacy wrote cannot end it. */
void entity_put_comment(struct buf *buf, int indent, struct span text);

/* ---- doubts_text.c ---- */

/* The functions that tell which rows a decision is about; they stand in front of the migration. */
void doubts_put_functions(struct buf *buf, struct draft *draft, const struct draft_entity *entity);
void doubts_put_decisions(struct buf *buf, const struct draft_entity *entity);
void doubts_put_rejects(struct buf *buf, const struct draft_entity *entity);

#endif
