/*
 * chunk.c: chunks between the engine and engine_chunk.
 */
#include "engine/move/chunk.h"

#include "engine/target/control.h"

static const int every_column[CHUNK_COLUMNS] = {
	CHUNK_ENTITY,     CHUNK_NO,           CHUNK_SHARD_NO,      CHUNK_LOWER,
	CHUNK_UPPER,      CHUNK_RUN,          CHUNK_PASS_NO,       CHUNK_RULE_EPOCH,
	CHUNK_VALIDATION, CHUNK_READ,         CHUNK_MERGED,        CHUNK_UNCHANGED,
	CHUNK_SKIPPED,    CHUNK_REJECTED,     CHUNK_FENCED,        CHUNK_WITHDRAWN,
	CHUNK_CHILDREN,   CHUNK_ORPHANS,      CHUNK_SOURCE_DIGEST, CHUNK_RECORD_COUNT,
	CHUNK_DIGEST,     CHUNK_STORE_DIGEST, CHUNK_STRATA,
};

void chunk_init(struct chunk *chunk, int64_t no, int64_t shard_no, struct key_range range)
{
	*chunk = (struct chunk){ .no = no,
				 .shard_no = shard_no,
				 .range = range,
				 .run = "",
				 .validation = "",
				 .source_digest = SPAN(""),
				 .store_digest = SPAN(""),
				 .strata = SPAN("{}") };
}

static struct datum bound_datum(struct span bound)
{
	return bound.data ? datum_span(bound) : datum_text("");
}

static struct span bound_of(const struct datum *datum)
{
	return datum->text.size ? datum->text : SPAN_NONE;
}

static void to_row(const char *entity, const struct chunk *chunk, char digest[DIGEST_HEX_SIZE],
		   struct datum row[CHUNK_COLUMNS])
{
	digest_to_hex(chunk->digest, digest);
	row[CHUNK_ENTITY] = datum_text(entity);
	row[CHUNK_NO] = datum_int(chunk->no);
	row[CHUNK_SHARD_NO] = datum_int(chunk->shard_no);
	row[CHUNK_LOWER] = bound_datum(chunk->range.lower);
	row[CHUNK_UPPER] = bound_datum(chunk->range.upper);
	row[CHUNK_RUN] = datum_text(chunk->run);
	row[CHUNK_PASS_NO] = datum_int(chunk->pass_no);
	row[CHUNK_RULE_EPOCH] = datum_int(chunk->rule_epoch);
	row[CHUNK_VALIDATION] = datum_text(chunk->validation);
	row[CHUNK_READ] = datum_int(chunk->counts.read);
	row[CHUNK_MERGED] = datum_int(chunk->counts.merged);
	row[CHUNK_UNCHANGED] = datum_int(chunk->counts.unchanged);
	row[CHUNK_SKIPPED] = datum_int(chunk->counts.skipped);
	row[CHUNK_REJECTED] = datum_int(chunk->counts.rejected);
	row[CHUNK_FENCED] = datum_int(chunk->counts.fenced);
	row[CHUNK_WITHDRAWN] = datum_int(chunk->counts.withdrawn);
	row[CHUNK_CHILDREN] = datum_int(chunk->counts.children);
	row[CHUNK_ORPHANS] = datum_int(chunk->counts.orphans);
	row[CHUNK_SOURCE_DIGEST] = datum_span(chunk->source_digest);
	row[CHUNK_RECORD_COUNT] = datum_int(chunk->record_count);
	row[CHUNK_DIGEST] = datum_text(digest);
	row[CHUNK_STORE_DIGEST] = datum_span(chunk->store_digest);
	row[CHUNK_STRATA] = datum_span(chunk->strata);
}

static void counts_from_row(const struct datum *row, struct move_counts *counts)
{
	counts->read = row[CHUNK_READ].number;
	counts->merged = row[CHUNK_MERGED].number;
	counts->unchanged = row[CHUNK_UNCHANGED].number;
	counts->skipped = row[CHUNK_SKIPPED].number;
	counts->rejected = row[CHUNK_REJECTED].number;
	counts->fenced = row[CHUNK_FENCED].number;
	counts->withdrawn = row[CHUNK_WITHDRAWN].number;
	counts->children = row[CHUNK_CHILDREN].number;
	counts->orphans = row[CHUNK_ORPHANS].number;
}

