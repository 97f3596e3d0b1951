/*
 * proof.c: engine_proof, row by row.
 */
#include "engine/target/proof.h"

#include "engine/target/control.h"
#include "engine/target/transact.h"

/* ---- reading ---- */

enum {
	READ_CHUNK_NO,
	READ_CHECK,
	READ_PASS_NO,
	READ_EPOCH,
	READ_VALIDATION,
	READ_VERDICT,
	READ_CHECKED,
	READ_DIFFERENCES,
	READ_PROVEN_AT,
	READ_LOOKED_AT,
	READ_WHY,
	READ_COLUMNS
};
static const int read_columns[READ_COLUMNS] = {
	[READ_CHUNK_NO] = PROOF_CHUNK_NO,
	[READ_CHECK] = PROOF_CHECK,
	[READ_PASS_NO] = PROOF_PASS_NO,
	[READ_EPOCH] = PROOF_RULE_EPOCH,
	[READ_VALIDATION] = PROOF_VALIDATION,
	[READ_VERDICT] = PROOF_VERDICT,
	[READ_CHECKED] = PROOF_CHECKED,
	[READ_DIFFERENCES] = PROOF_DIFFERENCES,
	[READ_PROVEN_AT] = PROOF_PROVEN_AT,
	[READ_LOOKED_AT] = PROOF_LOOKED_AT,
	[READ_WHY] = PROOF_WHY,
};

static struct proof take_proof(const struct datum *row)
{
	return (struct proof){
		.chunk_no = row[READ_CHUNK_NO].number,
		.check = row[READ_CHECK].text.data,
		.pass_no = row[READ_PASS_NO].number,
		.rule_epoch = row[READ_EPOCH].number,
		.validation = row[READ_VALIDATION].text.data,
		.verdict = row[READ_VERDICT].text.data,
		.checked = row[READ_CHECKED].number,
		.differences = row[READ_DIFFERENCES].number,
		.is_proven = row[READ_PROVEN_AT].kind != DATUM_NULL &&
			     row[READ_PROVEN_AT].number == row[READ_LOOKED_AT].number,
		.proven_us =
		    row[READ_PROVEN_AT].kind != DATUM_NULL ? row[READ_PROVEN_AT].number : 0,
		.looked_us = row[READ_LOOKED_AT].number,
		.why = row[READ_WHY].text.size ? row[READ_WHY].text.data : NULL,
	};
}

/* No rows where nobody has watched: then there is no such table. */
static bool select_if_watched(struct conn *target, const struct query *query, struct arena *arena,
			      struct rows *rows, struct err *err)
{
	bool is_there;

	*rows = (struct rows){ .row_count = 0 };
	return conn_table_exists(target, &table_proof, &is_there, err) &&
	       (!is_there || rows_select(target, query, arena, rows, err));
}

bool proofs_load(struct conn *target, const char *entity, struct arena *arena,
		 struct proof **proofs, size_t *count, struct err *err)
{
	static const int order[] = { PROOF_CHUNK_NO, PROOF_CHECK };
	struct condition where = { PROOF_ENTITY, IS_EQUAL, datum_text(entity) };
	struct query query = { .table = &table_proof,
			       .columns = read_columns,
			       .column_count = READ_COLUMNS,
			       .where = &where,
			       .where_count = 1,
			       .order_by = order,
			       .order_count = 2 };
	struct rows rows;

	if (!select_if_watched(target, &query, arena, &rows, err))
		return false;
	*proofs = arena_alloc(arena, (rows.row_count + 1) * sizeof(**proofs));
	*count = rows.row_count;
	for (size_t i = 0; i < rows.row_count; i++)
		(*proofs)[i] = take_proof(rows_row(&rows, i));
	return true;
}

/* ---- writing ---- */

