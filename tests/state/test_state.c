/*
 * test_state.c: what is remembered is remembered; whose it is, is asked; two engines never share it.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/json.h"
#include "tests/state/fixture.h"

TestSuite(state, .init = fixture_begin, .fini = fixture_end, .timeout = 120);

#define IDENTITY "legacy -> sqlite:target.db"

static bool note_number(void *context, const struct checkpoint *checkpoint, struct err *err)
{
	char *numbers = context;

	(void)err;
	snprintf(numbers + strlen(numbers), 200 - strlen(numbers), "%u ", checkpoint->chunk_no);
	return true;
}

static void put_fact(struct state *state, const char *name, struct span value)
{
	struct err err = { .code = ERR_NONE };

	cr_assert(state_put_fact(state, name, value, &err), "%s", err.text);
}

/* "(unknown)" when there is none. */
static struct span get_fact(struct state *state, const char *name, struct arena *arena)
{
	struct err err = { .code = ERR_NONE };
	struct span value;

	cr_assert(state_get_fact(state, name, arena, &value, &err), "%s", err.text);
	return value.data ? value : SPAN("(unknown)");
}

Test(state, remembers_a_checkpoint_exactly_after_closing)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);

	for (uint32_t i = 0; i < 300; i++)
		fixture_put(state, "job", i, i);
	state_close(state);
	state = fixture_open(STATE_READ);
	cr_assert(fixture_holds(state, "job", 0, 299, 0, &err), "%s", err.text);
	state_close(state);
}

Test(state, gives_chunks_in_order_of_their_numbers)
{
	const uint32_t numbers[] = { 70000, 1, 256, 255, 65536, UINT32_MAX, 0 };
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);
	char order[200] = "";

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		fixture_put(state, "job", numbers[i], 1);
	cr_assert(state_each_checkpoint(state, "job", note_number, order, &err), "%s", err.text);
	cr_assert_str_eq(order, "0 1 255 256 65536 70000 4294967295 ");
	state_close(state);
}

Test(state, keeps_entities_apart_whose_names_begin_alike)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);

	for (uint32_t i = 0; i < 20; i++) {
		fixture_put(state, "job", i, i);
		fixture_put(state, "jo", i, i + 1000);
		fixture_put(state, "job_", i, i + 2000);
	}
	cr_assert(fixture_holds(state, "job", 0, 19, 0, &err), "%s", err.text);
	cr_assert(fixture_holds(state, "jo", 0, 19, 1000, &err), "%s", err.text);
	cr_assert(fixture_holds(state, "job_", 0, 19, 2000, &err), "%s", err.text);
	cr_assert_not(fixture_holds(state, "j", 0, 0, 0, &err));
	state_close(state);
}

Test(state, keeps_the_last_checkpoint_of_a_chunk)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);

	for (uint32_t n = 0; n < 50; n++)
		fixture_put(state, "job", 7, 7 + n);
	cr_assert(fixture_holds(state, "job", 7, 7, 49, &err), "%s", err.text);
	state_close(state);
}

Test(state, knows_the_newest_checkpoint_of_all_entities)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);
	struct checkpoint newest;
	bool found;

	cr_assert(state_newest_checkpoint(state, &newest, &found, &err), "%s", err.text);
	cr_assert_not(found);
	fixture_put(state, "a", 1, 900);
	fixture_put(state, "b", 2, 5);
	cr_assert(state_newest_checkpoint(state, &newest, &found, &err), "%s", err.text);
	cr_assert(found);
	cr_assert_eq(newest.chunk_no, 1);
	cr_assert_eq(newest.at_us, 900 - 100);
	state_close(state);
}

static bool stop_at_once(void *context, const struct checkpoint *checkpoint, struct err *err)
{
	int *calls = context;

	(void)checkpoint;
	(*calls)++;
	return err_set(err, ERR_CANCELLED, "enough");
}

Test(state, stops_when_the_caller_has_seen_enough)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);
	int calls = 0;

	fixture_put(state, "job", 1, 1);
	fixture_put(state, "job", 2, 2);
	cr_assert_not(state_each_checkpoint(state, "job", stop_at_once, &calls, &err));
	cr_assert_eq(calls, 1);
	cr_assert_str_eq(err.text, "enough");
	state_close(state);
}