static bool from_row(const struct datum *row, struct chunk *chunk, struct err *err)
{
	chunk->no = row[CHUNK_NO].number;
	chunk->shard_no = row[CHUNK_SHARD_NO].number;
	chunk->range.lower = bound_of(&row[CHUNK_LOWER]);
	chunk->range.upper = bound_of(&row[CHUNK_UPPER]);
	chunk->run = row[CHUNK_RUN].text.data;
	chunk->pass_no = row[CHUNK_PASS_NO].number;
	chunk->rule_epoch = row[CHUNK_RULE_EPOCH].number;
	chunk->validation = row[CHUNK_VALIDATION].text.data;
	counts_from_row(row, &chunk->counts);
	chunk->source_digest = row[CHUNK_SOURCE_DIGEST].text;
	chunk->record_count = row[CHUNK_RECORD_COUNT].number;
	chunk->store_digest = row[CHUNK_STORE_DIGEST].text;
	chunk->strata = row[CHUNK_STRATA].text;
	if (!digest_from_hex(row[CHUNK_DIGEST].text, &chunk->digest))
		return err_set(err, ERR_DATA,
			       "engine_chunk %lld holds a digest that is none: '%.*s'",
			       (long long)chunk->no, SPAN_ARGS(row[CHUNK_DIGEST].text));
	return true;
}

bool chunk_insert(struct conn *target, const char *entity, const struct chunk *chunk,
		  struct err *err)
{
	struct datum row[CHUNK_COLUMNS];
	char digest[DIGEST_HEX_SIZE];

	to_row(entity, chunk, digest, row);
	return conn_insert(target, &table_chunk, row, 1, err);
}

static bool update_one(struct conn *target, const char *entity, int64_t no,
		       const struct assignment *set, int set_count, struct err *err)
{
	struct condition where[] = {
		{ CHUNK_ENTITY, IS_EQUAL, datum_text(entity) },
		{ CHUNK_NO, IS_EQUAL, datum_int(no) },
	};
	int64_t changed;

	if (!conn_update(target, &table_chunk, set, set_count, where, 2, &changed, err))
		return false;
	if (changed != 1)
		return err_set(err, ERR_DATA, "engine_chunk has no chunk %lld of %s any more",
			       (long long)no, entity);
	return true;
}

bool chunk_store(struct conn *target, const char *entity, const struct chunk *chunk,
		 struct err *err)
{
	struct datum row[CHUNK_COLUMNS];
	struct assignment set[CHUNK_COLUMNS];
	char digest[DIGEST_HEX_SIZE];
	int count = 0;

	to_row(entity, chunk, digest, row);
	for (int c = CHUNK_RUN; c < CHUNK_COLUMNS; c++)
		if (c != CHUNK_STORE_DIGEST)
			set[count++] = (struct assignment){ c, row[c] };
	return update_one(target, entity, chunk->no, set, count, err);
}

bool chunk_set_upper(struct conn *target, const char *entity, struct chunk *chunk, struct err *err)
{
	struct assignment set[] = {
		{ CHUNK_UPPER, bound_datum(chunk->range.upper) },
		{ CHUNK_STORE_DIGEST, datum_text("") },
	};

	chunk->store_digest = SPAN("");
	return update_one(target, entity, chunk->no, set, 2, err);
}

bool chunk_set_records(struct conn *target, const char *entity, int64_t no, int64_t count,
		       struct digest sum, struct err *err)
{
	char digest[DIGEST_HEX_SIZE];
	struct assignment set[2] = { { CHUNK_RECORD_COUNT, datum_int(count) } };

	digest_to_hex(sum, digest);
	set[1] = (struct assignment){ CHUNK_DIGEST, datum_text(digest) };
	return update_one(target, entity, no, set, 2, err);
}

bool chunk_set_store_digest(struct conn *target, const char *entity, int64_t no,
			    struct span store_digest, struct err *err)
{
	struct assignment set = { CHUNK_STORE_DIGEST, datum_span(store_digest) };

	return update_one(target, entity, no, &set, 1, err);
}

static bool note_found(void *context, const struct datum *cells, struct err *err)
{
	(void)cells;
	(void)err;
	*(bool *)context = true;
	return true;
}

