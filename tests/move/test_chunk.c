/*
 * test_chunk.c: chunks, their totals and the leases of their shards, in a store in memory.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "drivers/memory/memory.h"
#include "engine/move/mover.h"
#include "engine/target/control.h"

TestSuite(chunk, .timeout = 30);
TestSuite(lease, .timeout = 30);

static struct memory_store *store;
static struct conn *target;
static struct arena arena;
static struct err err;

static void setup(void)
{
	arena_init(&arena);
	store = memory_store_open();
	cr_assert(memory_store_connect(store, CONN_TARGET, &target, &err), "%s", err.text);
	cr_assert(conn_begin(target, &err), "%s", err.text);
	for (int i = 0; i < control_table_count; i++)
		cr_assert(conn_ensure_table(target, control_tables[i], &err), "%s", err.text);
	cr_assert(conn_commit(target, &err), "%s", err.text);
}

static void teardown(void)
{
	conn_close(target);
	memory_store_close(store);
	arena_release(&arena);
}

static void insert(int64_t no, const char *lower, const char *upper)
{
	struct key_range range = { span_of(lower), span_of(upper) };
	struct chunk chunk;

	chunk_init(&chunk, no, no / 2, range);
	cr_assert(conn_begin(target, &err), "%s", err.text);
	cr_assert(chunk_insert(target, "job", &chunk, &err), "%s", err.text);
	cr_assert(conn_commit(target, &err), "%s", err.text);
}

Test(chunk, comes_back_as_it_was_stored, .init = setup, .fini = teardown)
{
	struct chunk chunk, again;
	bool found;

	insert(0, NULL, "[\"7\"]");
	cr_assert(chunk_load(target, "job", 0, &arena, &found, &chunk, &err), "%s", err.text);
	cr_assert(found);
	cr_assert_null(chunk.range.lower.data, "open below");
	cr_assert(span_equal_text(chunk.range.upper, "[\"7\"]"));
	chunk.run = "r1";
	chunk.pass_no = 3;
	chunk.counts = (struct move_counts){ .read = 5,
					     .merged = 2,
					     .unchanged = 1,
					     .skipped = 1,
					     .rejected = 1,
					     .children = 9,
					     .orphans = 1 };
	chunk.digest = (struct digest){ UINT64_MAX, 0x8000000000000001 };
	chunk.record_count = 3;
	cr_assert(conn_begin(target, &err), "%s", err.text);
	cr_assert(chunk_store(target, "job", &chunk, &err), "%s", err.text);
	cr_assert(conn_commit(target, &err), "%s", err.text);
	cr_assert(chunk_load(target, "job", 0, &arena, &found, &again, &err), "%s", err.text);
	cr_assert_eq(again.counts.children, 9);
	cr_assert_eq(again.pass_no, 3);
	cr_assert(digest_equal(again.digest, chunk.digest));
	cr_assert_str_eq(again.run, "r1");
}

/* Another pass may have taken a row out of the chunk, and recorded that, since this one has read the chunk. */
Test(chunk, storing_leaves_the_stores_digest_as_others_have_set_it, .init = setup, .fini = teardown)
{
	struct chunk chunk, again;
	bool found;

	insert(0, NULL, "[\"7\"]");
	cr_assert(chunk_load(target, "job", 0, &arena, &found, &chunk, &err), "%s", err.text);
	cr_assert_eq(chunk.store_digest.size, 0, "nothing is known of a new one");
	cr_assert(conn_begin(target, &err), "%s", err.text);
	cr_assert(chunk_set_store_digest(target, "job", 0, SPAN("memory-1:0"), &err), "%s",
		  err.text);
	cr_assert(chunk_store(target, "job", &chunk, &err), "%s", err.text);
	cr_assert(conn_commit(target, &err), "%s", err.text);
	cr_assert(chunk_load(target, "job", 0, &arena, &found, &again, &err), "%s", err.text);
	cr_assert(span_equal_text(again.store_digest, "memory-1:0"));

	cr_assert(conn_begin(target, &err), "%s", err.text);
	again.range.upper = SPAN("[\"5\"]");
	cr_assert(chunk_set_upper(target, "job", &again, &err), "%s", err.text);
	cr_assert(conn_commit(target, &err), "%s", err.text);
	cr_assert_eq(again.store_digest.size, 0);
	cr_assert(chunk_load(target, "job", 0, &arena, &found, &chunk, &err), "%s", err.text);
	cr_assert_eq(chunk.store_digest.size, 0, "rows leave a chunk that is cut");
}

