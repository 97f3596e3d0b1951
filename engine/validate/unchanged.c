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
	int64_t before = result->differences;
	struct holding holding;

	if (!holding_read(validation->options->target, validation->final, validation->entity,
			  tile->no, HOLDING_PAYLOADS, &validation->scratch, &holding, err) ||
	    !digests_judge(validation, &holding, err))
		return false;
	return result->differences > before || tell(validation, difference, err);
}

/* What was recorded and what there is now, so that no pass came between. */
static bool ask(struct validation *validation, const struct tile *tile, struct tile *now,
		enum store_digest_answer *answer, struct err *err)
{
	enum { ATTEMPTS_MAX = 8 };
	struct conn *target = validation->options->target;
	const char *entity = validation->entity->name;

	for (int i = 0; i < ATTEMPTS_MAX; i++) {
		char text[STORE_DIGEST_SIZE];
		struct tile before;

		if (!tile_load(target, entity, tile->no, &validation->scratch, &before, err) ||
		    !store_digest_make(target, validation->final, validation->entity->part,
				       tile->no, text, err) ||
		    !tile_load(target, entity, tile->no, &validation->scratch, now, err))
			return false;
		*answer = store_digest_compare(now->store_digest, span_of(text));
		if (tile_is_untouched(&before, now))
			return true;
	}
	return err_set(err, ERR_TRANSIENT, "chunk %lld was passed %d times while it was looked at",
		       (long long)tile->no, ATTEMPTS_MAX);
}

bool check_unchanged_of_chunk(struct validation *validation, const struct tile *tile,
			      struct err *err)
{
	struct check_result *result = validation->result;
	enum store_digest_answer answer;
	struct tile now;

	if (!ask(validation, tile, &now, &answer, err))
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
