/*
 * state.h: what this machine remembers across a crash, and a mirror of what the target knows.
 *
 * A folder with a LMDB environment and a lock. The target is the truth: everything here is a copy
 * that is never ahead of it, can be made again from it (`engine state rebuild`), and answers
 * `engine status` when the target does not. All functions may be called from any thread of the process.
 */
#ifndef ENGINE_STATE_STATE_H
#define ENGINE_STATE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/model/digest.h"

struct state;

enum state_mode {
	STATE_WRITE, /* make the folder when it is missing, take the lock (one engine a folder) */
	STATE_READ,  /* must exist; takes no lock, sees what a running engine has committed */
};

enum { STATE_ID_SIZE = 37, STATE_NAME_SIZE = 64, STATE_TEXT_SIZE = 200 };

/* identity names the migration this folder belongs to ("legacy -> sqlite:target.db"); a folder made
 * for another is refused (ERR_DATA), as is one that is no state folder, of another format, or corrupt
 * (ERR_IO for what the disk does, ERR_DATA for what is wrong in it); NULL accepts any.
 * ERR_TRANSIENT when another engine holds the lock for longer than a second (its process id is named). */
bool state_open(const char *folder, enum state_mode mode, const char *identity,
		struct state **state, struct err *err);
void state_close(struct state *state);

/* A random UUID made with the folder: whoever holds the folder's lock is this owner, so leases that a
 * dead process of the same folder left behind can be taken over at once. */
const char *state_owner(const struct state *state);
const char *state_identity(const struct state *state);

/* ---- checkpoints: one a chunk, the last pass over it ---- */

struct checkpoint {
	uint32_t chunk_no;
	int64_t pass_no; /* as in engine_pass */
	char run[STATE_ID_SIZE];
	int64_t record_count; /* live records of the chunk */
	struct digest digest; /* their sum */
	int64_t at_us;        /* wall clock */
};

bool state_put_checkpoint(struct state *state, const char *entity,
			  const struct checkpoint *checkpoint, struct err *err);
/* In order of chunk_no. each() returns false to stop with its err. */
bool state_each_checkpoint(struct state *state, const char *entity,
			   bool (*each)(void *context, const struct checkpoint *checkpoint,
					struct err *err),
			   void *context, struct err *err);
/* The one written last, of all entities. */
bool state_newest_checkpoint(struct state *state, struct checkpoint *checkpoint, bool *found,
			     struct err *err);

/* ---- small facts by name: the run and its live status, as JSON ---- */

bool state_put_fact(struct state *state, const char *name, struct span value, struct err *err);
/* value has no data when the fact is unknown. In the arena. */
bool state_get_fact(struct state *state, const char *name, struct arena *arena, struct span *value,
		    struct err *err);

/* ---- the last entry of the target's ledger that this machine has seen ---- */

/* What the chain cannot show of itself: that its end was cut off, or all of it made anew. Kept as the fact "ledger". */
struct ledger_head {
	int64_t entry_no; /* from 1; 0 for none */
	char hash[SHA256_HEX_SIZE];
};

bool state_put_ledger_head(struct state *state, const struct ledger_head *head, struct err *err);
bool state_get_ledger_head(struct state *state, struct ledger_head *head, bool *found,
			   struct err *err);

/* ---- maintenance ---- */

struct state_entry { /* one stored thing, for `engine state show` */
	const char *table;
	struct span key;   /* readable */
	struct span value; /* JSON */
};
bool state_each_entry(struct state *state,
		      bool (*each)(void *context, const struct state_entry *entry, struct err *err),
		      void *context, struct err *err);

/* Forget every checkpoint and fact, keep owner and identity. */
bool state_clear(struct state *state, struct err *err);

/* Set a broken folder's contents aside (renamed to FOLDER.broken-N) so that a new one can be made.
 * Takes the lock first. */
bool state_set_aside(const char *folder, struct err *err);

/* Bytes used of the map, for `doctor`. */
bool state_usage(struct state *state, uint64_t *used_bytes, uint64_t *map_bytes, struct err *err);

#endif
