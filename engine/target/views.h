/*
 * views.h: the tables that `target` and `none` statements of a rule version ask: its records and their lists (decision 0033).
 */
#ifndef ENGINE_TARGET_VIEWS_H
#define ENGINE_TARGET_VIEWS_H

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/model/view.h"
#include "engine/rules/rule_host.h"

struct views {
	const struct table_view *views;
	int count;
};

/* What a field of this type is as a column: "decimal" -> VIEW_DECIMAL. */
enum view_kind view_kind_of(const char *type);

/* A table an entity by its name ("job": one for all its parts), with "id" and its fields; of an object also the members
 * ("payments.payerId"), of which a list is a table of its own ("job_history"). Only live records are in them. ERR_RULE where SQL
 * could not tell two names apart. In the arena, which must live as long as the migration. */
bool views_of(const struct migration_info *migration, struct arena *arena, struct views *views,
	      struct err *err);

#endif
