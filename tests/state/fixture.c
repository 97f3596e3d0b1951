/*
 * fixture.c: state folders for tests, each in a scratch folder of its own.
 */
#include "tests/state/fixture.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"

/* A test is a process of its own, so these belong to one test. */
static char scratch[FIXTURE_PATH_SIZE / 2];
static char folder[FIXTURE_PATH_SIZE / 2 + 16];
static uint64_t random_state;

void fixture_begin(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(scratch, sizeof(scratch), "%.80s/engine-state-XXXXXX", parent ? parent : "/tmp");
	cr_assert_not_null(mkdtemp(scratch));
	snprintf(folder, sizeof(folder), "%s/state", scratch);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

void fixture_end(void)
{
	nftw(scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fixture_folder(void)
{
	return folder;
}

void fixture_path(char path[FIXTURE_PATH_SIZE], const char *name)
{
	snprintf(path, FIXTURE_PATH_SIZE, "%s/%s", folder, name);
}

struct state *fixture_open(enum state_mode mode)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = NULL;

	cr_assert(state_open(folder, mode, "legacy -> sqlite:target.db", &state, &err), "%s",
		  err.text);
	return state;
}

void fixture_refuse(enum state_mode mode, const char *identity, enum err_code code,
		    const char *words)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = NULL;

	cr_assert_not(state_open(folder, mode, identity, &state, &err));
	cr_assert_eq(err.code, code, "%d: %s", (int)err.code, err.text);
	cr_assert_not_null(strstr(err.text, words), "\"%s\" lacks \"%s\"", err.text, words);
	cr_assert_not_null(strstr(err.text, folder), "\"%s\" does not name the folder", err.text);
}

struct checkpoint fixture_checkpoint(uint32_t n)
{
	struct checkpoint checkpoint = {
		.chunk_no = n,
		.pass_no = (int64_t)n * 3 + 1,
		.record_count = INT64_MAX - n,
		.digest = { .high = UINT64_MAX - n, .low = (uint64_t)n << 40 },
		.at_us = (int64_t)n - 100,
	};

	snprintf(checkpoint.run, sizeof(checkpoint.run), "run-%" PRIu32, n);
	return checkpoint;
}

void fixture_put(struct state *state, const char *entity, uint32_t chunk_no, uint32_t n)
{
	struct checkpoint checkpoint = fixture_checkpoint(n);
	struct err err = { .code = ERR_NONE };

	checkpoint.chunk_no = chunk_no;
	cr_assert(state_put_checkpoint(state, entity, &checkpoint, &err), "%s", err.text);
}

struct expectation {
	uint32_t next, offset;
};

static bool expect_next(void *context, const struct checkpoint *found, struct err *err)
{
	struct expectation *expected = context;
	struct checkpoint wanted = fixture_checkpoint(expected->next + expected->offset);

	wanted.chunk_no = expected->next++;
	if (found->chunk_no == wanted.chunk_no && found->pass_no == wanted.pass_no &&
	    found->record_count == wanted.record_count && found->at_us == wanted.at_us &&
	    digest_equal(found->digest, wanted.digest) && strcmp(found->run, wanted.run) == 0)
		return true;
	return err_set(err, ERR_BUG, "expected chunk %" PRIu32 ", found %" PRIu32 " of %s",
		       wanted.chunk_no, found->chunk_no, found->run);
}

bool fixture_holds(struct state *state, const char *entity, uint32_t first, uint32_t last,
		   uint32_t offset, struct err *err)
{
	struct expectation expected = { .next = first, .offset = offset };

	if (!state_each_checkpoint(state, entity, expect_next, &expected, err))
		return false;
	return expected.next == last + 1 ||
	       err_set(err, ERR_BUG, "chunks end before %" PRIu32, expected.next);
}

char *fixture_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *bytes;

	cr_assert_not_null(file, "%s", path);
	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	bytes = malloc(*size + 1);
	cr_assert_eq(fread(bytes, 1, *size, file), *size);
	fclose(file);
	return bytes;
}

void fixture_write(const char *path, const char *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");

	cr_assert_not_null(file, "%s", path);
	cr_assert_eq(fwrite(bytes, 1, size, file), size);
	cr_assert_eq(fclose(file), 0);
}

void fixture_seed(void)
{
	const char *given = getenv("ENGINE_TEST_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)clock_wall_us();

	fprintf(stderr, "seed: ENGINE_TEST_SEED=%" PRIu64 "\n", seed);
	random_state = seed;
}

/* splitmix64 */
uint64_t fixture_random(uint64_t below)
{
	uint64_t mixed = random_state += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (mixed ^ (mixed >> 31)) % below;
}
