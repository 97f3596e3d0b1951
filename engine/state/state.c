/*
 * state.c: opens and closes what one machine remembers, says whose it is, and runs its transactions.
 *
 * A process opens a folder once: LMDB's locks belong to the process, and closing a second environment
 * would drop those of the first.
 */
#include "engine/state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/memory.h"
#include "engine/base/require.h"
#include "engine/state/state_internal.h"

#define REBUILD_HINT "`engine state rebuild` makes it again from the target"

enum { FILE_MODE = 0600, CHECK_ATTEMPTS = 100 };

/* ---- errors and transactions ---- */

static enum err_code code_of(int code)
{
	switch (code) {
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_PERMISSION;
	case ENOMEM:
	case EAGAIN:
	case MDB_READERS_FULL:
		return ERR_TRANSIENT;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
	case MDB_NOTFOUND:
	case MDB_INCOMPATIBLE:
		return ERR_DATA;
	default:
		return ERR_IO;
	}
}

bool state_fail(const struct state *state, int code, const char *doing, struct err *err)
{
	if (code_of(code) == ERR_DATA)
		return err_set(err, ERR_DATA,
			       "state folder %s is damaged; " REBUILD_HINT ": %s: %s",
			       state->folder.path, doing, mdb_strerror(code));
	/* LMDB calls a write that came out short an I/O error, and a full disk is what shortens writes. */
	return err_set(err, code_of(code), "state folder %s: %s: %s%s", state->folder.path, doing,
		       mdb_strerror(code), code == EIO ? " (is the disk full?)" : "");
}

static bool fail_damaged(const struct state *state, struct err *err)
{
	if (err->code != ERR_DATA)
		return err_while(err, "state folder %s", state->folder.path);
	return err_while(err, "state folder %s is damaged; " REBUILD_HINT, state->folder.path);
}

bool state_begin_read(struct state *state, MDB_txn **transaction, struct err *err)
{
	int code = mdb_txn_begin(state->env, NULL, MDB_RDONLY, transaction);

	return code == 0 || state_fail(state, code, "beginning to read", err);
}

static bool load_seal(struct state_write *write, struct err *err)
{
	struct span payload;

	if (!entry_get(write->state, write->transaction, TABLE_ABOUT, SPAN("seal"), &payload, err))
		return false;
	if (payload.data && seal_decode(payload, &write->seal))
		return true;
	err_set(err, ERR_DATA, "the seal is missing");
	return fail_damaged(write->state, err);
}

bool state_begin_write(struct state *state, struct state_write *write, struct err *err)
{
	int code;

	require(state->mode == STATE_WRITE);
	*write = (struct state_write){ .state = state };
	code = mdb_txn_begin(state->env, NULL, 0, &write->transaction);
	if (code != 0)
		return state_fail(state, code, "beginning to write", err);
	if (load_seal(write, err))
		return true;
	state_roll_back(write);
	return false;
}

bool state_commit(struct state_write *write, struct err *err)
{
	char seal[SEAL_BYTES];
	int code;

	write->seal.commit_no = mdb_txn_id(write->transaction);
	seal_encode(&write->seal, seal);
	if (!entry_put(write, TABLE_ABOUT, SPAN("seal"), (struct span){ seal, SEAL_BYTES }, err)) {
		state_roll_back(write);
		return false;
	}
	code = mdb_txn_commit(write->transaction);
	write->transaction = NULL;
	return code == 0 || state_fail(write->state, code, "committing", err);
}

void state_roll_back(struct state_write *write)
{
	mdb_txn_abort(write->transaction);
	write->transaction = NULL;
}

/* ---- the environment ---- */

static char *path_in(const struct state *state, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", state->folder.path, name) < 0)
		memory_exhausted(strlen(state->folder.path));
	return path;
}

/* name NULL: the folder's own environment. */
static bool open_env(struct state *state, const char *name, unsigned flags, struct err *err)
{
	char *path = name ? path_in(state, name) : NULL;
	int code = mdb_env_create(&state->env);

	if (code == 0)
		code = mdb_env_set_maxdbs(state->env, TABLE_COUNT);
	if (code == 0)
		code = mdb_env_set_mapsize(state->env, STATE_MAP_BYTES);
	if (code == 0)
		code = mdb_env_open(state->env, path ? path : state->folder.path, MDB_NOTLS | flags,
				    FILE_MODE);
	free(path);
	return code == 0 || state_fail(state, code, "opening its data", err);
}

