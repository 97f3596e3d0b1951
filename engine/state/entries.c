/*
 * entries.c: values that carry a checksum of themselves and their key, so that damage is noticed.
 */
#include <string.h>

#include "engine/base/require.h"
#include "engine/state/state_internal.h"

enum { CHECKSUM_BYTES = 16 };

static const char *const table_names[TABLE_COUNT] = { "about", "checkpoints", "facts" };

const char *entry_table_name(enum state_table table)
{
	require(table < TABLE_COUNT);
	return table_names[table];
}

enum state_table entry_table_named(struct span name)
{
	for (int i = 0; i < TABLE_COUNT; i++) {
		if (span_equal_text(name, table_names[i]))
			return (enum state_table)i;
	}
	return TABLE_COUNT;
}

/* ---- encoding ---- */

/* The key's size goes first: otherwise bytes could move between key and payload unnoticed. */
struct digest entry_checksum(enum state_table table, struct span key, struct span payload)
{
	struct digest_stream stream;
	char head[16];

	put_u64(head, (uint64_t)table);
	put_u64(head + 8, key.size);
	digest_stream_init(&stream);
	digest_stream_add(&stream, (struct span){ head, sizeof(head) });
	digest_stream_add(&stream, key);
	digest_stream_add(&stream, payload);
	return digest_stream_end(&stream);
}

static void put_digest(char *at, struct digest digest)
{
	put_u64(at, digest.high);
	put_u64(at + 8, digest.low);
}

static struct digest get_digest(const char *at)
{
	return (struct digest){ .high = get_u64(at), .low = get_u64(at + 8) };
}

bool entry_open(enum state_table table, struct span key, struct span stored, struct span *payload,
		struct digest *checksum, struct err *err)
{
	if (stored.size < CHECKSUM_BYTES)
		return err_set(err, ERR_DATA, "a value in %s is too short",
			       entry_table_name(table));
	*payload = (struct span){ stored.data + CHECKSUM_BYTES, stored.size - CHECKSUM_BYTES };
	*checksum = entry_checksum(table, key, *payload);
	if (!digest_equal(*checksum, get_digest(stored.data)))
		return err_set(err, ERR_DATA, "a value in %s does not match its checksum",
			       entry_table_name(table));
	return true;
}

void seal_encode(const struct seal *seal, char bytes[SEAL_BYTES])
{
	put_u64(bytes, seal->commit_no);
	put_u64(bytes + 8, seal->entry_count);
	put_digest(bytes + 16, seal->sum);
}

bool seal_decode(struct span bytes, struct seal *seal)
{
	if (bytes.size != SEAL_BYTES)
		return false;
	seal->commit_no = get_u64(bytes.data);
	seal->entry_count = get_u64(bytes.data + 8);
	seal->sum = get_digest(bytes.data + 16);
	return true;
}

/* ---- reading and writing ---- */

static MDB_val val_of(struct span span)
{
	/* LMDB takes what it only reads through a pointer that is not const. */
	union {
		const char *shown;
		void *taken;
	} pointer = { .shown = span.data };

	return (MDB_val){ .mv_size = span.size, .mv_data = pointer.taken };
}

static struct span span_of_val(const MDB_val *val)
{
	return (struct span){ val->mv_data, val->mv_size };
}

static bool open_stored(struct state *state, enum state_table table, struct span key,
			struct span stored, struct span *payload, struct digest *checksum,
			struct err *err)
{
	if (entry_open(table, key, stored, payload, checksum, err))
		return true;
	return err_while(err,
			 "state folder %s is damaged; `engine state rebuild` makes it again from "
			 "the target",
			 state->folder.path);
}

static bool get_with_checksum(struct state *state, MDB_txn *transaction, enum state_table table,
			      struct span key, struct span *payload, struct digest *checksum,
			      struct err *err)
{
	MDB_val name = val_of(key), stored;
	int code = mdb_get(transaction, state->tables[table], &name, &stored);

	*payload = SPAN_NONE;
	if (code == MDB_NOTFOUND)
		return true;
	if (code != 0)
		return state_fail(state, code, "reading", err);
	return open_stored(state, table, key, span_of_val(&stored), payload, checksum, err);
}

bool entry_get(struct state *state, MDB_txn *transaction, enum state_table table, struct span key,
	       struct span *payload, struct err *err)
{
	struct digest checksum;

	return get_with_checksum(state, transaction, table, key, payload, &checksum, err);
}

static bool store(struct state_write *write, enum state_table table, struct span key,
		  struct span payload, struct digest checksum, struct err *err)
{
	MDB_val name = val_of(key);
	MDB_val value = { .mv_size = CHECKSUM_BYTES + payload.size };
	int code =
	    mdb_put(write->transaction, write->state->tables[table], &name, &value, MDB_RESERVE);

	if (code != 0)
		return state_fail(write->state, code, "writing", err);
	put_digest(value.mv_data, checksum);
	if (payload.size)
		memcpy((char *)value.mv_data + CHECKSUM_BYTES, payload.data, payload.size);
	return true;
}

bool entry_put(struct state_write *write, enum state_table table, struct span key,
	       struct span payload, struct err *err)
{
	struct digest checksum = entry_checksum(table, key, payload), old_checksum;
	struct span old;

	require(key.size > 0);
	require(key.size <= ENTRY_KEY_BYTES_MAX);
	if (!get_with_checksum(write->state, write->transaction, table, key, &old, &old_checksum,
			       err) ||
	    !store(write, table, key, payload, checksum, err))
		return false;
	if (table == TABLE_ABOUT)
		return true;
	if (old.data)
		digest_subtract(&write->seal.sum, old_checksum);
	else
		write->seal.entry_count++;
	digest_add(&write->seal.sum, checksum);
	return true;
}

static bool hand_out(struct state *state, enum state_table table, const MDB_val *name,
		     const MDB_val *stored, entry_function each, void *context, struct err *err)
{
	struct span key = span_of_val(name), payload;
	struct digest checksum;

	return open_stored(state, table, key, span_of_val(stored), &payload, &checksum, err) &&
	       each(context, table, key, payload, err);
}

bool entry_each(struct state *state, enum state_table table, struct span from, entry_function each,
		void *context, struct err *err)
{
	MDB_txn *transaction = NULL;
	MDB_cursor *cursor = NULL;
	MDB_val name = val_of(from), stored;
	bool ok = false;
	int code;

	if (!state_begin_read(state, &transaction, err))
		return false;
	code = mdb_cursor_open(transaction, state->tables[table], &cursor);
	if (code == 0)
		code =
		    mdb_cursor_get(cursor, &name, &stored, from.size ? MDB_SET_RANGE : MDB_FIRST);
	while (code == 0) {
		if (!hand_out(state, table, &name, &stored, each, context, err))
			goto done;
		code = mdb_cursor_get(cursor, &name, &stored, MDB_NEXT);
	}
	ok = code == MDB_NOTFOUND || state_fail(state, code, "reading", err);
done:
	if (cursor)
		mdb_cursor_close(cursor);
	mdb_txn_abort(transaction);
	return ok;
}
