/*
 * test_damage.c: a state folder that was cut or changed is refused, or everything in it is right.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/state/pages.h"
#include "tests/state/fixture.h"

TestSuite(damage, .init = fixture_begin, .fini = fixture_end, .timeout = 300);

enum { CHUNKS = 120, PAGE = 4096, FACT_BYTES = 9000, COMMIT_AT = 16 + 128 };

static char data_path[FIXTURE_PATH_SIZE];

static const struct ledger_head ledger_head = {
	12, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
};

/* Checkpoints on several pages, a fact with pages of its own, and pages that are free. */
static char *make_state(size_t *size)
{
	struct state *state = fixture_open(STATE_WRITE);
	struct err err = { .code = ERR_NONE };
	char fact[FACT_BYTES];

	memset(fact, 'f', sizeof(fact));
	cr_assert(state_put_fact(state, "status", (struct span){ fact, 5000 }, &err), "%s",
		  err.text);
	for (uint32_t i = 0; i < CHUNKS; i++)
		fixture_put(state, "job", i, i + 1);
	for (uint32_t i = 0; i < CHUNKS; i++)
		fixture_put(state, "job", i, i);
	cr_assert(state_put_fact(state, "status", (struct span){ fact, sizeof(fact) }, &err), "%s",
		  err.text);
	cr_assert(state_put_ledger_head(state, &ledger_head, &err), "%s", err.text);
	state_close(state);
	fixture_path(data_path, "data.mdb");
	return fixture_read(data_path, size);
}

static bool holds_everything(struct state *state, struct err *err)
{
	struct arena arena;
	struct ledger_head head;
	struct span fact;
	bool ok, found;

	arena_init(&arena);
	ok = fixture_holds(state, "job", 0, CHUNKS - 1, 0, err) &&
	     state_get_fact(state, "status", &arena, &fact, err);
	if (ok && (fact.size != FACT_BYTES || fact.data[0] != 'f' ||
		   memcmp(fact.data, fact.data + 1, FACT_BYTES - 1) != 0))
		ok = err_set(err, ERR_BUG, "the fact has changed");
	ok = ok && state_get_ledger_head(state, &head, &found, err);
	if (ok && (!found || head.entry_no != ledger_head.entry_no ||
		   strcmp(head.hash, ledger_head.hash) != 0))
		ok = err_set(err, ERR_BUG, "the head of the ledger has changed");
	arena_release(&arena);
	return ok;
}

/* Damage that goes unnoticed must not meet a writer later either. */
static void write_on(struct state *state)
{
	for (uint32_t i = 0; i < CHUNKS; i += 10)
		fixture_put(state, "job", i, i);
	for (uint32_t i = 0; i < 10; i++)
		fixture_put(state, "new", i, i);
}

/* True when it was noticed. */
static bool judge(const char *bytes, size_t size, const char *what)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = NULL;

	fixture_write(data_path, bytes, size);
	if (!state_open(fixture_folder(), STATE_WRITE, NULL, &state, &err)) {
		cr_assert_eq(err.code, ERR_DATA, "%s: %s", what, err.text);
		cr_assert_not_null(strstr(err.text, "engine state rebuild"), "%s: %s", what,
				   err.text);
		return true;
	}
	cr_assert(holds_everything(state, &err), "%s was accepted: %s", what, err.text);
	write_on(state);
	cr_assert(holds_everything(state, &err), "%s, written on: %s", what, err.text);
	state_close(state);
	return false;
}

/* With one bit the other way; it is put back. True when it was noticed. */
static bool judge_flipped(char *bytes, size_t size, size_t at)
{
	char bit = (char)(1 << fixture_random(8));
	char what[64];
	bool noticed;

	bytes[at] = (char)(bytes[at] ^ bit);
	snprintf(what, sizeof(what), "bit %d of byte %zu", bit, at);
	noticed = judge(bytes, size, what);
	bytes[at] = (char)(bytes[at] ^ bit);
	return noticed;
}

Test(damage, a_file_that_was_cut_anywhere_is_noticed)
{
	size_t size, noticed = 0;
	char *bytes = make_state(&size);
	char what[64];

	for (size_t cut = 0; cut < size; cut += 509) {
		snprintf(what, sizeof(what), "cut at %zu of %zu", cut, size);
		noticed += judge(bytes, cut, what);
	}
	cr_assert_gt(noticed, size / 509 / 2);
	cr_assert_not(judge(bytes, size, "the whole file"));
	free(bytes);
}

Test(damage, a_file_that_grew_is_still_right)
{
	size_t size;
	char *bytes = make_state(&size);
	char *longer = calloc(1, size + 10000);

	memcpy(longer, bytes, size);
	judge(longer, size + 10000, "a longer file");
	free(longer);
	free(bytes);
}

Test(damage, a_flipped_bit_is_noticed_or_harmless)
{
	size_t size, noticed = 0;
	char *bytes = make_state(&size);

	fixture_seed();
	for (int i = 0; i < 600; i++)
		noticed += judge_flipped(bytes, size, fixture_random(size));
	cr_assert_gt(noticed, 50);
	free(bytes);
}

