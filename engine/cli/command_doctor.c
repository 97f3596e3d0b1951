/*
 * command_doctor.c: engine doctor: is this machine, and are these stores, fit to be trusted with a run?
 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "drivers/driver.h"
#include "engine/base/clock.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/cli/text.h"
#include "engine/state/state.h"

enum verdict { FINE, WORTH_A_LOOK, BROKEN };

struct examination {
	struct cli *cli;
	struct buf out;
	struct json_writer json;
	int broken;
};

static void say(struct examination *exam, const char *what, enum verdict verdict,
		const char *detail)
{
	static const char *const words[] = { "ok", "look", "FAIL" };

	exam->broken += verdict == BROKEN;
	if (exam->cli->options.json) {
		json_open(&exam->json, '{');
		json_key(&exam->json, "check");
		json_text(&exam->json, what);
		json_key(&exam->json, "verdict");
		json_text(&exam->json, verdict == FINE     ? "ok"
				       : verdict == BROKEN ? "fail"
							   : "look");
		json_key(&exam->json, "detail");
		json_text(&exam->json, detail);
		json_close(&exam->json, '}');
		return;
	}
	if (verdict == FINE && exam->cli->options.quiet)
		return;
	buf_print(&exam->out, "%-5s %-16s %s\n", words[verdict], what, detail);
}

static void examine_store(struct examination *exam, const char *what, const char *url,
			  enum conn_role role)
{
	struct err err = { ERR_NONE, "" };
	struct conn *conn;

	if (!url) {
		say(exam, what, WORTH_A_LOOK, "not named");
		return;
	}
	if (conn_open(url, role, &conn, &err)) {
		say(exam, what, FINE, url_for_people(&exam->cli->arena, url));
		conn_close(conn);
		return;
	}
	/* A target that does not exist yet is made by the first run. */
	say(exam, what, role != CONN_SOURCE && err.code == ERR_UNAVAILABLE ? WORTH_A_LOOK : BROKEN,
	    err.text);
}

static void examine_state(struct examination *exam)
{
	const char *folder = exam->cli->options.state;
	struct err err = { ERR_NONE, "" };
	uint64_t used, map;
	struct state *state;

	if (!folder || access(folder, F_OK) != 0) {
		say(exam, "state folder", WORTH_A_LOOK,
		    folder ? "does not exist yet; the first run makes it" : "not named");
		return;
	}
	if (!state_open(folder, STATE_READ, NULL, &state, &err)) {
		say(exam, "state folder", BROKEN, err.text);
		return;
	}
	if (state_usage(state, &used, &map, &err))
		say(exam, "state folder", used * 10 > map * 9 ? WORTH_A_LOOK : FINE,
		    arena_print(&exam->cli->arena, "%s, %.1f%% of its map used", folder,
				100.0 * (double)used / (double)map)
			.data);
	else
		say(exam, "state folder", BROKEN, err.text);
	state_close(state);
}

static void examine_disk(struct examination *exam)
{
	const char *place = exam->cli->options.state
				? file_folder_of(&exam->cli->arena, exam->cli->options.state)
				: ".";
	struct statvfs disk;
	double free_mib;

	if (statvfs(place, &disk) != 0) {
		say(exam, "disk", BROKEN,
		    arena_print(&exam->cli->arena, "%s: %s", place, strerror(errno)).data);
		return;
	}
	free_mib = (double)disk.f_bavail * (double)disk.f_frsize / (1 << 20);
	say(exam, "disk",
	    free_mib < 64     ? BROKEN
	    : free_mib < 1024 ? WORTH_A_LOOK
			      : FINE,
	    arena_print(&exam->cli->arena, "%.0f MiB free at %s", free_mib, place).data);
}

static void examine_machine(struct examination *exam)
{
	int64_t wall = clock_wall_us();
	struct rlimit files;

	/* 2020-01-01: a machine that boots without a clock starts long before. */
	say(exam, "clock", wall < INT64_C(1577836800000000) ? BROKEN : FINE,
	    wall < INT64_C(1577836800000000) ? "shows a time before 2020" : "plausible");
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		say(exam, "open files", files.rlim_cur < 256 ? WORTH_A_LOOK : FINE,
		    arena_print(&exam->cli->arena, "at most %llu",
				(unsigned long long)files.rlim_cur)
			.data);
	say(exam, "processors", FINE,
	    arena_print(&exam->cli->arena, "%ld", sysconf(_SC_NPROCESSORS_ONLN)).data);
}

int command_doctor(struct cli *cli, struct err *err)
{
	struct examination exam = { .cli = cli };
	bool ok;

	buf_init(&exam.out);
	json_writer_init(&exam.json, &exam.out);
	if (cli->options.json)
		json_open(&exam.json, '[');
	examine_machine(&exam);
	examine_disk(&exam);
	examine_store(&exam, "legacy", cli->options.legacy, CONN_SOURCE);
	examine_store(&exam, "target", cli->options.target, CONN_TARGET_READ);
	examine_state(&exam);
	if (cli->options.json) {
		json_close(&exam.json, ']');
		buf_put_char(&exam.out, '\n');
	}
	ok = text_to_stdout(&exam.out, err);
	buf_release(&exam.out);
	return ok && exam.broken ? 1 : 0;
}
