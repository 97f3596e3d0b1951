/*
 * patrol_order.c: which chunks there are, and which one is looked at next.
 */
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/target/control.h"
#include "engine/target/proof.h"
#include "engine/validate/beat.h"

static void chunk_release(struct beat_chunk *chunk)
{
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		free(chunk->looks[kind].why);
	free(chunk->looks);
}

void beat_release(struct beat *beat)
{
	for (size_t i = 0; i < beat->chunk_count; i++)
		chunk_release(&beat->chunks[i]);
	free(beat->chunks);
	arena_release(&beat->arena);
}

/* ---- which there are ---- */

/* When the pass ended: 0 where nobody wrote it down. */
static bool read_end(const struct beat *beat, const struct beat_chunk *chunk, struct conn *target,
		     int64_t *ended_us, struct err *err)
{
	static const int columns[] = { PASS_ENDED_AT };
	const struct condition where[] = {
		{ PASS_ENTITY, IS_EQUAL, datum_text(beat->entity->name) },
		{ PASS_CHUNK_NO, IS_EQUAL, datum_int(chunk->no) },
		{ PASS_NO, IS_EQUAL, datum_int(chunk->pass_no) },
	};
	const struct query query = { .table = &table_pass,
				     .columns = columns,
				     .column_count = 1,
				     .where = where,
				     .where_count = 3 };

	*ended_us = 0;
	return rows_number(target, &query, ended_us, err);
}

/* Where the number is, or would be. */
static size_t find_chunk(const struct beat *beat, int64_t no, bool *found)
{
	size_t low = 0, high = beat->chunk_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (beat->chunks[middle].no < no)
			low = middle + 1;
		else
			high = middle;
	}
	*found = low < beat->chunk_count && beat->chunks[low].no == no;
	return low;
}

static struct beat_chunk *open_chunk(struct beat *beat, int64_t no)
{
	size_t looks_size = CHECK_KINDS * sizeof(struct look);
	struct beat_chunk *chunk;
	bool found;
	size_t at = find_chunk(beat, no, &found);

	if (found)
		return &beat->chunks[at];
	if (beat->chunk_count == beat->chunk_capacity) {
		beat->chunk_capacity = beat->chunk_capacity ? beat->chunk_capacity * 2 : 64;
		beat->chunks =
		    memory_resize(beat->chunks, beat->chunk_capacity * sizeof(*beat->chunks));
	}
	chunk = &beat->chunks[at];
	memmove(chunk + 1, chunk, (beat->chunk_count - at) * sizeof(*chunk));
	beat->chunk_count++;
	*chunk = (struct beat_chunk){ .no = no, .looked_pass_no = -1, .pass_no = -1 };
	chunk->looks = memory_resize(NULL, looks_size);
	memset(chunk->looks, 0, looks_size);
	return chunk;
}

static struct digest digest_of_text(struct span hex)
{
	struct digest digest = { 0, 0 };

	(void)digest_from_hex(hex, &digest);
	return digest;
}

static bool take_chunk(struct beat *beat, const struct datum *row, struct conn *target,
		       struct err *err)
{
	struct beat_chunk *chunk = open_chunk(beat, row[0].number);
	int64_t pass_no = chunk->pass_no;

	chunk->is_there = true;
	chunk->pass_no = row[1].number;
	chunk->state =
	    (struct chunk_state){ digest_of_text(row[2].text), digest_of_text(row[3].text) };
	if (pass_no == chunk->pass_no)
		return true;
	if (read_end(beat, chunk, target, &chunk->ended_us, err))
		return true;
	chunk->pass_no = pass_no;
	return false;
}

static void drop_gone(struct beat *beat)
{
	size_t kept = 0;

	for (size_t i = 0; i < beat->chunk_count; i++)
		if (beat->chunks[i].is_there)
			beat->chunks[kept++] = beat->chunks[i];
		else
			chunk_release(&beat->chunks[i]);
	beat->chunk_count = kept;
}

bool beat_refresh(struct beat *beat, struct conn *target, struct arena *scratch, struct err *err)
{
	struct rows rows;

	arena_reset(scratch);
	if (!proof_chunks_load(target, beat->entity->name, scratch, &rows, err))
		return false;
	for (size_t i = 0; i < beat->chunk_count; i++)
		beat->chunks[i].is_there = false;
	for (size_t i = 0; i < rows.row_count; i++)
		if (!take_chunk(beat, rows_row(&rows, i), target, err))
			return false;
	drop_gone(beat);
	return true;
}