static bool insert_one(struct conn *target, const char *entity, const struct proof *proof,
		       struct err *err)
{
	const struct datum row[PROOF_COLUMNS] = {
		[PROOF_ENTITY] = datum_text(entity),
		[PROOF_CHUNK_NO] = datum_int(proof->chunk_no),
		[PROOF_CHECK] = datum_text(proof->check),
		[PROOF_PASS_NO] = datum_int(proof->pass_no),
		[PROOF_RULE_EPOCH] = datum_int(proof->rule_epoch),
		[PROOF_VALIDATION] = datum_text(proof->validation),
		[PROOF_VERDICT] = datum_text(proof->verdict),
		[PROOF_CHECKED] = datum_int(proof->checked),
		[PROOF_DIFFERENCES] = datum_int(proof->differences),
		[PROOF_PROVEN_AT] =
		    proof->is_proven ? datum_instant(proof->looked_us) : datum_null(),
		[PROOF_LOOKED_AT] = datum_instant(proof->looked_us),
		[PROOF_WHY] = datum_text(proof->why ? proof->why : ""),
	};

	return conn_insert(target, &table_proof, row, 1, err);
}

/* When it was proven before stays where it is not proven now. */
static bool write_one(struct conn *target, const char *entity, const struct proof *proof,
		      struct err *err)
{
	const struct condition where[] = {
		{ PROOF_ENTITY, IS_EQUAL, datum_text(entity) },
		{ PROOF_CHUNK_NO, IS_EQUAL, datum_int(proof->chunk_no) },
		{ PROOF_CHECK, IS_EQUAL, datum_text(proof->check) },
	};
	const struct assignment set[] = {
		{ PROOF_PASS_NO, datum_int(proof->pass_no) },
		{ PROOF_RULE_EPOCH, datum_int(proof->rule_epoch) },
		{ PROOF_VALIDATION, datum_text(proof->validation) },
		{ PROOF_VERDICT, datum_text(proof->verdict) },
		{ PROOF_CHECKED, datum_int(proof->checked) },
		{ PROOF_DIFFERENCES, datum_int(proof->differences) },
		{ PROOF_LOOKED_AT, datum_instant(proof->looked_us) },
		{ PROOF_WHY, datum_text(proof->why ? proof->why : "") },
		{ PROOF_PROVEN_AT, datum_instant(proof->looked_us) },
	};
	enum { SET_COUNT = sizeof(set) / sizeof(*set) };
	int64_t changed;

	if (!conn_update(target, &table_proof, set, proof->is_proven ? SET_COUNT : SET_COUNT - 1,
			 where, 3, &changed, err))
		return false;
	return changed > 0 || insert_one(target, entity, proof, err);
}

struct writing {
	struct conn *target;
	const char *entity;
	const struct proof *proofs;
	size_t count;
};

static bool write_all(void *context, struct err *err)
{
	const struct writing *writing = context;

	for (size_t i = 0; i < writing->count; i++)
		if (!write_one(writing->target, writing->entity, &writing->proofs[i], err))
			return false;
	return true;
}

bool proofs_write(struct conn *target, const char *entity, const struct proof *proofs, size_t count,
		  struct err *err)
{
	struct writing writing = { target, entity, proofs, count };

	return target_transact(target, write_all, &writing, err);
}

struct forgetting {
	struct conn *target;
	const char *entity;
	int64_t chunk_no;
};

static bool forget(void *context, struct err *err)
{
	const struct forgetting *forgetting = context;
	const struct condition where[] = {
		{ PROOF_ENTITY, IS_EQUAL, datum_text(forgetting->entity) },
		{ PROOF_CHUNK_NO, IS_EQUAL, datum_int(forgetting->chunk_no) },
	};
	int64_t removed;

	return conn_remove(forgetting->target, &table_proof, where, 2, &removed, err);
}

bool proofs_forget(struct conn *target, const char *entity, int64_t chunk_no, struct err *err)
{
	struct forgetting forgetting = { target, entity, chunk_no };

	return target_transact(target, forget, &forgetting, err);
}

/* ---- how it stands ---- */

