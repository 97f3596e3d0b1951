/*
 * entity.c: the entity at hand: is it asked for, is it moved by the rule at hand, and which chunks has it?
 */
#include "engine/target/control.h"
#include "engine/validate/checks.h"

bool is_wanted(const struct validation *validation, int entity)
{
	const char *wanted = validation->options->entity;

	return !wanted || strcmp(validation->migration->entities[entity].name, wanted) == 0 ||
	       strcmp(validation->migration->entities[entity].record, wanted) == 0;
}

bool validate_is_undeclared(const struct entity_info *entity, enum check_kind kind)
{
	if (kind == CHECK_QUERIES)
		return entity->query_count == 0;
	return kind == CHECK_INVARIANTS && entity->invariant_count + entity->none_count == 0;
}

bool find_active(struct validation *validation, const char **why, struct err *err)
{
	static const int columns[] = { ENTITY_VERSION, ENTITY_TRANSFORM, ENTITY_EPOCH };
	struct condition where = { ENTITY_NAME, IS_EQUAL, datum_text(validation->entity->name) };
	struct query query = { .table = &table_entity,
			       .columns = columns,
			       .column_count = 3,
			       .where = &where,
			       .where_count = 1 };
	const struct datum *row;
	struct rows rows;

	if (!rows_select(validation->options->target, &query, validation->arena, &rows, err))
		return false;
	if (rows.row_count == 0) {
		*why = "the target has never been moved to";
		return true;
	}
	row = rows_row(&rows, 0);
	validation->rule_epoch = row[2].number;
	if (!span_equal_text(row[1].text, validation->migration->transform))
		*why = arena_print(validation->arena,
				   "the target is moved by %.*s (%.12s…), and this is %s (%.12s…)",
				   SPAN_ARGS(row[0].text), row[1].text.data,
				   validation->migration->version, validation->migration->transform)
			   .data;
	return true;
}

bool take_entity(struct validation *validation, int index, const char **why, struct err *err)
{
	*why = NULL;
	validation->entity_index = index;
	validation->entity = &validation->migration->entities[index];
	validation->final = final_table(validation->arena, validation->entity);
	validation->tile_count = 0;
	if (!find_active(validation, why, err))
		return false;
	if (*why)
		return true;
	if (!tiles_load(validation->options->target, validation->entity->name, validation->arena,
			&validation->tiles, &validation->tile_count, err))
		return false;
	*why = tiles_gap(validation->tiles, validation->tile_count, validation->arena);
	return true;
}

/* Which pass of each chunk was looked at: so that later ones are known by their numbers, whatever clocks say. */
static struct span put_passes(const struct validation *validation)
{
	enum { STRETCHES_MAX = 1000 };
	struct span passes = SPAN_NONE;
	int64_t pass_no = -1;
	int stretches = 0;
	struct buf buf;

	buf_init(&buf);
	buf_put_char(&buf, '[');
	for (size_t i = 0; i < validation->tile_count && stretches <= STRETCHES_MAX; i++) {
		const struct tile *tile = &validation->tiles[i];

		if (tile->pass_no == pass_no)
			continue;
		buf_print(&buf, "%s[%lld,%lld]", stretches ? "," : "", (long long)tile->no,
			  (long long)tile->pass_no);
		pass_no = tile->pass_no;
		stretches++;
	}
	buf_put_char(&buf, ']');
	if (stretches <= STRETCHES_MAX)
		passes = arena_copy(validation->arena, buf_span(&buf));
	buf_release(&buf);
	return passes;
}

struct validate_scope scope_of(const struct validation *validation)
{
	struct validate_scope scope = { .entity = validation->entity->name,
					.rule_epoch = validation->rule_epoch,
					.chunk_count = (int64_t)validation->tile_count,
					.passes = put_passes(validation) };

	for (size_t i = 0; i < validation->tile_count; i++) {
		scope.pass_count += validation->tiles[i].pass_no;
		scope.record_count += validation->tiles[i].record_count;
		digest_add(&scope.digest, validation->tiles[i].digest);
	}
	return scope;
}