Test(state, remembers_facts_of_every_size)
{
	const size_t sizes[] = { 0, 1, 100, 2000, 4080, 5000, 70000 };
	struct state *state = fixture_open(STATE_WRITE);
	struct arena arena;
	char *text = malloc(70000);
	char name[16];

	arena_init(&arena);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			memset(text, 'a' + round, 70000);
			snprintf(name, sizeof(name), "fact-%zu", i);
			put_fact(state, name, (struct span){ text, sizes[i] });
		}
	}
	state_close(state);
	state = fixture_open(STATE_READ);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(name, sizeof(name), "fact-%zu", i);
		cr_assert(
		    span_equal(get_fact(state, name, &arena), (struct span){ text, sizes[i] }),
		    "%s", name);
	}
	cr_assert(span_equal_text(get_fact(state, "fact", &arena), "(unknown)"));
	state_close(state);
	arena_release(&arena);
	free(text);
}

Test(state, remembers_the_head_of_the_ledger)
{
	struct ledger_head head = { .entry_no = 0 }, seen;
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);
	bool found;

	cr_assert(state_get_ledger_head(state, &seen, &found, &err), "%s", err.text);
	cr_assert_not(found);
	memset(head.hash, 'a', sizeof(head.hash) - 1);
	for (int64_t no = 1; no < INT64_C(1000000000000); no *= 7) {
		head.entry_no = no;
		head.hash[no % 64] = (char)('0' + no % 10);
		cr_assert(state_put_ledger_head(state, &head, &err), "%s", err.text);
		state_close(state);
		state = fixture_open(STATE_WRITE);
		cr_assert(state_get_ledger_head(state, &seen, &found, &err), "%s", err.text);
		cr_assert(found);
		cr_assert_eq(seen.entry_no, head.entry_no);
		cr_assert_str_eq(seen.hash, head.hash);
	}
	cr_assert(state_clear(state, &err), "%s", err.text);
	cr_assert(state_get_ledger_head(state, &seen, &found, &err), "%s", err.text);
	cr_assert_not(found);
	state_close(state);
}

Test(state, refuses_a_head_of_another_shape)
{
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	static const char *const shapes[] = {
		"{",
		"[]",
		"{}",
		"{\"entry\":1}",
		"{\"hash\":\"" HASH "\"}",
		"{\"entry\":0,\"hash\":\"" HASH "\"}",
		"{\"entry\":-1,\"hash\":\"" HASH "\"}",
		"{\"entry\":1.5,\"hash\":\"" HASH "\"}",
		"{\"entry\":1e3,\"hash\":\"" HASH "\"}",
		"{\"entry\":\"1\",\"hash\":\"" HASH "\"}",
		"{\"entry\":9999999999999999999,\"hash\":\"" HASH "\"}",
		"{\"entry\":1,\"hash\":\"" HASH "0\"}",
		"{\"entry\":1,\"hash\":"
		"\"G123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd"
		"ef\"}",
		"{\"entry\":1,\"hash\":7}",
	};
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);
	struct ledger_head head;
	bool found;

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		put_fact(state, "ledger", span_of(shapes[i]));
		cr_assert_not(state_get_ledger_head(state, &head, &found, &err), "%s", shapes[i]);
		cr_assert_eq(err.code, ERR_DATA, "%s", err.text);
		cr_assert_not_null(strstr(err.text, "engine state rebuild"), "%s", err.text);
		err_reset(&err);
	}
	put_fact(state, "ledger", SPAN("{\"entry\":1,\"hash\":\"" HASH "\"}"));
	cr_assert(state_get_ledger_head(state, &head, &found, &err), "%s", err.text);
	cr_assert_eq(head.entry_no, 1);
	state_close(state);
}