bool proof_chunks_load(struct conn *target, const char *entity, struct arena *arena,
		       struct rows *chunks, struct err *err)
{
	static const int columns[] = { CHUNK_NO, CHUNK_PASS_NO, CHUNK_SOURCE_DIGEST, CHUNK_DIGEST };
	static const int order[] = { CHUNK_NO };
	struct condition where = { CHUNK_ENTITY, IS_EQUAL, datum_text(entity) };
	struct query query = { .table = &table_chunk,
			       .columns = columns,
			       .column_count = 4,
			       .where = &where,
			       .where_count = 1,
			       .order_by = order,
			       .order_count = 1 };

	return rows_select(target, &query, arena, chunks, err);
}

/* What all checks say of one chunk together. */
static void add_chunk(struct proof_summary *summary, const struct proof *proofs, size_t count,
		      int64_t pass_no, int64_t rule_epoch)
{
	bool is_proven = count > 0, differs = false;
	int64_t oldest_us = INT64_MAX;

	for (size_t i = 0; i < count; i++) {
		bool is_now = proofs[i].pass_no == pass_no && proofs[i].rule_epoch == rule_epoch;

		is_proven = is_proven && is_now && proofs[i].is_proven;
		differs = differs || (is_now && strcmp(proofs[i].verdict, "differs") == 0);
		if (proofs[i].looked_us < oldest_us)
			oldest_us = proofs[i].looked_us;
	}
	summary->differing_count += differs;
	summary->proven_count += is_proven;
	if (is_proven && (summary->oldest_us == 0 || oldest_us < summary->oldest_us))
		summary->oldest_us = oldest_us;
}

/* Both stand by chunk. */
static void match_chunks(struct proof_summary *summary, const struct rows *chunks,
			 const struct proof *proofs, size_t count, int64_t rule_epoch)
{
	size_t at = 0, end;

	for (; at < count && proofs[at].chunk_no == PROOF_OF_ALL; at++)
		if (proofs[at].rule_epoch == rule_epoch &&
		    strcmp(proofs[at].verdict, "differs") == 0)
			summary->differs_in_whole = true;
	for (size_t i = 0; i < chunks->row_count; i++) {
		const struct datum *chunk = rows_row(chunks, i);

		while (at < count && proofs[at].chunk_no < chunk[0].number)
			at++;
		for (end = at; end < count && proofs[end].chunk_no == chunk[0].number; end++)
			;
		add_chunk(summary, proofs + at, end - at, chunk[1].number, rule_epoch);
	}
	summary->chunk_count = (int64_t)chunks->row_count;
}

static bool summarize(struct conn *target, const struct datum *entity, struct arena *arena,
		      struct proof_summary *summary, struct err *err)
{
	struct proof *proofs;
	struct rows chunks;
	size_t count;

	*summary = (struct proof_summary){ .entity = entity[0].text.data };
	if (!proofs_load(target, summary->entity, arena, &proofs, &count, err) ||
	    !proof_chunks_load(target, summary->entity, arena, &chunks, err))
		return false;
	match_chunks(summary, &chunks, proofs, count, entity[1].number);
	return true;
}

bool proofs_summarize(struct conn *target, struct arena *arena, struct proof_summary **summaries,
		      size_t *count, struct err *err)
{
	static const int columns[] = { ENTITY_NAME, ENTITY_EPOCH };
	static const int order[] = { ENTITY_NAME };
	struct query query = { .table = &table_entity,
			       .columns = columns,
			       .column_count = 2,
			       .order_by = order,
			       .order_count = 1 };
	struct rows rows;

	if (!select_if_watched(target, &query, arena, &rows, err))
		return false;
	*summaries = arena_alloc(arena, (rows.row_count + 1) * sizeof(**summaries));
	for (size_t i = 0; i < rows.row_count; i++)
		if (!summarize(target, rows_row(&rows, i), arena, &(*summaries)[i], err))
			return false;
	*count = rows.row_count;
	return true;
}