static void close_env(struct state *state)
{
	if (state->env)
		mdb_env_close(state->env);
	state->env = NULL;
}

static bool open_tables(struct state *state, MDB_txn *transaction, unsigned flags, struct err *err)
{
	for (int i = 0; i < TABLE_COUNT; i++) {
		const char *name = entry_table_name((enum state_table)i);
		int code = mdb_dbi_open(transaction, name, flags, &state->tables[i]);

		if (code != 0)
			return state_fail(state, code, "opening a table", err);
	}
	return true;
}

static bool find_tables(struct state *state, struct err *err)
{
	MDB_txn *transaction = NULL;
	int code;

	if (!state_begin_read(state, &transaction, err))
		return false;
	if (!open_tables(state, transaction, 0, err)) {
		mdb_txn_abort(transaction);
		return false;
	}
	code = mdb_txn_commit(transaction); /* keeps the tables open */
	return code == 0 || state_fail(state, code, "opening its tables", err);
}

/* ---- making a new one ---- */

/* A random UUID (version 4). */
static bool make_owner(char owner[STATE_ID_SIZE], struct err *err)
{
	unsigned char bytes[16];
	char *at = owner;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_set(err, ERR_IO, "asking the system for random bytes: %s",
			       strerror(errno));
	bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = "0123456789abcdef"[bytes[i] >> 4];
		*at++ = "0123456789abcdef"[bytes[i] & 0x0f];
	}
	*at = '\0';
	return true;
}

static bool write_beginning(struct state *state, const char *identity, struct err *err)
{
	struct state_write write = { .state = state };
	char owner[STATE_ID_SIZE];
	int code;

	if (!make_owner(owner, err))
		return false;
	code = mdb_txn_begin(state->env, NULL, 0, &write.transaction);
	if (code != 0)
		return state_fail(state, code, "beginning to write", err);
	if (open_tables(state, write.transaction, MDB_CREATE, err) &&
	    entry_put(&write, TABLE_ABOUT, SPAN("owner"), span_of(owner), err) &&
	    entry_put(&write, TABLE_ABOUT, SPAN("identity"), span_of(identity), err))
		return state_commit(&write, err);
	state_roll_back(&write);
	return false;
}

static bool make(struct state *state, const char *identity, struct err *err)
{
	bool ok = folder_sweep(&state->folder, err) &&
		  open_env(state, FOLDER_MAKING_NAME, MDB_NOSUBDIR, err) &&
		  write_beginning(state, identity ? identity : "", err);

	close_env(state);
	return ok && folder_finish(&state->folder, err);
}

/* ---- whose it is ---- */

static char *copy_text(struct span text)
{
	char *copy = memory_resize(NULL, text.size + 1);

	memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	return copy;
}

static bool load_about(struct state *state, struct err *err)
{
	struct span owner = SPAN_NONE, identity = SPAN_NONE;
	MDB_txn *transaction = NULL;
	bool ok;

	if (!state_begin_read(state, &transaction, err))
		return false;
	ok = entry_get(state, transaction, TABLE_ABOUT, SPAN("owner"), &owner, err) &&
	     entry_get(state, transaction, TABLE_ABOUT, SPAN("identity"), &identity, err);
	if (ok && (!identity.data || owner.size != STATE_ID_SIZE - 1)) {
		err_set(err, ERR_DATA, "owner or identity is missing");
		ok = fail_damaged(state, err);
	}
	if (ok) {
		memcpy(state->owner, owner.data, owner.size);
		state->identity = copy_text(identity);
	}
	mdb_txn_abort(transaction);
	return ok;
}

static bool adopt(struct state *state, const char *identity, struct err *err)
{
	struct state_write write;

	if (!state_begin_write(state, &write, err))
		return false;
	if (!entry_put(&write, TABLE_ABOUT, SPAN("identity"), span_of(identity), err)) {
		state_roll_back(&write);
		return false;
	}
	if (!state_commit(&write, err))
		return false;
	free(state->identity);
	state->identity = copy_text(span_of(identity));
	return true;
}