Test(chunk, that_is_not_there_cannot_be_locked, .init = setup, .fini = teardown)
{
	bool found = true;

	insert(0, NULL, NULL);
	cr_assert(chunk_lock(target, "job", 1, &found, &err), "%s", err.text);
	cr_assert_not(found);
	cr_assert(chunk_lock(target, "job", 0, &found, &err), "%s", err.text);
	cr_assert(found);
}

Test(chunk, is_due_until_the_run_has_passed_it, .init = setup, .fini = teardown)
{
	struct chunk chunk;
	bool found;

	insert(0, NULL, "[\"5\"]");
	insert(1, "[\"5\"]", NULL);
	insert(2, "[\"9\"]", NULL);
	cr_assert(chunk_next_due(target, "job", 0, "r1", &arena, &found, &chunk, &err), "%s",
		  err.text);
	cr_assert(found);
	cr_assert_eq(chunk.no, 0);
	chunk.run = "r1";
	cr_assert(conn_begin(target, &err), "%s", err.text);
	cr_assert(chunk_store(target, "job", &chunk, &err), "%s", err.text);
	cr_assert(conn_commit(target, &err), "%s", err.text);
	cr_assert(chunk_next_due(target, "job", 0, "r1", &arena, &found, &chunk, &err), "%s",
		  err.text);
	cr_assert(found);
	cr_assert_eq(chunk.no, 1);
	cr_assert(chunk_next_due(target, "job", 5, "r1", &arena, &found, &chunk, &err), "%s",
		  err.text);
	cr_assert_not(found);
}

Test(chunk, totals_are_sums_over_all_of_them, .init = setup, .fini = teardown)
{
	struct move_entity_report report = { .entity = "job" };
	struct digest sum = { 0, 0 };

	for (int i = 0; i < 10; i++) {
		struct key_range range = { SPAN_NONE, SPAN_NONE };
		struct chunk chunk;

		chunk_init(&chunk, i, 0, range);
		chunk.run = i % 2 ? "r1" : "r0";
		chunk.counts = (struct move_counts){ .read = 10, .merged = 10 };
		chunk.record_count = 10;
		chunk.digest = (struct digest){ UINT64_MAX - (uint64_t)i, UINT64_MAX / 3 };
		digest_add(&sum, chunk.digest);
		cr_assert(conn_begin(target, &err), "%s", err.text);
		cr_assert(chunk_insert(target, "job", &chunk, &err), "%s", err.text);
		cr_assert(conn_commit(target, &err), "%s", err.text);
	}
	cr_assert(chunk_totals(target, "r1", &report, &err), "%s", err.text);
	cr_assert_eq(report.chunks, 10);
	cr_assert_eq(report.record_count, 100);
	cr_assert_eq(report.counts.read, 50, "the run's own chunks only");
	cr_assert(digest_equal(report.digest, sum));
}

Test(chunk, balance_holds_only_when_every_row_ended_somewhere)
{
	struct move_counts counts = {
		.read = 10, .merged = 4, .unchanged = 3, .skipped = 2, .rejected = 1
	};

	cr_assert(counts_balance(&counts));
	counts.withdrawn = 7;
	cr_assert(counts_balance(&counts), "withdrawn stands beside the balance");
	counts.skipped--;
	cr_assert_not(counts_balance(&counts));
	counts.fenced++;
	cr_assert(counts_balance(&counts));
}

/* ---- leases ---- */

static struct entity_info entity = { .name = "job" };
static struct migration_info migration = { .entities = &entity, .entity_count = 1 };

static void make_worker(struct mover *mover, struct worker *worker, const char *owner,
			const char *run)
{
	*mover = (struct mover){ .migration = &migration };
	snprintf(mover->run, sizeof(mover->run), "%s", run);
	*worker = (struct worker){ .mover = mover, .target = target };
	snprintf(worker->owner, sizeof(worker->owner), "%s", owner);
	arena_init(&worker->plan);
	arena_init(&worker->arena);
}