/* Where the structure is: heads, page headers and the offsets and nodes behind them. */
Test(damage, a_flipped_bit_in_the_structure_is_noticed_or_harmless)
{
	size_t size, noticed = 0;
	char *bytes = make_state(&size);

	fixture_seed();
	for (int i = 0; i < 600; i++) {
		size_t page = i % 3 ? fixture_random(size / PAGE) : fixture_random(2);

		noticed +=
		    judge_flipped(bytes, size, page * PAGE + fixture_random(page < 2 ? 152 : 60));
	}
	cr_assert_gt(noticed, 100);
	free(bytes);
}

Test(damage, a_page_of_zeros_or_noise_is_noticed_or_was_free)
{
	size_t size, noticed = 0;
	char *bytes = make_state(&size);
	char kept[PAGE], what[64];

	fixture_seed();
	for (size_t page = 0; page < size / PAGE; page++) {
		char *at = bytes + page * PAGE;

		memcpy(kept, at, PAGE);
		memset(at, 0, PAGE);
		snprintf(what, sizeof(what), "page %zu without anything", page);
		noticed += judge(bytes, size, what);
		for (size_t i = 0; i < PAGE; i++)
			at[i] = (char)fixture_random(256);
		snprintf(what, sizeof(what), "page %zu of noise", page);
		noticed += judge(bytes, size, what);
		memcpy(at, kept, PAGE);
	}
	cr_assert_gt(noticed, 10);
	free(bytes);
}

Test(damage, a_page_in_the_place_of_another_is_noticed_or_was_free)
{
	size_t size, noticed = 0;
	char *bytes = make_state(&size);
	char kept[PAGE], what[64];

	fixture_seed();
	for (int i = 0; i < 150; i++) {
		size_t from = fixture_random(size / PAGE), to = fixture_random(size / PAGE);

		memcpy(kept, bytes + to * PAGE, PAGE);
		memcpy(bytes + to * PAGE, bytes + from * PAGE, PAGE);
		/* as if the page had always been there */
		if (i % 2 && to > 1)
			memcpy(bytes + to * PAGE, kept, sizeof(size_t));
		snprintf(what, sizeof(what), "page %zu in the place of %zu", from, to);
		noticed += judge(bytes, size, what);
		memcpy(bytes + to * PAGE, kept, PAGE);
	}
	cr_assert_gt(noticed, 10);
	free(bytes);
}

static void put_all(uint32_t offset)
{
	struct state *state = fixture_open(STATE_WRITE);

	for (uint32_t i = 0; i < CHUNKS; i++)
		fixture_put(state, "job", i, i + offset);
	state_close(state);
}

/* A write that the disk said it had done and had not. */
Test(damage, a_page_that_is_older_than_the_rest_is_noticed)
{
	size_t old_size, size, noticed = 0, changed = 0;
	char *old, *bytes;
	char kept[PAGE], what[64];

	free(make_state(&size));
	put_all(1);
	old = fixture_read(data_path, &old_size);
	put_all(0);
	bytes = fixture_read(data_path, &size);
	for (size_t page = 0; page < old_size / PAGE; page++) {
		memcpy(kept, bytes + page * PAGE, PAGE);
		if (memcmp(kept, old + page * PAGE, PAGE) == 0)
			continue;
		changed++;
		memcpy(bytes + page * PAGE, old + page * PAGE, PAGE);
		snprintf(what, sizeof(what), "an older page %zu", page);
		noticed += judge(bytes, size, what);
		memcpy(bytes + page * PAGE, kept, PAGE);
	}
	cr_assert_gt(noticed, 3, "%zu of %zu", noticed, changed);
	free(old);
	free(bytes);
}

/* Which bit makes a head the older one depends on the commit, so several are tried. */
Test(damage, a_head_that_lies_about_its_commit_is_noticed)
{
	size_t size;

	free(make_state(&size));
	for (int commit = 0; commit < 4; commit++) {
		struct state *state = fixture_open(STATE_WRITE);
		char *bytes;

		fixture_put(state, "job", 0, 0);
		state_close(state);
		bytes = fixture_read(data_path, &size);
		for (size_t i = 0; i < 2 * 64; i++) {
			char *at = bytes + i / 64 * PAGE + COMMIT_AT + i % 64 / 8;

			*at = (char)(*at ^ 1 << i % 8);
			cr_assert(judge(bytes, size, "a wrong commit number"), "bit %zu", i);
			*at = (char)(*at ^ 1 << i % 8);
		}
		fixture_write(data_path, bytes, size);
		free(bytes);
	}
}

/* ---- what only a writer would trip over ---- */

static char *page_of(char *bytes, uint64_t page)
{
	return bytes + page * PAGE;
}

static struct pages_meta newest_head(void)
{
	struct err err = { .code = ERR_NONE };
	struct pages_metas metas;
	int fd = open(data_path, O_RDONLY);

	cr_assert(pages_read_metas(fd, UINT64_C(1) << 30, &metas, &err), "%s", err.text);
	close(fd);
	return metas.newest;
}

