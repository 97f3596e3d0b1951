/*
 * state_internal.h: what the files of this room share. For the room only.
 *
 * One write is one LMDB transaction, and every write ends by renewing the seal: how many entries the
 * tables hold, the sum of their checksums and the number of the commit. A page that is older than it
 * should be holds nothing wrong, only too little; the seal is what notices.
 */
#ifndef ENGINE_STATE_STATE_INTERNAL_H
#define ENGINE_STATE_STATE_INTERNAL_H

#include <lmdb.h>

#include "engine/base/buf.h"
#include "engine/state/folder.h"
#include "engine/state/state.h"

enum state_table { TABLE_ABOUT, TABLE_CHECKPOINTS, TABLE_FACTS, TABLE_COUNT };

/* Large and sparse: costs address space, not disk. A map that never grows never moves. */
#define STATE_MAP_BYTES (UINT64_C(1) << 30)

enum { SEAL_BYTES = 32, ENTRY_KEY_BYTES_MAX = 400 };

struct seal {
	uint64_t commit_no;
	uint64_t entry_count; /* over all tables but `about` */
	struct digest sum;    /* of their checksums */
};

struct state {
	struct folder folder;
	MDB_env *env;
	MDB_dbi tables[TABLE_COUNT];
	enum state_mode mode;
	char owner[STATE_ID_SIZE];
	char *identity;
};

struct state_write {
	struct state *state;
	MDB_txn *transaction;
	struct seal seal;
};

/* ---- entries.c: values with their checksums ---- */

const char *entry_table_name(enum state_table table);

/* TABLE_COUNT when there is none of that name. */
enum state_table entry_table_named(struct span name);

/* What is stored is the checksum and the payload. ERR_DATA when they do not belong together. */
struct digest entry_checksum(enum state_table table, struct span key, struct span payload);
bool entry_open(enum state_table table, struct span key, struct span stored, struct span *payload,
		struct digest *checksum, struct err *err);

/* payload has no data when there is no such entry; valid while the transaction lasts. */
bool entry_get(struct state *state, MDB_txn *transaction, enum state_table table, struct span key,
	       struct span *payload, struct err *err);
bool entry_put(struct state_write *write, enum state_table table, struct span key,
	       struct span payload, struct err *err);

/* In order of keys, from the first that is not below `from`. */
typedef bool (*entry_function)(void *context, enum state_table table, struct span key,
			       struct span payload, struct err *err);
bool entry_each(struct state *state, enum state_table table, struct span from, entry_function each,
		void *context, struct err *err);

void seal_encode(const struct seal *seal, char bytes[SEAL_BYTES]);
bool seal_decode(struct span bytes, struct seal *seal);

/* ---- state.c: transactions ---- */

bool state_fail(const struct state *state, int code, const char *doing, struct err *err);

bool state_begin_read(struct state *state, MDB_txn **transaction, struct err *err);

/* Writers wait for each other here. */
bool state_begin_write(struct state *state, struct state_write *write, struct err *err);
bool state_commit(struct state_write *write, struct err *err);
void state_roll_back(struct state_write *write);

/* ---- check.c: is the data file what we wrote? ---- */

/* Before the environment is opened. ERR_DATA says what is wrong. */
bool check_heads(int folder_fd, enum state_mode mode, struct err *err);

/* In a transaction that sees this commit, before it reads anything. passed_by: other commits took the
 * heads' places meanwhile; another transaction may have better luck. */
bool check_commit(int folder_fd, enum state_mode mode, uint64_t commit_no, bool *passed_by,
		  struct err *err);

/* ---- checkpoints.c: as people read it ---- */

bool checkpoint_show(struct span key, struct span payload, struct buf *name, struct buf *json,
		     struct err *err);

/* ---- numbers in values: little-endian, eight bytes ---- */

static inline void put_u64(char *at, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		at[i] = (char)(value >> (8 * i) & 0xff);
}

static inline uint64_t get_u64(const char *at)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value |= (uint64_t)(unsigned char)at[i] << (8 * i);
	return value;
}

#endif
