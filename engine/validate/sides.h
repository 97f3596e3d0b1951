/*
 * sides.h: a chunk in legacy and in the target, side by side. For engine/validate only.
 */
#ifndef ENGINE_VALIDATE_SIDES_H
#define ENGINE_VALIDATE_SIDES_H

#include "engine/model/span_map.h"
#include "engine/validate/checks.h"

/* Both sides of one chunk, or of some of its keys. */
struct sides {
	struct validation *validation;
	bool wants_payloads; /* sides_read() reads those of the records, too */
	struct holding holding;
	struct reading reading;
	struct outcome *outcomes; /* one a row of the reading */
	bool is_giant;            /* one root that never fits in memory: it is rejected by name */
	bool is_lagging; /* legacy's rows are not those of the last pass: see sides_is_younger() */

	struct span_map by_key;   /* of live records */
	struct span_map rejected; /* of open rows of quarantine */
	struct span_map legacy;   /* of rows */
	bool *is_found;           /* one a record: a row that was judged has its key */
	bool *is_expected;        /* one a row that was judged: the target should have its record */
	int64_t merged, skipped, rejects;
};

/* The whole chunk on both sides, and why nothing can be said of it, NULL where something can. Legacy comes first, so that a chunk that is
 * as it was at its last pass was so when its rows were read. Of one that lags, what deviates is no difference unless the very row was
 * passed. Resets scratch, and indexes both. */
bool sides_read(struct sides *sides, const struct tile *tile, const char **why, struct err *err);

/* Before rows are judged. */
void sides_index(struct sides *sides);

/* Did the row end as the rule says? Counts it, and tells what is wrong. */
bool sides_judge_row(struct sides *sides, size_t row, struct err *err);

/* Has legacy's row changed since it was passed, or come, or gone, as far as anybody can know? Of a chunk that lags. */
bool sides_is_younger(const struct sides *sides, struct span key);

/* So many rows of the chunk lag, and how long it may be that they do: since its last pass. */
bool sides_note_lag(const struct sides *sides, int64_t rows, struct err *err);

/* ---- balance.c, sample.c: over sides that are indexed ---- */

/* Every row, what only the target has, and what the chunk says of itself. */
bool balance_judge(struct sides *sides, struct err *err);

/* One key: how it ended, and whether its record is what the rule makes of the row. Payloads that were not read with the holding are
 * read by id. */
bool sample_judge(struct sides *sides, struct span key, struct err *err);

struct difference sides_about(const struct sides *sides, enum difference_kind kind,
			      struct span key);

#endif