/* Numbers in pages lie on even addresses only. */
static uint64_t number_at(const char *at)
{
	uint64_t number;

	memcpy(&number, at, sizeof(number));
	return number;
}

static void put_number(char *at, uint64_t number)
{
	memcpy(at, &number, sizeof(number));
}

/* A list of at least two free pages: their count, then the pages from high to low. */
static char *free_list(char *bytes)
{
	char *leaf = page_of(bytes, newest_head().free_tree.root);
	uint16_t lower, node;

	cr_assert_eq(newest_head().free_tree.depth, 1);
	memcpy(&lower, leaf + 12, sizeof(lower));
	for (size_t at = 16; at < lower; at += sizeof(node)) {
		memcpy(&node, leaf + at, sizeof(node));
		if (number_at(leaf + node + 16) > 1)
			return leaf + node + 16;
	}
	cr_assert_fail("no list of free pages is long enough");
	return NULL;
}

Test(damage, a_page_that_is_both_free_and_used_is_noticed)
{
	size_t size;
	char *bytes = make_state(&size);
	char *list = free_list(bytes);
	uint64_t kept = number_at(list + 8), last = number_at(list + 8 * number_at(list));

	put_number(list + 8 * number_at(list), newest_head().main_tree.root);
	cr_assert(judge(bytes, size, "the root among the free pages"));
	put_number(list + 8 * number_at(list), last);
	put_number(list + 8, newest_head().last_page + 1);
	cr_assert(judge(bytes, size, "a free page that does not exist"));
	put_number(list + 8, kept);
	cr_assert_not(judge(bytes, size, "the list as it was"));
	free(bytes);
}

Test(damage, a_list_of_free_pages_out_of_order_is_noticed)
{
	size_t size;
	char *bytes = make_state(&size);
	char *list = free_list(bytes);
	uint64_t first = number_at(list + 8);

	put_number(list + 8, number_at(list + 16));
	put_number(list + 16, first);
	cr_assert(judge(bytes, size, "two free pages the wrong way round"));
	free(bytes);
}

Test(damage, a_list_of_free_pages_that_is_longer_than_its_room_is_noticed)
{
	size_t size;
	char *bytes = make_state(&size);
	char *list = free_list(bytes);

	put_number(list, number_at(list) + 1000);
	cr_assert(judge(bytes, size, "a list that goes beyond its value"));
	put_number(list, UINT64_MAX);
	cr_assert(judge(bytes, size, "an endless list"));
	free(bytes);
}

Test(damage, free_room_that_is_not_there_is_noticed)
{
	size_t size;
	char *bytes = make_state(&size);
	char *leaf = page_of(bytes, newest_head().main_tree.root);
	const uint16_t beyond[] = { 8, 20, PAGE - 2, PAGE, PAGE + 2, UINT16_MAX };
	uint16_t kept;

	memcpy(&kept, leaf + 14, sizeof(kept));
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		memcpy(leaf + 14, &beyond[i], sizeof(kept));
		cr_assert(judge(bytes, size, "an end of the free room"), "%u", beyond[i]);
	}
	free(bytes);
}

Test(damage, missing_data_is_noticed)
{
	size_t size;
	char *bytes = make_state(&size);

	cr_assert_eq(unlink(data_path), 0);
	fixture_refuse(STATE_WRITE, NULL, ERR_DATA, "data.mdb is missing");
	fixture_refuse(STATE_READ, NULL, ERR_DATA, "engine state rebuild");
	free(bytes);
}

Test(damage, a_missing_mark_is_noticed)
{
	size_t size;
	char *bytes = make_state(&size);
	char path[FIXTURE_PATH_SIZE];

	fixture_path(path, "format");
	cr_assert_eq(unlink(path), 0);
	fixture_refuse(STATE_WRITE, NULL, ERR_DATA, "mark \"format\" is missing");
	free(bytes);
}

Test(damage, what_happens_to_the_locks_of_the_dead_heals)
{
	size_t size;
	char *bytes = make_state(&size);
	char path[FIXTURE_PATH_SIZE], noise[PAGE * 2];

	fixture_seed();
	fixture_path(path, "lock.mdb");
	for (int i = 0; i < 20; i++) {
		for (size_t n = 0; n < sizeof(noise); n++)
			noise[n] = (char)fixture_random(256);
		fixture_write(path, noise, fixture_random(sizeof(noise) + 1));
		cr_assert_not(judge(bytes, size, "noise in lock.mdb"));
	}
	free(bytes);
}

Test(damage, a_broken_folder_set_aside_makes_room_for_a_new_one)
{
	struct err err = { .code = ERR_NONE };
	size_t size;
	char *bytes = make_state(&size);
	struct state *state;

	memset(bytes + 2 * PAGE, 0x55, size - 2 * PAGE);
	cr_assert(judge(bytes, size, "noise everywhere"));
	cr_assert(state_set_aside(fixture_folder(), &err), "%s", err.text);
	state = fixture_open(STATE_WRITE);
	cr_assert(fixture_holds(state, "job", 1, 0, 0, &err), "%s", err.text);
	state_close(state);
	free(bytes);
}
