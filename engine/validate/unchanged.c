/*
 * unchanged.c: has anybody but a pass touched the rows of the target since they were merged? The store answers for a whole chunk, and no
 * row leaves it; only where it says yes the chunk's records are read, to say which.
 */
#include "engine/target/store_digest.h"
#include "engine/validate/checks.h"

/* The records of the chunk show what happened to them; where none does, something beside them did. */
static bool narrow(struct validation *validation, const struct tile *tile, struct err *err)
{
	struct check_result *result = validation->result;
	struct difference difference = {
		.kind = DIFFERENCE_COUNT,
		.chunk_no = tile->no,
		.text = "a row was changed since it was merged, and no record shows which"
	};
	bool is_named_elsewhere = validation->options->checks >> CHECK_DIGESTS & 1;
	int64_t before = result->differences;
	struct holding holding;

	/* The same records would be told twice. */
	if (is_named_elsewhere) {
		difference.text = "a row was changed since it was merged; digests says which, "
				  "where a record shows it";
		return tell(validation, difference, err);
	}
	if (!holding_read(validation->options->target, validation->final, validation->entity,
			  tile->no, HOLDING_PAYLOADS, &validation->scratch, &holding, err) ||
	    !digests_judge(validation, &holding, err))
		return false;
	return result->differences > before || tell(validation, difference, err);
}

/* What was recorded and what there is now, so that no pass came between; `now` is the chunk as it was known before. */
static bool ask(struct validation *validation, struct tile *now, enum store_digest_answer *answer,
		struct err *err)
{
	enum { ATTEMPTS_MAX = 8 };
	struct conn *target = validation->options->target;

	for (int i = 0; i < ATTEMPTS_MAX; i++) {
		struct tile before = *now;
		char text[STORE_DIGEST_SIZE];

		if (!store_digest_make(target, validation->final, validation->entity->part, now->no,
				       text, err) ||
		    !tile_load(target, validation->entity->name, before.no, &validation->scratch,
			       now, err))
			return false;
		*answer = store_digest_compare(now->store_digest, span_of(text));
		if (tile_is_untouched(&before, now))
			return true;
	}
	return err_set(err, ERR_TRANSIENT, "chunk %lld was passed %d times while it was looked at",
		       (long long)now->no, ATTEMPTS_MAX);
}

bool check_unchanged_of_chunk(struct validation *validation, const struct tile *tile,
			      struct err *err)
{
	struct check_result *result = validation->result;
	enum store_digest_answer answer;
	struct tile now = *tile;

	if (!ask(validation, &now, &answer, err))
		return false;
	result->expected += now.record_count;
	if (now.pass_no == 0 || answer == STORE_DIGEST_UNKNOWN) {
		result->skipped += now.record_count;
		cannot_tell(result, now.pass_no == 0
					? "some of its chunks were never passed"
					: "the store's digest of some chunk was not recorded, or "
					  "made another way");
		return true;
	}
	result->checked += now.record_count;
	return answer == STORE_DIGEST_SAME || narrow(validation, &now, err);
}