Test(state, forgets_all_but_whose_it_is_when_cleared)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);
	char owner[STATE_ID_SIZE];
	struct arena arena;

	arena_init(&arena);
	snprintf(owner, sizeof(owner), "%s", state_owner(state));
	fixture_put(state, "job", 1, 1);
	put_fact(state, "run", SPAN("{}"));
	cr_assert(state_clear(state, &err), "%s", err.text);
	fixture_put(state, "job", 2, 2);
	state_close(state);
	state = fixture_open(STATE_WRITE);
	cr_assert(fixture_holds(state, "job", 2, 2, 0, &err), "%s", err.text);
	cr_assert(span_equal_text(get_fact(state, "run", &arena), "(unknown)"));
	cr_assert_str_eq(state_owner(state), owner);
	cr_assert_str_eq(state_identity(state), IDENTITY);
	state_close(state);
	arena_release(&arena);
}

/* ---- what is shown ---- */

static bool show(void *context, const struct state_entry *entry, struct err *err)
{
	struct buf *shown = context;
	struct json_value value;
	struct arena arena;
	bool ok;

	arena_init(&arena);
	ok = json_read(entry->value, &arena, &value, err);
	arena_release(&arena);
	buf_print(shown, "%s %.*s %.*s\n", entry->table, SPAN_ARGS(entry->key),
		  SPAN_ARGS(entry->value));
	return ok;
}

Test(state, shows_every_entry_as_json)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);
	struct buf shown;
	char owner_line[100];

	buf_init(&shown);
	fixture_put(state, "job", 12, 3);
	put_fact(state, "run", SPAN("{\"id\":\"r1\"}"));
	cr_assert(state_each_entry(state, show, &shown, &err), "%s", err.text);
	snprintf(owner_line, sizeof(owner_line), "about owner \"%s\"\n", state_owner(state));
	cr_assert_not_null(strstr(shown.data, owner_line), "%s", shown.data);
	cr_assert_not_null(strstr(shown.data, "about identity \"" IDENTITY "\"\n"), "%s",
			   shown.data);
	cr_assert_not_null(strstr(shown.data, "facts run {\"id\":\"r1\"}\n"), "%s", shown.data);
	cr_assert_not_null(
	    strstr(shown.data, "checkpoints job/0000000012 {\"chunk\":12,\"pass\":10,"
			       "\"run\":\"run-3\",\"records\":9223372036854775804,"
			       "\"digest\":\"fffffffffffffffc0000030000000000\",\"at_us\":-97}\n"),
	    "%s", shown.data);
	buf_release(&shown);
	state_close(state);
}

Test(state, measures_what_it_uses)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);
	uint64_t before = 0, after = 0, map = 0;

	cr_assert(state_usage(state, &before, &map, &err), "%s", err.text);
	for (uint32_t i = 0; i < 200; i++)
		fixture_put(state, "job", i, i);
	cr_assert(state_usage(state, &after, &map, &err), "%s", err.text);
	cr_assert_gt(after, before);
	cr_assert_lt(after, map);
	state_close(state);
}

/* ---- whose it is ---- */

Test(state, gives_every_folder_an_owner_of_its_own)
{
	struct state *state = fixture_open(STATE_WRITE);
	char first[STATE_ID_SIZE];
	unsigned parts = 0;

	snprintf(first, sizeof(first), "%s", state_owner(state));
	for (const char *at = first; *at; at++)
		parts += *at == '-';
	cr_assert_eq(strlen(first), 36);
	cr_assert_eq(parts, 4, "%s", first);
	state_close(state);
	fixture_end();
	fixture_begin();
	state = fixture_open(STATE_WRITE);
	cr_assert_str_neq(state_owner(state), first);
	state_close(state);
}

Test(state, refuses_a_folder_made_for_another_migration)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);

	state_close(state);
	fixture_refuse(STATE_WRITE, "legacy -> sqlite:other.db", ERR_DATA, "another migration");
	fixture_refuse(STATE_READ, "legacy -> sqlite:other.db", ERR_DATA, "sqlite:other.db");
	cr_assert(state_open(fixture_folder(), STATE_READ, NULL, &state, &err), "%s", err.text);
	cr_assert_str_eq(state_identity(state), IDENTITY);
	state_close(state);
}

Test(state, belongs_to_the_first_migration_that_names_itself)
{
	struct err err = { .code = ERR_NONE };
	struct state *state;

	cr_assert(state_open(fixture_folder(), STATE_WRITE, NULL, &state, &err), "%s", err.text);
	cr_assert_str_eq(state_identity(state), "");
	state_close(state);
	state = fixture_open(STATE_WRITE);
	cr_assert_str_eq(state_identity(state), IDENTITY);
	state_close(state);
	fixture_refuse(STATE_WRITE, "another", ERR_DATA, "another migration");
}

