/*
 * columns.c: the columns beside a record, and its lineage, which no digest of the record covers.
 */
#include "engine/model/instant.h"
#include "engine/validate/checks.h"

struct beside {
	struct validation *validation;
	const struct stored *stored;
	const struct json_value *lineage;
	int64_t chunk_no;
};

static bool differ(const struct beside *beside, const char *field, const char *text,
		   struct err *err)
{
	const struct difference difference = { .kind = DIFFERENCE_VALUE,
					       .chunk_no = beside->chunk_no,
					       .id = beside->stored->id,
					       .key = beside->stored->key,
					       .field = field,
					       .text = text };

	return tell(beside->validation, difference, err);
}

static bool is_text(const struct json_value *value, struct span text)
{
	return value && value->kind == JSON_STRING && span_equal(value->text, text);
}

/* ---- lineage ---- */

static bool has_moment(const struct beside *beside)
{
	char moment[INSTANT_TEXT_SIZE];

	return instant_to_text(beside->stored->transformed_at_us, moment) &&
	       is_text(json_member(beside->lineage, "transformedAt"), span_of(moment));
}

static bool has_source_digest(const struct beside *beside)
{
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(beside->stored->source_digest, hex);
	return is_text(json_member(beside->lineage, "sourceDigest"), span_of(hex));
}

/* A key's part is written into lineage as text, whatever it is. */
static bool is_part(const struct json_value *said, struct span part, struct arena *arena)
{
	struct json_value read;
	struct err ignored = { ERR_NONE, "" };
	struct buf text;
	bool same;

	buf_init(&text);
	json_put_lossy(&text, key_part_text(part, arena));
	same = json_read(buf_span(&text), arena, &read, &ignored) && is_text(said, read.text);
	buf_release(&text);
	return same;
}

static bool has_key(const struct beside *beside)
{
	const struct source *root = &beside->validation->entity->sources.sources[0];
	const struct json_value *said = json_member(beside->lineage, "sourcePrimaryKeys");
	struct arena *arena = &beside->validation->one;
	struct span parts[KEY_PARTS_MAX];
	struct err ignored = { ERR_NONE, "" };

	if (!said || said->kind != JSON_OBJECT || said->item_count != (size_t)root->key_count ||
	    !key_parts(beside->stored->key, root->key_count, arena, parts, &ignored))
		return false;
	for (int i = 0; i < root->key_count; i++)
		if (!is_part(json_member(said, root->columns[root->key_columns[i]]), parts[i],
			     arena))
			return false;
	return true;
}

static bool has_tables(const struct beside *beside)
{
	const struct source_set *sources = &beside->validation->entity->sources;
	const struct json_value *said = json_member(beside->lineage, "sourceTables");
	size_t at = 0;

	if (!said || said->kind != JSON_ARRAY)
		return false;
	for (int s = 0; s < sources->source_count; s++) {
		const struct source *source = &sources->sources[s];
		const char *const *tables = source->query ? source->tables : &source->table;
		int count = source->query ? source->table_count : 1;

		for (int t = 0; t < count; t++, at++)
			if (at >= said->item_count ||
			    !is_text(&said->items[at], span_of(tables[t])))
				return false;
	}
	return at == said->item_count;
}

/* Known ones, in the rule's order, each once. */
static bool has_decisions(const struct beside *beside)
{
	const struct entity_info *entity = beside->validation->entity;
	const struct json_value *said = json_member(beside->lineage, "decisions");
	size_t at = 0;

	if (!said || said->kind != JSON_ARRAY)
		return false;
	for (int i = 0; i < entity->decision_count && at < said->item_count; i++)
		if (is_text(&said->items[at], span_of(entity->decisions[i].id)))
			at++;
	return at == said->item_count;
}

static bool check_lineage(const struct beside *beside, struct err *err)
{
	const struct migration_info *migration = beside->validation->migration;
	const struct stored *stored = beside->stored;

	if (!beside->lineage)
		return differ(beside, "lineage", "the record has no lineage", err);
	if (!is_text(json_member(beside->lineage, "sourceSystem"), span_of(migration->system)) &&
	    !differ(beside, "lineage.sourceSystem", "is not the rule's system", err))
		return false;
	if (!is_text(json_member(beside->lineage, "transformVersion"), stored->version) &&
	    !differ(beside, "lineage.transformVersion",
		    "is not what the column transform_version says", err))
		return false;
	if (!has_moment(beside) && !differ(beside, "lineage.transformedAt",
					   "is not what the column transformed_at says", err))
		return false;
	if (!has_source_digest(beside) && !differ(beside, "lineage.sourceDigest",
						  "is not what the source_digest columns say", err))
		return false;
	if (!has_key(beside) && !differ(beside, "lineage.sourcePrimaryKeys",
					"is not what the column source_key says", err))
		return false;
	/* What another version read and asked stands in its own rule file. */
	if (!span_equal_text(stored->version, migration->version))
		return true;
	if (!has_tables(beside) &&
	    !differ(beside, "lineage.sourceTables", "are not the tables of the rule", err))
		return false;
	return has_decisions(beside) ||
	       differ(beside, "lineage.decisions", "are not decisions of the rule", err);
}

/* ---- columns ---- */

static bool check_writer(const struct beside *beside, struct err *err)
{
	const struct stored *stored = beside->stored;
	const struct run_row *run;

	if (!find_run(beside->validation, stored->writer, &run, err))
		return false;
	if (!run)
		return differ(beside, "writer", "is no run of engine_run", err);
	/* The run that withdrew it, which left the rest as it was. */
	if (!stored_is_live(stored))
		return true;
	if (!span_equal(run->version, stored->version) &&
	    !differ(beside, "transform_version", "is not the version of the run that wrote it",
		    err))
		return false;
	return run->transformed_at_us == stored->transformed_at_us ||
	       differ(beside, "transformed_at", "is not the moment of the run that wrote it", err);
}

static bool is_state(struct span state)
{
	static const char *const states[] = { "", "gone", "skipped", "rejected", "replaced" };

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (span_equal_text(state, states[i]))
			return true;
	return false;
}

bool check_columns(struct validation *validation, const struct stored *stored,
		   const struct json_value *read, int64_t chunk_no, struct err *err)
{
	const struct json_value *lineage = json_member(read, "lineage");
	struct beside beside = { validation, stored,
				 lineage && lineage->kind == JSON_OBJECT ? lineage : NULL,
				 chunk_no };

	if (!is_text(json_member(read, validation->entity->id_field), stored->id) &&
	    !differ(&beside, validation->final->columns[FINAL_ID].name,
		    "is not the id that the record says", err))
		return false;
	if (stored->bucket != (int64_t)bucket_of(stored->id) &&
	    !differ(&beside, "bucket", "is not the bucket of its id", err))
		return false;
	if (!is_state(stored->state) &&
	    !differ(&beside, "source_state", "is no state that the engine knows", err))
		return false;
	if (stored->is_stamped == stored_is_live(stored) &&
	    !differ(&beside, "source_deleted_at",
		    stored->is_stamped ? "says that a live record was withdrawn"
				       : "does not say when the record was withdrawn",
		    err))
		return false;
	return check_writer(&beside, err) && check_lineage(&beside, err);
}
