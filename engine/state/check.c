/*
 * check.c: is the data file what this room wrote? Asked before LMDB may map it.
 *
 * Opening an environment and beginning to read touch the two heads only; so those are looked at first,
 * and then, while the transaction keeps them from being used again, all pages of the state it sees. A
 * data file holds the state before that one, too. It is walked because a head that lies about its commit
 * would bring it back: everything in it is right, but one commit old.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/state/pages.h"
#include "engine/state/state_internal.h"

enum { HEAD_ATTEMPTS = 50, HEAD_PAUSE_NS = 1000000 };

struct tally {
	struct seal found; /* commit_no is not counted */
	struct seal claimed;
	bool has_seal;
};

static bool tally_entry(void *context, const struct pages_entry *entry, struct err *err)
{
	struct tally *tally = context;
	enum state_table table = entry_table_named(entry->table);
	struct span payload;
	struct digest checksum;

	if (table == TABLE_COUNT)
		return err_set(err, ERR_DATA, "there is a table this engine does not know");
	if (!entry_open(table, entry->key, entry->value, &payload, &checksum, err))
		return false;
	if (table != TABLE_ABOUT) {
		tally->found.entry_count++;
		digest_add(&tally->found.sum, checksum);
	} else if (span_equal_text(entry->key, "seal")) {
		tally->has_seal = seal_decode(payload, &tally->claimed);
	}
	return true;
}

static bool check_state(int fd, const struct pages_meta *meta, struct err *err)
{
	struct tally tally = { .has_seal = false };

	if (!pages_walk(fd, meta, tally_entry, &tally, err))
		return false;
	if (meta->commit_no == 0)
		return meta->main_tree.entries == 0 ||
		       err_set(err, ERR_DATA, "the empty beginning is not empty");
	if (!tally.has_seal || tally.claimed.commit_no != meta->commit_no)
		return err_set(err, ERR_DATA, "commit %llu is not the one that was sealed",
			       (unsigned long long)meta->commit_no);
	if (tally.claimed.entry_count != tally.found.entry_count ||
	    !digest_equal(tally.claimed.sum, tally.found.sum))
		return err_set(err, ERR_DATA, "entries are missing or older than they should be");
	return true;
}

/* ---- the heads, before LMDB may map the file ---- */

static int open_data_file(int folder_fd, struct err *err)
{
	int fd = openat(folder_fd, FOLDER_DATA_NAME, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		err_set(err, errno == EACCES ? ERR_PERMISSION : ERR_IO, "opening %s: %s",
			FOLDER_DATA_NAME, strerror(errno));
	return fd;
}

/* A writer at work may be met in the middle of a head. */
static bool read_heads(int fd, enum state_mode mode, struct pages_metas *metas, struct err *err)
{
	const int attempts = mode == STATE_READ ? HEAD_ATTEMPTS : 1;
	bool ok = false;

	for (int attempt = 0; attempt < attempts && !ok; attempt++) {
		if (attempt > 0)
			clock_sleep_ns(HEAD_PAUSE_NS);
		err_reset(err);
		ok = pages_read_metas(fd, STATE_MAP_BYTES, metas, err);
	}
	return ok;
}

bool check_heads(int folder_fd, enum state_mode mode, struct err *err)
{
	int fd = open_data_file(folder_fd, err);
	struct pages_metas metas;
	bool ok;

	if (fd < 0)
		return false;
	ok = read_heads(fd, mode, &metas, err);
	close(fd);
	return ok;
}

/* ---- what they lead to, before LMDB may follow ---- */

static bool heads_moved(int fd, enum state_mode mode, const struct pages_metas *before)
{
	struct pages_metas now;
	struct err ignored = { .code = ERR_NONE };

	return read_heads(fd, mode, &now, &ignored) &&
	       now.newest.commit_no != before->newest.commit_no;
}

/* Nobody holds the older state: that it was written over by the next commit but one is no damage. */
static bool check_older(int fd, enum state_mode mode, const struct pages_metas *metas,
			struct err *err)
{
	if (check_state(fd, &metas->older, err))
		return true;
	if (!heads_moved(fd, mode, metas))
		return false;
	err_reset(err);
	return true;
}

static bool check_metas(int fd, enum state_mode mode, uint64_t commit_no, bool *passed_by,
			struct err *err)
{
	struct pages_metas metas;

	if (!read_heads(fd, mode, &metas, err))
		return false;
	if (metas.newest.commit_no == commit_no)
		return check_state(fd, &metas.newest, err) && check_older(fd, mode, &metas, err);
	if (metas.older.commit_no == commit_no)
		return check_state(fd, &metas.older, err);
	*passed_by = true;
	return err_set(err, ERR_TRANSIENT, "it is written faster than it can be looked at");
}

bool check_commit(int folder_fd, enum state_mode mode, uint64_t commit_no, bool *passed_by,
		  struct err *err)
{
	int fd = open_data_file(folder_fd, err);
	bool ok;

	*passed_by = false;
	if (fd < 0)
		return false;
	ok = check_metas(fd, mode, commit_no, passed_by, err);
	close(fd);
	return ok;
}