Test(state, does_not_make_a_folder_to_read_it)
{
	fixture_refuse(STATE_READ, NULL, ERR_UNAVAILABLE, "no state folder");
	cr_assert_neq(access(fixture_folder(), F_OK), 0);
}

Test(state, leaves_a_folder_alone_that_holds_something_else)
{
	char path[FIXTURE_PATH_SIZE];
	struct err err = { .code = ERR_NONE };

	cr_assert_eq(mkdir(fixture_folder(), 0700), 0);
	fixture_path(path, "letters.txt");
	fixture_write(path, "dear", 4);
	fixture_refuse(STATE_WRITE, NULL, ERR_DATA, "letters.txt");
	fixture_refuse(STATE_READ, NULL, ERR_DATA, "no state folder");
	cr_assert_not(state_set_aside(fixture_folder(), &err));
	cr_assert_eq(err.code, ERR_DATA, "%s", err.text);
	cr_assert_eq(remove(path), 0);
	cr_assert_eq(rmdir(fixture_folder()), 0, "something was put into a foreign folder");
}

Test(state, refuses_a_file_where_the_folder_should_be)
{
	fixture_write(fixture_folder(), "x", 1);
	fixture_refuse(STATE_WRITE, NULL, ERR_DATA, "not a folder");
}

Test(state, refuses_another_format)
{
	char path[FIXTURE_PATH_SIZE];

	state_close(fixture_open(STATE_WRITE));
	fixture_path(path, "format");
	fixture_write(path, "engine state 2\n", 15);
	fixture_refuse(STATE_WRITE, NULL, ERR_DATA, "another format");
	fixture_refuse(STATE_READ, NULL, ERR_DATA, "another format");
	fixture_write(path, "hello", 5);
	fixture_refuse(STATE_WRITE, NULL, ERR_DATA, "no state folder");
}

Test(state, finishes_a_folder_whose_making_was_interrupted)
{
	char made[FIXTURE_PATH_SIZE], data[FIXTURE_PATH_SIZE];
	struct state *state = fixture_open(STATE_WRITE);
	char owner[STATE_ID_SIZE];

	snprintf(owner, sizeof(owner), "%s", state_owner(state));
	state_close(state);
	/* marked, but not yet in place; and half written */
	fixture_path(made, "making.mdb");
	fixture_path(data, "data.mdb");
	cr_assert_eq(rename(data, made), 0);
	cr_assert_eq(truncate(made, 5000), 0);
	fixture_refuse(STATE_READ, NULL, ERR_UNAVAILABLE, "no state");
	state = fixture_open(STATE_WRITE);
	cr_assert_str_neq(state_owner(state), owner);
	fixture_put(state, "job", 1, 1);
	state_close(state);
}

/* ---- two engines ---- */

Test(state, tells_a_second_engine_who_holds_the_folder)
{
	struct state *state = fixture_open(STATE_WRITE);
	struct err err = { .code = ERR_NONE };
	char words[40];

	snprintf(words, sizeof(words), "process %ld)", (long)getpid());
	fixture_refuse(STATE_WRITE, NULL, ERR_TRANSIENT, words);
	cr_assert_not(state_set_aside(fixture_folder(), &err));
	cr_assert_eq(err.code, ERR_TRANSIENT, "%s", err.text);
	state_close(state);
	state_close(fixture_open(STATE_WRITE));
}