/* ---- what is known of them ---- */

void beat_unprove(struct beat *beat)
{
	for (size_t i = 0; i < beat->chunk_count; i++)
		for (int kind = 0; kind < CHECK_KINDS; kind++)
			beat->chunks[i].looks[kind].proven_us = 0;
}

static int kind_named(const char *name)
{
	int kind = 0;

	while (kind < CHECK_KINDS && strcmp(name, check_name((enum check_kind)kind)) != 0)
		kind++;
	return kind;
}

/* Looked at, as far as every check that is asked for has looked at it, by this version of the rule. */
static void know_chunk(const struct beat *beat, struct beat_chunk *chunk, unsigned kinds,
		       const struct proof *proofs, size_t count)
{
	int64_t pass_no = INT64_MAX, looked_us = INT64_MAX;
	unsigned left = kinds;

	for (size_t i = 0; i < count; i++) {
		int kind = kind_named(proofs[i].check);

		if (kind == CHECK_KINDS || !(kinds >> kind & 1))
			continue;
		left &= ~(1U << kind);
		if (proofs[i].rule_epoch == beat->rule_epoch)
			chunk->looks[kind].proven_us = proofs[i].proven_us;
		else
			pass_no = -1;
		if (proofs[i].pass_no < pass_no)
			pass_no = proofs[i].pass_no;
		if (proofs[i].looked_us < looked_us)
			looked_us = proofs[i].looked_us;
	}
	if (left != 0)
		return;
	chunk->looked_pass_no = pass_no;
	chunk->looked_us = looked_us;
	if (pass_no == chunk->pass_no)
		chunk->looked_state = chunk->state;
}

bool beat_know(struct beat *beat, struct conn *target, unsigned kinds, struct conn *proofs,
	       struct arena *scratch, struct err *err)
{
	struct proof *known;
	size_t count, end;

	arena_reset(scratch);
	if (!proofs_load(target, beat->entity->name, scratch, &known, &count, err))
		return false;
	for (size_t at = 0; at < count; at = end) {
		int64_t no = known[at].chunk_no;
		bool found;
		size_t place = find_chunk(beat, no, &found);

		for (end = at; end < count && known[end].chunk_no == no; end++)
			;
		if (found)
			know_chunk(beat, &beat->chunks[place], kinds, known + at, end - at);
		if (!found && no != PROOF_OF_ALL && proofs &&
		    !proofs_forget(proofs, beat->entity->name, no, err))
			return false;
	}
	beat->is_known = true;
	return true;
}

/* ---- which is next ---- */

struct choice {
	struct beat_chunk *due, *oldest;
	struct beat *of_due, *of_oldest;
};

static bool differs(const struct beat_chunk *chunk)
{
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (chunk->looks[kind].verdict != VERDICT_AGREES)
			return true;
	return false;
}

/* Every run passes every chunk, and few of these passes change anything. Where something differs any of them may have mended it. */
static bool is_due(const struct beat_chunk *chunk)
{
	return chunk->pass_no != chunk->looked_pass_no &&
	       (!digest_equal(chunk->state.legacy, chunk->looked_state.legacy) ||
		!digest_equal(chunk->state.records, chunk->looked_state.records) || differs(chunk));
}

static void weigh(struct choice *choice, struct beat *beat, struct beat_chunk *chunk,
		  int64_t round_no)
{
	if (is_due(chunk) && (!choice->due || chunk->ended_us > choice->due->ended_us)) {
		choice->due = chunk;
		choice->of_due = beat;
	}
	if (chunk->begun_round == round_no && chunk->round_no != round_no &&
	    (!choice->oldest || chunk->looked_us < choice->oldest->looked_us)) {
		choice->oldest = chunk;
		choice->of_oldest = beat;
	}
}

struct beat_chunk *beat_choose(struct beat *beats, int beat_count, int64_t round_no, int64_t turn,
			       struct beat **of)
{
	/* While runs pass chunks faster than they are looked at, every fourth look goes on with the round: else it would never end. */
	enum { TURNS = 4 };
	struct choice choice = { .due = NULL };

	for (int b = 0; b < beat_count; b++)
		for (size_t i = 0; i < beats[b].chunk_count && !beats[b].why; i++)
			weigh(&choice, &beats[b], &beats[b].chunks[i], round_no);
	if (choice.due && (!choice.oldest || turn % TURNS != 0)) {
		*of = choice.of_due;
		return choice.due;
	}
	*of = choice.of_oldest;
	return choice.oldest;
}