bool chunk_lock(struct conn *target, const char *entity, int64_t no, bool *found, struct err *err)
{
	static const int columns[] = { CHUNK_NO };
	struct condition where[] = {
		{ CHUNK_ENTITY, IS_EQUAL, datum_text(entity) },
		{ CHUNK_NO, IS_EQUAL, datum_int(no) },
	};
	struct query query = { .table = &table_chunk,
			       .columns = columns,
			       .column_count = 1,
			       .where = where,
			       .where_count = 2,
			       .lock = QUERY_UPDATE };

	*found = false;
	return conn_select(target, &query, note_found, found, err);
}

bool chunk_load(struct conn *target, const char *entity, int64_t no, struct arena *arena,
		bool *found, struct chunk *chunk, struct err *err)
{
	struct condition where[] = {
		{ CHUNK_ENTITY, IS_EQUAL, datum_text(entity) },
		{ CHUNK_NO, IS_EQUAL, datum_int(no) },
	};
	struct query query = { .table = &table_chunk,
			       .columns = every_column,
			       .column_count = CHUNK_COLUMNS,
			       .where = where,
			       .where_count = 2 };
	struct rows rows;

	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	*found = rows.row_count > 0;
	return !*found || from_row(rows_row(&rows, 0), chunk, err);
}

bool chunk_next_due(struct conn *target, const char *entity, int64_t shard_no, const char *run,
		    struct arena *arena, bool *found, struct chunk *chunk, struct err *err)
{
	static const int order[] = { CHUNK_NO };
	struct condition where[] = {
		{ CHUNK_ENTITY, IS_EQUAL, datum_text(entity) },
		{ CHUNK_SHARD_NO, IS_EQUAL, datum_int(shard_no) },
		{ CHUNK_RUN, IS_NOT_EQUAL, datum_text(run) },
	};
	struct query query = { .table = &table_chunk,
			       .columns = every_column,
			       .column_count = CHUNK_COLUMNS,
			       .where = where,
			       .where_count = 3,
			       .order_by = order,
			       .order_count = 1,
			       .limit = 1 };
	struct rows rows;

	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	*found = rows.row_count > 0;
	return !*found || from_row(rows_row(&rows, 0), chunk, err);
}

bool chunk_last_no(struct conn *target, const char *entity, int64_t *no, struct err *err)
{
	return rows_last_number(target, &table_chunk, CHUNK_ENTITY, entity, CHUNK_NO, no, err);
}

struct totals {
	struct move_entity_report *report;
	const char *run;
};

static bool add_chunk(void *context, const struct datum *cells, struct err *err)
{
	struct totals *totals = context;
	struct move_counts counts;
	struct digest digest;

	if (!digest_from_hex(cells[CHUNK_DIGEST].text, &digest))
		return err_set(err, ERR_DATA, "engine_chunk holds a digest that is none");
	totals->report->chunks++;
	totals->report->record_count += cells[CHUNK_RECORD_COUNT].number;
	digest_add(&totals->report->digest, digest);
	if (totals->run && !span_equal_text(cells[CHUNK_RUN].text, totals->run)) {
		totals->report->chunks_due++;
		return true;
	}
	counts_from_row(cells, &counts);
	counts_add(&totals->report->counts, &counts);
	return true;
}

bool chunk_totals(struct conn *target, const char *run, struct move_entity_report *report,
		  struct err *err)
{
	struct condition where = { CHUNK_ENTITY, IS_EQUAL, datum_text(report->entity) };
	struct query query = { .table = &table_chunk,
			       .columns = every_column,
			       .column_count = CHUNK_COLUMNS,
			       .where = &where,
			       .where_count = 1 };
	struct totals totals = { report, run };

	return conn_select(target, &query, add_chunk, &totals, err);
}

void counts_add(struct move_counts *sum, const struct move_counts *counts)
{
	sum->read += counts->read;
	sum->merged += counts->merged;
	sum->unchanged += counts->unchanged;
	sum->skipped += counts->skipped;
	sum->rejected += counts->rejected;
	sum->fenced += counts->fenced;
	sum->withdrawn += counts->withdrawn;
	sum->children += counts->children;
	sum->orphans += counts->orphans;
}

bool counts_balance(const struct move_counts *counts)
{
	return counts->read == counts->merged + counts->unchanged + counts->skipped +
				   counts->rejected + counts->fenced;
}
