/*
 * fixture.h: state folders for tests, each in a scratch folder of its own.
 */
#ifndef TESTS_STATE_FIXTURE_H
#define TESTS_STATE_FIXTURE_H

#include <stdint.h>

#include "engine/state/state.h"

enum { FIXTURE_PATH_SIZE = 256 };

/* Where the test keeps its state: "…/state" in a new scratch folder. */
void fixture_begin(void);
void fixture_end(void);
const char *fixture_folder(void);
void fixture_path(char path[FIXTURE_PATH_SIZE], const char *name); /* a file beside data.mdb */

/* Opening that must succeed. */
struct state *fixture_open(enum state_mode mode);

/* Opening that must fail, with this code and these words. */
void fixture_refuse(enum state_mode mode, const char *identity, enum err_code code,
		    const char *words);

/* What chunk number n is told to remember; every n gives other values. */
struct checkpoint fixture_checkpoint(uint32_t n);
void fixture_put(struct state *state, const char *entity, uint32_t chunk_no, uint32_t n);

/* Whether the entity holds exactly checkpoints made from n = chunk_no + offset, chunks first to last. */
bool fixture_holds(struct state *state, const char *entity, uint32_t first, uint32_t last,
		   uint32_t offset, struct err *err);

/* A whole file in memory, freed by the caller; and back. */
char *fixture_read(const char *path, size_t *size);
void fixture_write(const char *path, const char *bytes, size_t size);

/* Numbers that a printed seed (ENGINE_TEST_SEED) gives again. */
void fixture_seed(void);
uint64_t fixture_random(uint64_t below);

#endif
