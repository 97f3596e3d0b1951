/*
 * payload.c: the outcome's body, member by member, and lineage among them.
 */
#include "engine/target/payload.h"

#include <stdlib.h>

#include "engine/base/json.h"
#include "engine/model/canonical.h"

/* ---- what is the same for all ---- */

static void put_tables(struct buf *buf, const struct source_set *sources)
{
	bool is_first = true;

	buf_put_text(buf, "\"sourceTables\":[");
	for (int s = 0; s < sources->source_count; s++) {
		const struct source *source = &sources->sources[s];
		const char *const *tables = source->query ? source->tables : &source->table;
		int table_count = source->query ? source->table_count : 1;

		for (int t = 0; t < table_count; t++) {
			if (!is_first)
				buf_put_char(buf, ',');
			canonical_put_string(buf, span_of(tables[t]));
			is_first = false;
		}
	}
	buf_put_char(buf, ']');
}

static void put_moment(struct buf *buf, const char *transformed_at)
{
	if (transformed_at)
		buf_print(buf, ",\"transformedAt\":\"%s\"", transformed_at);
}

static struct span print_common(struct arena *arena, const struct migration_info *migration,
				const struct entity_info *entity, const char *transformed_at,
				enum payload_order order)
{
	struct span common;
	struct buf buf;

	buf_init(&buf);
	buf_put_text(&buf, "\"sourceSystem\":");
	canonical_put_string(&buf, span_of(migration->system));
	buf_put_char(&buf, ',');
	put_tables(&buf, &entity->sources);
	if (order == PAYLOAD_SHORTEST_FIRST)
		put_moment(&buf, transformed_at);
	buf_put_text(&buf, ",\"transformVersion\":");
	canonical_put_string(&buf, span_of(migration->version));
	if (order == PAYLOAD_CANONICAL)
		put_moment(&buf, transformed_at);
	common = arena_copy(arena, buf_span(&buf));
	buf_release(&buf);
	return common;
}

static int compare(struct span one, struct span other, enum payload_order order)
{
	if (order == PAYLOAD_CANONICAL)
		return canonical_compare_names(one, other);
	if (one.size != other.size)
		return one.size < other.size ? -1 : 1;
	return span_compare(one, other);
}

/* Put it where it belongs among the first count of them. By insertion: records have tens of members, keys a few. */
static void insert_sorted(int *indexes, int count, int index, const char *const *names,
			  enum payload_order order)
{
	struct span name = span_of(names[index]);

	for (; count > 0 && compare(span_of(names[indexes[count - 1]]), name, order) > 0; count--)
		indexes[count] = indexes[count - 1];
	indexes[count] = index;
}

static const int *sort_members(struct arena *arena, const struct entity_info *entity,
			       enum payload_order order)
{
	size_t count = (size_t)entity->field_count + 1;
	const char **names = arena_alloc(arena, count * sizeof(*names));
	int *members = arena_alloc(arena, count * sizeof(*members));

	for (int i = 0; i < entity->field_count; i++)
		names[i] = entity->fields[i].name;
	names[entity->field_count] = "lineage";
	for (int i = 0; i <= entity->field_count; i++)
		insert_sorted(members, i, i, names, order);
	return members;
}

static const int *sort_key(struct arena *arena, const struct source *root, enum payload_order order)
{
	int *columns = arena_alloc(arena, ((size_t)root->key_count + 1) * sizeof(*columns));

	for (int i = 0; i < root->key_count; i++)
		insert_sorted(columns, i, root->key_columns[i], root->columns, order);
	return columns;
}

void payload_form_init(struct payload_form *form, struct arena *arena,
		       const struct migration_info *migration, const struct entity_info *entity,
		       const char *transformed_at, enum payload_order order)
{
	*form = (struct payload_form){
		.entity = entity,
		.order = order,
		.is_of_run = transformed_at != NULL,
		.common = print_common(arena, migration, entity, transformed_at, order),
		.key_columns = sort_key(arena, &entity->sources.sources[0], order),
		.members = sort_members(arena, entity, order),
	};
}

/* ---- lineage ---- */

static void put_decisions(struct buf *buf, const struct entity_info *entity, uint64_t touched)
{
	bool first = true;

	buf_put_text(buf, "\"decisions\":[");
	for (int i = 0; i < entity->decision_count; i++) {
		if (!(touched >> i & 1))
			continue;
		if (!first)
			buf_put_char(buf, ',');
		canonical_put_string(buf, span_of(entity->decisions[i].id));
		first = false;
	}
	buf_put_char(buf, ']');
}

static struct span text_of_key_cell(const struct cell *cell)
{
	return cell->kind == CELL_NULL ? SPAN("") : cell_span(cell);
}

static void put_primary_keys(struct buf *buf, const struct payload_form *form,
			     const struct cell *cells)
{
	const struct source *root = &form->entity->sources.sources[0];

	buf_put_text(buf, "\"sourcePrimaryKeys\":{");
	for (int i = 0; i < root->key_count; i++) {
		int column = form->key_columns[i];

		if (i > 0)
			buf_put_char(buf, ',');
		canonical_put_string(buf, span_of(root->columns[column]));
		buf_put_char(buf, ':');
		json_put_lossy(buf, text_of_key_cell(&cells[column]));
	}
	buf_put_char(buf, '}');
}

static void put_source_digest(struct buf *buf, struct digest digest)
{
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(digest, hex);
	buf_put_text(buf, ",\"sourceDigest\":\"");
	buf_put(buf, hex, DIGEST_HEX_SIZE - 1);
	buf_put_char(buf, '"');
}

static void put_lineage(struct buf *buf, const struct payload_form *form,
			const struct source_row *row, const struct outcome *outcome)
{
	const struct cell *cells = row->rows[0][0];

	buf_put_text(buf, "\"lineage\":{");
	put_decisions(buf, form->entity, outcome->decisions);
	if (form->is_of_run)
		put_source_digest(buf, row->digest);
	buf_put_char(buf, ',');
	if (form->order == PAYLOAD_CANONICAL) {
		put_primary_keys(buf, form, cells);
		buf_put_char(buf, ',');
		buf_put_span(buf, form->common);
	} else {
		buf_put_span(buf, form->common);
		buf_put_char(buf, ',');
		put_primary_keys(buf, form, cells);
	}
	buf_put_char(buf, '}');
}

/* ---- the whole ---- */

/* The member's text, `"state":"new"`; empty where the field is absent. */
static struct span member_of(const struct outcome *outcome, int field)
{
	size_t begin = field > 0 ? outcome->member_ends[field - 1] : 0;
	size_t end = outcome->member_ends[field];

	/* A brace or a comma comes before it. */
	return begin == end ? SPAN_NONE
			    : (struct span){ outcome->body.data + begin + 1, end - begin - 1 };
}

void payload_put(struct buf *buf, const struct payload_form *form, const struct source_row *row,
		 const struct outcome *outcome)
{
	int field_count = form->entity->field_count;
	char before = '{';

	for (int i = 0; i <= field_count; i++) {
		int field = form->members[i];
		struct span member = field < field_count ? member_of(outcome, field) : SPAN_NONE;

		if (field < field_count && member.size == 0)
			continue;
		buf_put_char(buf, before);
		before = ',';
		if (field == field_count)
			put_lineage(buf, form, row, outcome);
		else
			buf_put_span(buf, member);
	}
	buf_put_char(buf, '}');
}
