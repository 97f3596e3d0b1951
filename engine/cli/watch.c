/*
 * watch.c: one live line on a terminal, one line every ten seconds elsewhere; the first SIGINT or SIGTERM
 * finishes the chunk, the second ends at once (which loses nothing either).
 */
#include "engine/cli/watch.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/figures.h"
#include "engine/base/require.h"
#include "engine/cli/service.h"

enum { TICK_NS = 200000000 };
static const int64_t second_ns = 1000000000;
static const int64_t rate_window_ns = 2000000000; /* the rate shown is the last two seconds' */
static const int64_t plain_line_ns = 10000000000;

struct display {
	bool is_terminal;
	bool line_open; /* a live line stands on the terminal */
	int64_t began_ns, window_ns, next_ns;
	long long window_rows;
	double rate;
	bool was_asked; /* by a signal */
	struct service service;
};

static void measure(struct display *display, long long rows, int64_t now)
{
	if (now - display->window_ns < rate_window_ns)
		return;
	display->rate =
	    (double)(rows - display->window_rows) * 1e9 / (double)(now - display->window_ns);
	display->window_ns = now;
	display->window_rows = rows;
}

static void put_share(struct buf *buf, const struct display *display, long long done,
		      long long total, int64_t now)
{
	double seconds = (double)(now - display->began_ns) / 1e9;
	double rate = display->rate > 0 ? display->rate : seconds > 0 ? (double)done / seconds : 0;

	text_put_number(buf, done);
	if (total > 0) {
		buf_put_char(buf, '/');
		text_put_number(buf, total);
		buf_print(buf, "  %.1f%%",
			  done >= total ? 100.0 : 100.0 * (double)done / (double)total);
	}
	buf_put_text(buf, "  ");
	text_put_number(buf, (int64_t)rate);
	buf_put_text(buf, "/s");
	/* Before one per cent is done an estimate is a guess. */
	if (total > 0 && done * 100 >= total && rate > 0 && done < total) {
		buf_put_text(buf, "  ETA ");
		figure_put_duration(buf, (double)(total - done) / rate);
	}
}

/* [########............] */
static void put_bar(struct buf *buf, long long done, long long total)
{
	enum { BAR_WIDTH = 20 };
	long long filled = done >= total ? BAR_WIDTH : done * BAR_WIDTH / total;

	buf_put_char(buf, '[');
	for (long long i = 0; i < BAR_WIDTH; i++)
		buf_put_char(buf, i < filled ? '#' : '.');
	buf_put_text(buf, "] ");
}

static void put_line(struct buf *buf, const struct display *display, struct move_progress *progress,
		     int64_t now)
{
	long long done = atomic_load(&progress->rows_done) + atomic_load(&progress->rows_before);
	long long rejected = atomic_load(&progress->rejected);
	const char *reason = atomic_load(&progress->pause_reason);
	const char *phase = atomic_load(&progress->phase);

	buf_print(buf, "%-8s ", phase ? phase : "");
	if (display->is_terminal && atomic_load(&progress->rows_total) > 0)
		put_bar(buf, done, atomic_load(&progress->rows_total));
	put_share(buf, display, done, atomic_load(&progress->rows_total), now);
	buf_print(buf, "  workers %d", atomic_load(&progress->workers_busy));
	if (rejected > 0) {
		buf_put_text(buf, "  quarantine ");
		text_put_number(buf, rejected);
	}
	if (atomic_load(&progress->stop_signal))
		buf_put_text(buf, "  stopping after this chunk");
	else if (reason)
		buf_print(buf, "  paused: %s", reason);
}

static void tell_service(struct watch *watch, struct display *display, int64_t now)
{
	bool is_terminal = display->is_terminal;
	struct buf line;

	if (display->service.notify.fd < 0)
		return;
	display->is_terminal = false;
	buf_init(&line);
	put_line(&line, display, watch->progress, now);
	service_tell(&display->service, watch->progress, buf_span(&line), now);
	buf_release(&line);
	display->is_terminal = is_terminal;
}

static void show(struct watch *watch, struct display *display)
{
	int64_t now = clock_monotonic_ns();
	struct buf buf;

	tell_service(watch, display, now);
	measure(display, atomic_load(&watch->progress->rows_done), now);
	if (watch->cli->options.quiet || now < display->next_ns)
		return;
	buf_init(&buf);
	if (display->is_terminal)
		buf_put_text(&buf, "\r\033[K");
	put_line(&buf, display, watch->progress, now);
	if (!display->is_terminal)
		buf_put_char(&buf, '\n');
	text_to_stderr(&buf);
	buf_release(&buf);
	display->line_open = display->is_terminal;
	display->next_ns = now + (display->is_terminal ? TICK_NS : plain_line_ns);
}

/* Stopped by `engine ctl stop` it may still be asked by a signal; the second one ends it. */
static void hear(struct watch *watch, struct display *display, int signal_number)
{
	int none = 0;

	if (display->was_asked)
		_exit(128 + signal_number);
	display->was_asked = true;
	atomic_compare_exchange_strong(&watch->progress->stop_signal, &none, signal_number);
}

static void *watch_thread(void *context)
{
	struct watch *watch = context;
	int64_t now = clock_monotonic_ns();
	struct display display = {
		.is_terminal = isatty(STDERR_FILENO),
		.began_ns = now,
		.window_ns = now,
	};
	const struct timespec tick = { 0, TICK_NS };
	sigset_t signals;

	display.next_ns = now + (display.is_terminal ? second_ns / 4 : plain_line_ns);
	service_open(&display.service);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	while (!atomic_load(&watch->done)) {
		int heard = sigtimedwait(&signals, NULL, &tick);

		if (heard == SIGINT || heard == SIGTERM)
			hear(watch, &display, heard);
		if (!atomic_load(&watch->done))
			show(watch, &display);
	}
	service_close(&display.service);
	if (display.line_open) {
		struct buf buf;

		buf_init(&buf);
		buf_put_text(&buf, "\r\033[K");
		text_to_stderr(&buf);
		buf_release(&buf);
	}
	return NULL;
}

bool watch_start(struct watch *watch, const struct cli *cli, struct move_progress *progress,
		 struct err *err)
{
	sigset_t signals;

	watch->cli = cli;
	watch->progress = progress;
	atomic_store(&watch->done, false);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR1);
	require(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
	return pthread_create(&watch->thread, NULL, watch_thread, watch) == 0 ||
	       err_set(err, ERR_TRANSIENT,
		       "this machine starts no thread: raise the limit (ulimit -u)");
}

void watch_stop(struct watch *watch)
{
	atomic_store(&watch->done, true);
	pthread_kill(watch->thread, SIGUSR1); /* do not wait for the tick */
	pthread_join(watch->thread, NULL);
}
