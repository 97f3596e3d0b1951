/*
 * final.c: one shape for every entity's table; only the names differ.
 */
#include "engine/move/final.h"

#include "engine/base/json.h"
#include "engine/model/canonical.h"
#include "engine/move/move.h"

static const struct table_column final_columns[FINAL_COLUMNS] = {
	[FINAL_ID] = { "", TABLE_TEXT, true },
	[FINAL_PAYLOAD] = { "payload_json", TABLE_JSON, true },
	[FINAL_TRANSFORMED_AT] = { "transformed_at", TABLE_INSTANT, true },
	[FINAL_VERSION] = { "transform_version", TABLE_TEXT, true },
	[FINAL_KEY] = { "source_key", TABLE_TEXT, true },
	[FINAL_PART] = { "source_part", TABLE_TEXT, true },
	[FINAL_DIGEST_HIGH] = { "payload_digest_high", TABLE_INT, true },
	[FINAL_DIGEST_LOW] = { "payload_digest_low", TABLE_INT, true },
	[FINAL_SOURCE_DIGEST_HIGH] = { "source_digest_high", TABLE_INT, true },
	[FINAL_SOURCE_DIGEST_LOW] = { "source_digest_low", TABLE_INT, true },
	[FINAL_CHUNK_NO] = { "chunk_no", TABLE_INT, true },
	[FINAL_BUCKET] = { "bucket", TABLE_INT, true },
	[FINAL_STATE] = { "source_state", TABLE_TEXT, true },
	[FINAL_DELETED_AT] = { "source_deleted_at", TABLE_INSTANT, false },
	[FINAL_WRITER] = { "writer", TABLE_TEXT, true },
};

const struct table *final_table(struct arena *arena, const struct entity_info *entity)
{
	struct table *table = arena_zalloc(arena, sizeof(*table));
	struct table_column *columns = arena_alloc(arena, sizeof(final_columns));

	memcpy(columns, final_columns, sizeof(final_columns));
	columns[FINAL_ID].name = arena_print(arena, "%s_id", entity->record).data;
	table->name = arena_print(arena, "%s_final", entity->record).data;
	table->columns = columns;
	table->column_count = FINAL_COLUMNS;
	table->primary_key_count = 1;
	table->indexes[0] = (struct table_index){ { FINAL_PART, FINAL_CHUNK_NO, -1 } };
	table->index_count = 1;
	return table;
}

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

static void put_primary_keys(struct buf *buf, const struct source *root, const struct cell *cells)
{
	int order[TABLE_COLUMNS_MAX];

	/* Member names in canonical order; keys have few columns. */
	for (int i = 0; i < root->key_count; i++) {
		int at = i;

		for (; at > 0 && canonical_compare_names(
				     span_of(root->columns[root->key_columns[order[at - 1]]]),
				     span_of(root->columns[root->key_columns[i]])) > 0;
		     at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	buf_put_text(buf, "\"sourcePrimaryKeys\":{");
	for (int i = 0; i < root->key_count; i++) {
		int column = root->key_columns[order[i]];

		if (i > 0)
			buf_put_char(buf, ',');
		canonical_put_string(buf, span_of(root->columns[column]));
		buf_put_char(buf, ':');
		json_put_lossy(buf, text_of_key_cell(&cells[column]));
	}
	buf_put_char(buf, '}');
}

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

void final_put_payload(struct buf *buf, const struct lineage *lineage,
		       const struct entity_info *entity, const struct source_row *row,
		       const struct outcome *outcome)
{
	const char *body = outcome->body.data;
	bool alone = outcome->body.size <= 2;
	bool is_of_run = *lineage->transformed_at;
	char hex[DIGEST_HEX_SIZE];

	buf_put(buf, body, outcome->lineage_at);
	if (!alone && !outcome->lineage_first)
		buf_put_char(buf, ',');
	buf_put_text(buf, "\"lineage\":{");
	put_decisions(buf, entity, outcome->decisions);
	if (is_of_run) {
		buf_put_text(buf, ",\"sourceDigest\":\"");
		digest_to_hex(row->digest, hex);
		buf_put(buf, hex, DIGEST_HEX_SIZE - 1);
		buf_put_char(buf, '"');
	}
	buf_put_char(buf, ',');
	put_primary_keys(buf, &entity->sources.sources[0], row->rows[0][0]);
	buf_put_text(buf, ",\"sourceSystem\":");
	canonical_put_string(buf, span_of(lineage->system));
	buf_put_char(buf, ',');
	put_tables(buf, &entity->sources);
	buf_put_text(buf, ",\"transformVersion\":");
	canonical_put_string(buf, span_of(lineage->version));
	if (is_of_run) {
		buf_put_text(buf, ",\"transformedAt\":\"");
		buf_put_text(buf, lineage->transformed_at);
		buf_put_char(buf, '"');
	}
	buf_put_char(buf, '}');
	if (!alone && outcome->lineage_first)
		buf_put_char(buf, ',');
	buf_put(buf, body + outcome->lineage_at, outcome->body.size - outcome->lineage_at);
}

void move_put_payload(struct buf *buf, const struct migration_info *migration,
		      const struct entity_info *entity, const struct source_row *row,
		      const struct outcome *outcome)
{
	struct lineage lineage = { .system = migration->system, .version = migration->version };

	final_put_payload(buf, &lineage, entity, row, outcome);
}
