/*
 * test_proof.c: of each chunk and check the last look is kept, and when it was last proven beside it.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/target/control.h"
#include "engine/target/proof.h"

struct world {
	char folder[40], url[80];
	struct conn *target;
	struct arena arena;
	struct err err;
};

static void world_open(struct world *world)
{
	*world = (struct world){ .folder = "/tmp/test_proof.XXXXXX" };
	cr_assert_not_null(mkdtemp(world->folder));
	snprintf(world->url, sizeof(world->url), "sqlite:%s/target.db", world->folder);
	arena_init(&world->arena);
	cr_assert(conn_open(world->url, CONN_TARGET, &world->target, &world->err), "%s",
		  world->err.text);
}

static void world_close(struct world *world)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[100];

	conn_close(world->target);
	arena_release(&world->arena);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", world->url + strlen("sqlite:"), ends[i]);
		unlink(path);
	}
	rmdir(world->folder);
}

static void make_table(struct world *world)
{
	cr_assert(conn_ensure_table(world->target, &table_proof, &world->err), "%s",
		  world->err.text);
}

static void write_look(struct world *world, int64_t chunk_no, const char *verdict, int64_t now_us)
{
	struct proof proof = { .chunk_no = chunk_no,
			       .check = "digests",
			       .pass_no = 3,
			       .rule_epoch = 1,
			       .validation = "f",
			       .verdict = verdict,
			       .checked = 10,
			       .is_proven = strcmp(verdict, "agrees") == 0,
			       .looked_us = now_us };

	cr_assert(proofs_write(world->target, "job", &proof, 1, &world->err), "%s",
		  world->err.text);
}

static const struct proof *load(struct world *world, size_t wanted)
{
	struct proof *proofs;
	size_t count;

	cr_assert(proofs_load(world->target, "job", &world->arena, &proofs, &count, &world->err),
		  "%s", world->err.text);
	cr_assert_eq(count, wanted);
	return proofs;
}

Test(proof, a_target_without_the_table_has_none, .timeout = 20)
{
	struct proof_summary *summaries;
	struct world world;
	size_t count;

	world_open(&world);
	load(&world, 0);
	cr_assert(proofs_summarize(world.target, &world.arena, &summaries, &count, &world.err),
		  "%s", world.err.text);
	cr_assert_eq(count, 0);
	world_close(&world);
}

Test(proof, when_it_was_proven_stays_where_it_is_not_proven_again, .timeout = 20)
{
	struct world world;
	const struct proof *proof;

	world_open(&world);
	make_table(&world);
	write_look(&world, 4, "differs", 1000000);
	cr_assert_eq(load(&world, 1)->proven_us, 0);
	write_look(&world, 4, "agrees", 2000000);
	proof = load(&world, 1);
	cr_assert(proof->is_proven);
	cr_assert_eq(proof->proven_us, 2000000);
	write_look(&world, 4, "could-not-tell", 3000000);
	proof = load(&world, 1);
	cr_assert_not(proof->is_proven);
	cr_assert_eq(proof->proven_us, 2000000);
	cr_assert_eq(proof->looked_us, 3000000);
	cr_assert_str_eq(proof->verdict, "could-not-tell");
	world_close(&world);
}

Test(proof, a_chunk_is_forgotten_alone, .timeout = 20)
{
	struct world world;

	world_open(&world);
	make_table(&world);
	write_look(&world, 4, "agrees", 1000000);
	write_look(&world, PROOF_OF_ALL, "agrees", 1000000);
	write_look(&world, 5, "agrees", 1000000);
	cr_assert(proofs_forget(world.target, "job", 4, &world.err), "%s", world.err.text);
	cr_assert_eq(load(&world, 2)[1].chunk_no, 5);
	world_close(&world);
}