/* `engine ctl` looks into the folder of a run that is just starting. */
Test(state, waits_for_somebody_who_only_looks_in)
{
	char lock[FIXTURE_PATH_SIZE];
	pid_t other;
	int fd;

	state_close(fixture_open(STATE_WRITE));
	fixture_path(lock, "lock");
	fd = open(lock, O_RDWR | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	cr_assert_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	other = fork();
	if (other == 0) { /* holds the lock as well, until it ends */
		clock_sleep_ns(300000000);
		_exit(0);
	}
	close(fd);
	state_close(fixture_open(STATE_WRITE));
	cr_assert_eq(waitpid(other, NULL, 0), other);
}

/* In a process of its own, which must not use Criterion. */
static int read_as_another(uint32_t last)
{
	struct err err = { .code = ERR_NONE };
	struct state *state;

	if (!state_open(fixture_folder(), STATE_READ, IDENTITY, &state, &err))
		return 2;
	return fixture_holds(state, "job", 0, last, 0, &err) ? 0 : 3;
}

Test(state, lets_others_read_what_a_running_engine_has_committed)
{
	struct state *state = fixture_open(STATE_WRITE);

	for (uint32_t i = 0; i < 40; i++) {
		int status = -1;
		pid_t reader;

		fixture_put(state, "job", i, i);
		reader = fork();
		if (reader == 0)
			_exit(read_as_another(i));
		cr_assert_eq(waitpid(reader, &status, 0), reader);
		cr_assert_eq(status, 0, "at %u: %d", i, WEXITSTATUS(status));
	}
	state_close(state);
}

/* Opens as often as it can while somebody writes as fast as he can. */
static int read_many_times(void)
{
	for (int i = 0; i < 100; i++) {
		struct err err = { .code = ERR_NONE };
		struct checkpoint newest;
		struct state *state;
		bool found;

		if (!state_open(fixture_folder(), STATE_READ, IDENTITY, &state, &err) ||
		    !state_newest_checkpoint(state, &newest, &found, &err))
			return 2;
		state_close(state);
	}
	return 0;
}

/* Looking at much takes longer than writing little. */
static void put_much(struct state *state)
{
	const size_t size = 100000;
	char *text = malloc(size);
	char name[24];

	memset(text, 'x', size);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "fact-%d", i);
		put_fact(state, name, (struct span){ text, size });
	}
	free(text);
}

Test(state, never_mistakes_a_writer_at_work_for_damage)
{
	struct state *state = fixture_open(STATE_WRITE);
	pid_t reader;
	int status = -1;

	put_much(state);
	reader = fork();
	if (reader == 0)
		_exit(read_many_times());
	for (uint32_t i = 0; waitpid(reader, &status, WNOHANG) == 0; i++)
		fixture_put(state, "job", i % 500, i);
	cr_assert_eq(status, 0, "%d", WEXITSTATUS(status));
	state_close(state);
}

struct job {
	struct state *state;
	char entity[16];
};

static void *put_many(void *context)
{
	struct job *job = context;

	for (uint32_t i = 0; i < 100; i++)
		fixture_put(job->state, job->entity, i, i);
	return NULL;
}

