/*
 * checks.h: what the checks share: the entity at hand, its chunks, and the telling of differences. For engine/validate only.
 */
#ifndef ENGINE_VALIDATE_CHECKS_H
#define ENGINE_VALIDATE_CHECKS_H

#include "engine/base/json.h"
#include "engine/derive/derive.h"
#include "engine/validate/tile.h"
#include "engine/validate/validate.h"

/* One run of engine_run. */
struct run_row {
	struct span id, version;
	int64_t transformed_at_us;
};

/* A row that a sample takes for a stratum. */
struct stratum_row {
	struct span key;
	int64_t chunk_no;
};

struct strata {
	struct stratum *strata;
	int stratum_count;
	struct stratum_row *rows; /* by chunk; one may stand there for several strata */
	int row_count;
};

/* Of all live records those with the lowest sample hashes. */
struct drawn {
	uint64_t hash;
	struct span key; /* in validation->picks */
};
struct draw {
	double share; /* ids with hashes below it are taken */
	struct drawn *items;
	int count;
};

struct validation {
	const struct validate_options *options;
	const struct migration_info *migration;
	struct arena *arena;      /* of the report */
	struct arena scratch;     /* of one chunk */
	struct arena one;         /* of one record, and what is derived of its row to compare */
	struct deriver *deriver;  /* NULL: without legacy */
	const char *legacy_fault; /* why there is no deriver; NULL: nobody gave a legacy */
	struct run_row *runs;
	int run_count; /* found so far */

	/* the entity at hand */
	int entity_index;
	const struct entity_info *entity;
	const struct table *final;
	int64_t rule_epoch;
	struct tile *tiles;
	size_t tile_count;

	struct check_result *result; /* of the check at hand */
	int64_t *unsaid;             /* where differences are only counted; NULL: they are told */
	struct arena picks;          /* of one chunk: the rows of a sample */
	double share;                /* of the entity at hand: the share that a sample takes */
	struct strata strata;        /* of the entity at hand: what it takes besides */
	struct draw draw;            /* of CHECK_QUERIES */
	struct distribution *distribution; /* of the entity at hand, of CHECK_BALANCE */
	struct digest_stream details;      /* of all differences */
	struct buf position_first, position_last;
};

/* A check looks at chunks, or at what the target holds of them. */
struct check {
	bool needs_legacy;
	bool (*begin)(struct validation *validation, struct err *err); /* NULL: nothing to do */
	bool (*of_chunk)(struct validation *validation, const struct tile *tile, struct err *err);
	bool (*of_holding)(struct validation *validation, const struct holding *holding,
			   struct err *err);
	bool (*end)(struct validation *validation, struct err *err); /* NULL likewise */
};

/* How it is made: of invariants there are two ways, all records or a sample of them, as the policy says. */
const struct check *check_of(const struct validation *validation, enum check_kind kind);

/* What ends everything, and not one check alone. */
static inline bool ends_everything(const struct err *err)
{
	return err->code == ERR_BUG || err->code == ERR_CANCELLED;
}

/* Each check gives back what it took: what one needs is not added to what another has needed. */
void give_back(struct validation *validation);

/* A whole check of the entity at hand: all of its chunks, one after the other. */
bool walk(struct validation *validation, const struct check *check, struct err *err);

/* ---- entity.c ---- */

bool is_wanted(const struct validation *validation, int entity);

/* Is what the target is moved by the rule at hand? *why stays NULL when it is. */
bool find_active(struct validation *validation, const char **why, struct err *err);

/* It, and its chunks; *why says why nothing can be said of it, NULL where something can. */
bool take_entity(struct validation *validation, int index, const char **why, struct err *err);

struct validate_scope scope_of(const struct validation *validation);

/* ---- tell.c ---- */

/* Nobody can tell, for this reason; the first one stays. */
void cannot_tell(struct check_result *result, const char *why);

/* Counts it, and tells it; the check and the entity are filled in. */
bool tell(struct validation *validation, struct difference difference, struct err *err);

/* What tells a difference from all others, whatever the values are. */
void difference_identify(struct digest_stream *stream, const struct difference *difference);

/* Does the policy say that the entity at hand may have no rows? */
bool is_declared_empty(const struct validation *validation);

/* What came of it: nothing checked, or not all of it, is not agreement. */
void judge_result(const struct validation *validation, struct check_result *result);