/* A folder made before anybody knew its migration takes the first one that names itself. */
static bool check_identity(struct state *state, const char *identity, struct err *err)
{
	if (!identity || strcmp(identity, state->identity) == 0)
		return true;
	if (state->identity[0] == '\0')
		return state->mode == STATE_READ || adopt(state, identity, err);
	return err_set(err, ERR_DATA,
		       "state folder %s belongs to another migration (%s, not %s); name another "
		       "folder with --state",
		       state->folder.path, state->identity, identity);
}

/* ---- opening and closing ---- */

static bool look(struct state *state, enum folder_kind *kind, struct err *err)
{
	const char *path = state->folder.path;
	char why[128];

	if (!folder_look(&state->folder, kind, why, sizeof(why), err))
		return false;
	if (*kind == FOLDER_FOREIGN)
		return err_set(err, ERR_DATA, "%s is no state folder: %s", path, why);
	if (*kind == FOLDER_BROKEN)
		return err_set(err, ERR_DATA, "state folder %s is damaged; " REBUILD_HINT ": %s",
			       path, why);
	if (*kind == FOLDER_EMPTY && state->mode == STATE_READ)
		return err_set(err, ERR_UNAVAILABLE, "there is no state in folder %s yet", path);
	return true;
}

static bool prepare_folder(struct state *state, const char *path, const char *identity,
			   struct err *err)
{
	const bool writing = state->mode == STATE_WRITE;
	enum folder_kind kind;

	if (!folder_open(&state->folder, path, writing, err) || !look(state, &kind, err))
		return false;
	if (!writing)
		return folder_check_format(&state->folder, err);
	/* What was seen before the lock was ours may have changed. */
	if (!folder_lock(&state->folder, err) || !look(state, &kind, err))
		return false;
	if (kind == FOLDER_EMPTY && !make(state, identity, err))
		return false;
	return folder_check_format(&state->folder, err);
}

static bool check_once(struct state *state, bool *passed_by, struct err *err)
{
	MDB_txn *transaction = NULL;
	bool ok;

	*passed_by = false;
	if (!state_begin_read(state, &transaction, err))
		return false;
	ok = check_commit(state->folder.fd, state->mode, mdb_txn_id(transaction), passed_by, err);
	mdb_txn_abort(transaction);
	return ok || fail_damaged(state, err);
}

static bool check_all(struct state *state, struct err *err)
{
	bool passed_by = true, ok = false;

	for (int attempt = 0; attempt < CHECK_ATTEMPTS && passed_by && !ok; attempt++) {
		err_reset(err);
		ok = check_once(state, &passed_by, err);
	}
	return ok;
}

static bool open_data(struct state *state, const char *identity, struct err *err)
{
	int dead_readers = 0;

	if (!check_heads(state->folder.fd, state->mode, err))
		return fail_damaged(state, err);
	if (!open_env(state, NULL, state->mode == STATE_READ ? MDB_RDONLY : 0, err) ||
	    !check_all(state, err) || !find_tables(state, err))
		return false;
	/* Readers that were killed would keep old pages from being used again. */
	if (state->mode == STATE_WRITE)
		mdb_reader_check(state->env, &dead_readers);
	return load_about(state, err) && check_identity(state, identity, err);
}

bool state_open(const char *folder, enum state_mode mode, const char *identity,
		struct state **state, struct err *err)
{
	struct state *opened = memory_resize(NULL, sizeof(*opened));

	*opened = (struct state){ .mode = mode };
	folder_init(&opened->folder);
	if (!prepare_folder(opened, folder, identity, err) || !open_data(opened, identity, err)) {
		state_close(opened);
		return false;
	}
	*state = opened;
	return true;
}

void state_close(struct state *state)
{
	if (!state)
		return;
	close_env(state);
	folder_release(&state->folder);
	free(state->identity);
	free(state);
}

const char *state_owner(const struct state *state)
{
	return state->owner;
}

const char *state_identity(const struct state *state)
{
	return state->identity;
}