static void drop_worker(struct worker *worker)
{
	arena_release(&worker->plan);
	arena_release(&worker->arena);
}

static void insert_shard(void)
{
	cr_assert(conn_begin(target, &err), "%s", err.text);
	cr_assert(shard_insert(target, "job", 0, &err), "%s", err.text);
	cr_assert(conn_commit(target, &err), "%s", err.text);
}

Test(lease, is_held_by_one_worker_at_a_time, .init = setup, .fini = teardown)
{
	struct mover mover;
	struct worker a, b;
	struct lease lease, other;
	bool claimed, busy;

	insert_shard();
	make_worker(&mover, &a, "a", "r1");
	make_worker(&mover, &b, "b", "r1");
	cr_assert(shard_claim(&a, 0, &claimed, &busy, &lease, &err), "%s", err.text);
	cr_assert(claimed);
	cr_assert(shard_claim(&b, 0, &claimed, &busy, &other, &err), "%s", err.text);
	cr_assert_not(claimed);
	cr_assert(busy, "it is not finished");
	cr_assert(shard_release(&a, &lease, true, &err), "%s", err.text);
	cr_assert(shard_claim(&b, 0, &claimed, &busy, &other, &err), "%s", err.text);
	cr_assert_not(claimed, "this run has finished it");
	cr_assert_not(busy);
	drop_worker(&a);
	drop_worker(&b);
}

Test(lease, lets_nobody_write_who_lost_it, .init = setup, .fini = teardown)
{
	struct mover mover;
	struct worker a, b;
	struct lease lease, other;
	struct assignment expire = { SHARD_LEASE_UNTIL, datum_instant(1) };
	int64_t changed;
	bool claimed, busy;

	insert_shard();
	make_worker(&mover, &a, "a", "r1");
	make_worker(&mover, &b, "b", "r1");
	cr_assert(shard_claim(&a, 0, &claimed, &busy, &lease, &err), "%s", err.text);
	cr_assert(conn_begin(target, &err), "%s", err.text);
	cr_assert(shard_hold(&a, &lease, 4, &err), "%s", err.text);
	cr_assert(conn_commit(target, &err), "%s", err.text);

	/* a sleeps too long; b takes over; a wakes up */
	cr_assert(conn_begin(target, &err), "%s", err.text);
	cr_assert(conn_update(target, &table_shard, &expire, 1, NULL, 0, &changed, &err), "%s",
		  err.text);
	cr_assert_eq(changed, 1);
	cr_assert_not(shard_hold(&a, &lease, 5, &err), "expired, though nobody took it");
	cr_assert_eq(err.code, ERR_LEASE_LOST);
	err_reset(&err);
	cr_assert(conn_commit(target, &err), "%s", err.text);
	cr_assert(shard_claim(&b, 0, &claimed, &busy, &other, &err), "%s", err.text);
	cr_assert(claimed);
	cr_assert_eq(other.epoch, lease.epoch + 1);
	cr_assert(conn_begin(target, &err), "%s", err.text);
	cr_assert_not(shard_hold(&a, &lease, 5, &err));
	cr_assert_eq(err.code, ERR_LEASE_LOST);
	err_reset(&err);
	cr_assert(shard_hold(&b, &other, 5, &err), "%s", err.text);
	cr_assert(conn_commit(target, &err), "%s", err.text);
	drop_worker(&a);
	drop_worker(&b);
}

Test(lease, of_a_dead_process_is_taken_over_by_its_folder_only, .init = setup, .fini = teardown)
{
	struct mover mover;
	struct worker a;
	struct lease lease;
	bool claimed, busy;

	insert_shard();
	make_worker(&mover, &a, "folder-1/r1/0", "r1");
	cr_assert(shard_claim(&a, 0, &claimed, &busy, &lease, &err), "%s", err.text);
	cr_assert(conn_begin(target, &err), "%s", err.text);
	cr_assert(shard_take_over(target, "job", "folder-2/", &arena, &err), "%s", err.text);
	cr_assert(shard_hold(&a, &lease, -1, &err), "another folder's process may be alive: %s",
		  err.text);
	cr_assert(shard_take_over(target, "job", "folder-1/", &arena, &err), "%s", err.text);
	cr_assert_not(shard_hold(&a, &lease, -1, &err));
	conn_rollback(target);
	drop_worker(&a);
}
