/*
 * nones.c: invariants that are SQL: the statement names the records that break what the rule says, and is asked of the target.
 */
#include "engine/target/views.h"
#include "engine/validate/checks.h"

enum { SECONDS_MAX = 600 };

struct asking {
	struct validation *validation;
	const struct none_info *none;
};

static bool take_id(void *context, const struct cell *cells, struct err *err)
{
	const struct asking *asking = context;
	struct difference difference = { .kind = DIFFERENCE_BROKEN,
					 .chunk_no = CHUNK_UNKNOWN,
					 .text = asking->none->name };

	/* A statement that gives NULL names nobody, and still says that something is broken. */
	if (cells[0].kind != CELL_NULL)
		difference.id = cell_span(&cells[0]);
	return tell(asking->validation, difference, err);
}

static bool ask(struct validation *validation, const struct views *views,
		const struct none_info *none, struct err *err)
{
	struct asking asking = { validation, none };
	const struct question question = { .sql = none->sql,
					   .column_count = 1,
					   .views = views->views,
					   .view_count = views->count,
					   .seconds = SECONDS_MAX };

	return conn_answer(validation->options->target, &question, take_id, &asking, err);
}

bool ask_nones(struct validation *validation, struct err *err)
{
	const struct entity_info *entity = validation->entity;
	struct views views;

	if (entity->none_count == 0)
		return true;
	if (!views_of(validation->migration, validation->arena, &views, err))
		return false;
	for (int i = 0; i < entity->none_count; i++)
		if (!ask(validation, &views, &entity->nones[i], err))
			return err_while(err, "asking for \"%s\" (%s:%d)", entity->nones[i].name,
					 entity->nones[i].file ? entity->nones[i].file : "",
					 entity->nones[i].line);
	return true;
}
