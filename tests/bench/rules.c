/*
 * rules.c: how many source rows a second the rules derive, bytes and digest included, by thread.
 *
 *   bench_rules FILE THREADS SECONDS      prints rows a second over all threads, and a digest
 *
 * Rows of the shape in shape.lua are made once in memory; every thread has a host of its own, as workers do.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/require.h"
#include "engine/rules/rule_host.h"

enum { ROWS = 2000, META = 4 };

struct bench {
	const char *path;
	double seconds;
	pthread_barrier_t *start;
	uint64_t row_count;
	int64_t began_ns, ended_ns;
	struct digest digest;
	pthread_t thread;
};

static struct cell text_cell(struct span text)
{
	return (struct cell){ text.data, (uint32_t)text.size, CELL_TEXT };
}

static struct span value_of(struct arena *arena, const char *column, int i)
{
	static const char *const states[] = { "created",   "ASSIGNED",  "PICKED_UP", "in_progress",
					      "DELIVERED", "COMPLETED", "CANCELED",  "CANCELLED" };

	if (strcmp(column, "del_id") == 0)
		return arena_print(arena, "%d", i);
	if (strcmp(column, "delivery_ref") == 0)
		return arena_print(arena, "DLV-%09d", i);
	if (strcmp(column, "status") == 0)
		return span_of(states[i & 7]);
	if (strcmp(column, "actor_id") == 0)
		return arena_print(arena, "drv-%d", i % 5000);
	if (strcmp(column, "amount") == 0)
		return arena_print(arena, "%d.%02d", i % 1000, i % 100);
	if (strcmp(column, "note") == 0)
		return arena_print(arena, "  leave at door %d, ring twice  ", i);
	return arena_print(arena, "2018-01-01 00:%02d:%02d", i / 60 % 60, i % 60);
}

static const struct cell *make_root(struct arena *arena, const struct source *source, int i)
{
	struct cell *row = arena_alloc(arena, (size_t)source->column_count * sizeof(*row));

	for (int c = 0; c < source->column_count; c++)
		row[c] = text_cell(value_of(arena, source->columns[c], i));
	return row;
}

static const struct cell *make_meta(struct arena *arena, const struct source *source, int i, int n)
{
	static const char *const keys[META] = { " Region ", "Priority", "notes", "vehicle" };
	struct span values[META] = { SPAN("eu-west-1 "), arena_print(arena, "%d", i % 5),
				     arena_print(arena, "leave at door %d", i), SPAN("bike") };
	struct cell *row = arena_alloc(arena, (size_t)source->column_count * sizeof(*row));

	for (int c = 0; c < source->column_count; c++) {
		const char *column = source->columns[c];

		row[c] = text_cell(strcmp(column, "k") == 0   ? span_of(keys[n])
				   : strcmp(column, "v") == 0 ? values[n]
							      : arena_print(arena, "%d", i));
	}
	return row;
}

static void make_rows(struct arena *arena, const struct source_set *sources,
		      struct source_row *rows)
{
	for (int i = 0; i < ROWS; i++) {
		const struct cell **roots = arena_alloc(arena, sizeof(*roots));
		const struct cell **meta = arena_alloc(arena, META * sizeof(*meta));

		source_row_init(&rows[i], arena, sources->source_count);
		rows[i].key = arena_print(arena, "[\"%d\"]", i);
		roots[0] = make_root(arena, &sources->sources[0], i);
		rows[i].rows[0] = roots;
		rows[i].row_count[0] = 1;
		for (int n = 0; n < META; n++)
			meta[n] = make_meta(arena, &sources->sources[1], i, n);
		rows[i].rows[1] = meta;
		rows[i].row_count[1] = META;
	}
}

static void derive_all(struct bench *bench, struct rule_host *host, const struct source_row *rows,
		       struct arena *arena)
{
	struct err err = { ERR_NONE, "" };
	int64_t until;

	bench->began_ns = clock_monotonic_ns();
	until = bench->began_ns + (int64_t)(bench->seconds * 1e9);
	do {
		bench->digest = (struct digest){ 0, 0 };
		arena_reset(arena);
		for (int i = 0; i < ROWS; i++) {
			struct outcome outcome;

			require(rule_host_derive(host, 0, &rows[i], arena, &outcome, &err));
			require(outcome.kind == OUTCOME_RECORD);
			digest_add(&bench->digest, outcome.digest);
		}
		bench->row_count += ROWS;
		bench->ended_ns = clock_monotonic_ns();
	} while (bench->ended_ns < until);
}

static void *run(void *context)
{
	struct bench *bench = context;
	struct source_row *rows = calloc(ROWS, sizeof(*rows));
	struct fault_list faults, warnings;
	struct arena arena, made;
	struct err err = { ERR_NONE, "" };
	struct rule_host *host;

	require(rows);
	arena_init(&arena);
	arena_init(&made);
	fault_list_init(&faults, &arena);
	fault_list_init(&warnings, &arena);
	if (!rule_host_open(bench->path, NULL, NULL, &host, &faults, &warnings, &err)) {
		fprintf(stderr, "bench_rules: %s\n", err.text);
		exit(1);
	}
	make_rows(&made, &rule_host_migration(host)->entities[0].sources, rows);
	pthread_barrier_wait(bench->start);
	derive_all(bench, host, rows, &arena);
	rule_host_close(host);
	arena_release(&made);
	arena_release(&arena);
	free(rows);
	return NULL;
}

int main(int count, char **words)
{
	struct bench benches[64];
	pthread_barrier_t start;
	char hex[DIGEST_HEX_SIZE];
	double rate = 0;
	int threads;

	if (count != 4 || (threads = (int)strtol(words[2], NULL, 10)) < 1 || threads > 64) {
		fprintf(stderr, "usage: bench_rules FILE THREADS SECONDS\n");
		return 2;
	}
	require(pthread_barrier_init(&start, NULL, (unsigned)threads) == 0);
	for (int i = 0; i < threads; i++) {
		benches[i] = (struct bench){ .path = words[1],
					     .seconds = strtod(words[3], NULL),
					     .start = &start };
		require(pthread_create(&benches[i].thread, NULL, run, &benches[i]) == 0);
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(benches[i].thread, NULL);
		rate += (double)benches[i].row_count * 1e9 /
			(double)(benches[i].ended_ns - benches[i].began_ns);
	}
	digest_to_hex(benches[0].digest, hex);
	printf("%.0f %s\n", rate, hex);
	return 0;
}