/* Where legacy stood when something was read of it. */
void note_position(struct validation *validation, struct span position);

/* ---- runs.c ---- */

/* ERR_DATA where nothing was ever moved. */
bool target_has_runs(struct conn *target, struct err *err);

/* *run is NULL where there is none; valid until the next call. */
bool find_run(struct validation *validation, struct span id, const struct run_row **run,
	      struct err *err);

/* ---- share.c ---- */

/* What the sample takes of the entity at hand; the check's result becomes that of a sample. */
bool take_sample(struct validation *validation, struct err *err);

/* Does the share choose what has this id, or this key in quarantine? */
bool is_of_share(const struct validation *validation, struct span hashed);

/* Of a whole entity: nobody can tell where the sample is too small to show what the policy asks for. */
void judge_rate(const struct validation *validation, struct check_result *result);

/* ---- strata.c ---- */

/* Fills validation->strata: of each stratum options->per_stratum rows, or all there are; where neither is known, nobody can tell. */
bool choose_strata(struct validation *validation, struct err *err);
const struct stratum_row *strata_of_chunk(const struct validation *validation, int64_t chunk_no,
					  int *count);

/* ---- fields.c ---- */

/* The stored payload as JSON, in validation->one; false when it is no record. */
bool read_stored(struct validation *validation, const struct stored *stored,
		 struct json_value *read);

/* One difference for each field in which the stored record is not the derived one; about: what they share. */
bool tell_fields(struct validation *validation, const struct difference *about,
		 const struct stored *stored, const struct json_value *read,
		 const struct outcome *outcome, int64_t *count, struct err *err);

/* ---- columns.c ---- */

/* What stands beside a record and in its lineage, against each other and against the record: one difference a column. read is the
 * payload. */
bool check_columns(struct validation *validation, const struct stored *stored,
		   const struct json_value *read, int64_t chunk_no, struct err *err);

/* ---- self_check.c ---- */

/* Would the check notice damages that it claims to notice? If not, it cannot tell. */
bool self_check(struct validation *validation, enum check_kind check, struct err *err);

/* What it claimed to notice and did not of what was done: then it cannot tell. */
void believe_trial(struct validation *validation, enum check_kind check);

/* ---- nones.c ---- */

/* Ask the entity's invariants that are SQL; what cannot be asked ends the check. */
bool ask_nones(struct validation *validation, struct err *err);

/* ---- queries.c ---- */

/* Draw what the queries are asked with, chunk by chunk; then ask them all. */
bool begin_queries(struct validation *validation, struct err *err);
bool draw_from_chunk(struct validation *validation, const struct tile *tile, struct err *err);
bool ask_queries(struct validation *validation, struct err *err);

/* ---- distribution.c ---- */

/* Before the first chunk of a balance; and behind the last: what the strata of both sides are, with a difference for each in which they
 * are not alike. */
bool distribution_begin(struct validation *validation, struct err *err);
bool distribution_end(struct validation *validation, struct err *err);

/* ---- strays.c ---- */

/* At the end of a balance: live records of chunks, and parts, that there are none of. */
bool check_strays(struct validation *validation, struct err *err);

/* ---- one file a check ---- */

/* What the chunk says of all its live records together: a record that is gone, or came, shows here, and is told as a count. */
bool check_sum(struct validation *validation, const struct holding *holding, bool *is_whole,
	       struct err *err);
/* Every record of a chunk, and their sum. */
bool digests_judge(struct validation *validation, const struct holding *holding, struct err *err);

/* One chunk each; scratch is empty. False for what ends the check. */
bool check_balance_of_chunk(struct validation *validation, const struct tile *tile,
			    struct err *err);
bool balance_end(struct validation *validation, struct err *err);
bool check_unchanged_of_chunk(struct validation *validation, const struct tile *tile,
			      struct err *err);
bool begin_sample(struct validation *validation, struct err *err);
bool check_sample_of_chunk(struct validation *validation, const struct tile *tile, struct err *err);
/* What the target holds of one, with payloads. */
bool check_digests(struct validation *validation, const struct holding *holding, struct err *err);
bool check_invariants(struct validation *validation, const struct holding *holding,
		      struct err *err);
/* Of those that a sample takes. */
bool check_invariants_of_sample(struct validation *validation, const struct tile *tile,
				struct err *err);

#endif