Test(state, takes_checkpoints_from_many_threads)
{
	struct err err = { .code = ERR_NONE };
	struct state *state = fixture_open(STATE_WRITE);
	struct job jobs[4];
	pthread_t threads[4];

	for (int i = 0; i < 4; i++) {
		jobs[i].state = state;
		snprintf(jobs[i].entity, sizeof(jobs[i].entity), "job%d", i);
		cr_assert_eq(pthread_create(&threads[i], NULL, put_many, &jobs[i]), 0);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	state_close(state);
	state = fixture_open(STATE_WRITE);
	for (int i = 0; i < 4; i++)
		cr_assert(fixture_holds(state, jobs[i].entity, 0, 99, 0, &err), "%s", err.text);
	state_close(state);
}

/* ---- crashes and full disks ---- */

/* Says every number after it was committed. */
static void write_until_killed(int out)
{
	struct err err = { .code = ERR_NONE };
	struct state *state;

	/* Criterion's own ends must not die with this process. */
	if (dup2(out, 3) != 3 || close_range(4, ~0U, 0) != 0)
		_exit(4);
	if (!state_open(fixture_folder(), STATE_WRITE, IDENTITY, &state, &err))
		_exit(2);
	for (uint32_t n = 1;; n++) {
		struct checkpoint checkpoint = fixture_checkpoint(n);

		checkpoint.chunk_no = n % 64;
		if (!state_put_checkpoint(state, "job", &checkpoint, &err) ||
		    write(3, &n, sizeof(n)) != (ssize_t)sizeof(n))
			_exit(3);
	}
}

static uint32_t kill_a_writer(int64_t after_ns)
{
	int ends[2], status;
	uint32_t n = 0, said;
	pid_t writer;

	cr_assert_eq(pipe(ends), 0);
	writer = fork();
	if (writer == 0)
		write_until_killed(ends[1]);
	close(ends[1]);
	clock_sleep_ns(after_ns);
	kill(writer, SIGKILL);
	while (read(ends[0], &said, sizeof(said)) == (ssize_t)sizeof(said))
		n = said;
	close(ends[0]);
	cr_assert_eq(waitpid(writer, &status, 0), writer);
	cr_assert(WIFSIGNALED(status), "the writer failed: %d", WEXITSTATUS(status));
	return n;
}

Test(state, loses_nothing_it_has_acknowledged_when_killed)
{
	uint64_t acknowledged = 0;

	fixture_seed();
	for (int round = 0; round < 60; round++) {
		struct err err = { .code = ERR_NONE };
		uint32_t n = kill_a_writer((int64_t)fixture_random(40000000));
		struct state *state = fixture_open(STATE_WRITE);
		struct checkpoint newest = { .pass_no = 0 };
		bool found;

		cr_assert(state_newest_checkpoint(state, &newest, &found, &err), "%s", err.text);
		/* one more may have been committed without being said */
		cr_assert(n == 0 || newest.pass_no == (int64_t)n * 3 + 1 ||
			      newest.pass_no == (int64_t)(n + 1) * 3 + 1,
			  "%u said, pass %lld found", n, (long long)newest.pass_no);
		cr_assert(state_clear(state, &err), "%s", err.text);
		state_close(state);
		acknowledged += n;
	}
	cr_assert_gt(acknowledged, 100);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(state, loses_nothing_when_the_disk_is_full_and_goes_on_when_it_is_not)
{
	struct state *state;
	struct err err = { .code = ERR_NONE };
	uint32_t n = 0;

	signal(SIGXFSZ, SIG_IGN);
	state = fixture_open(STATE_WRITE);
	limit_files(100000);
	for (; n < 5000; n++) {
		struct checkpoint checkpoint = fixture_checkpoint(n);

		if (!state_put_checkpoint(state, "job", &checkpoint, &err))
			break;
	}
	cr_assert_eq(err.code, ERR_IO, "%u chunks: %s", n, err.text);
	cr_assert_gt(n, 50);
	err_reset(&err);
	cr_assert(fixture_holds(state, "job", 0, n - 1, 0, &err), "%s", err.text);
	limit_files(RLIM_INFINITY);
	fixture_put(state, "job", n, n);
	state_close(state);
	state = fixture_open(STATE_WRITE);
	cr_assert(fixture_holds(state, "job", 0, n, 0, &err), "%s", err.text);
	state_close(state);
}

Test(state, can_be_made_once_the_disk_has_room_again)
{
	for (rlim_t bytes = 0; bytes <= 20000; bytes += 1000) {
		struct err err = { .code = ERR_NONE };
		struct state *state = NULL;

		signal(SIGXFSZ, SIG_IGN);
		limit_files(bytes);
		if (state_open(fixture_folder(), STATE_WRITE, IDENTITY, &state, &err))
			state_close(state);
		else
			cr_assert_eq(err.code, ERR_IO, "%lu: %s", (unsigned long)bytes, err.text);
		limit_files(RLIM_INFINITY);
		state = fixture_open(STATE_WRITE);
		fixture_put(state, "job", 1, 1);
		state_close(state);
		fixture_end();
		fixture_begin();
	}
}

Test(state, sets_a_folder_aside_under_a_new_name_each_time)
{
	char aside[FIXTURE_PATH_SIZE];

	for (int i = 1; i <= 3; i++) {
		struct err err = { .code = ERR_NONE };
		struct state *state = fixture_open(STATE_WRITE);

		fixture_put(state, "job", (uint32_t)i, 1);
		state_close(state);
		cr_assert(state_set_aside(fixture_folder(), &err), "%s", err.text);
		cr_assert_neq(access(fixture_folder(), F_OK), 0);
		snprintf(aside, sizeof(aside), "%s.broken-%d/data.mdb", fixture_folder(), i);
		cr_assert_eq(access(aside, F_OK), 0, "%s", aside);
	}
}
