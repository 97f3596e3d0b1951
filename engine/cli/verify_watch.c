/*
 * verify_watch.c: engine verify --watch: the checks go round after round, within a share of the time, until somebody stops it.
 */
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/cli/decisions.h"
#include "engine/cli/looking.h"
#include "engine/cli/stopping.h"
#include "engine/cli/text.h"
#include "engine/cli/verifying.h"
#include "engine/move/outage.h"

enum { SHOWN_CHANGES = 20, BUDGET_PERCENT = 5 };
static const int64_t idle_ns = 1000000000; /* between two questions for new passes */
/* Of a small target one round after the other would fill the ledger: rounds begin so far apart at least, unless they are counted. */
static const int64_t round_ns = 60000000000;

struct watching {
	struct verifying *verifying;
	struct cli *cli;
	struct stopping stopping;
	struct looking looking;
	struct patrol *patrol;
	struct patrol_options options;
	struct conn *proofs;
	double share;
	int64_t began_ns;  /* the round at hand; 0: none yet */
	int64_t rounds;    /* that are over */
	bool was_idle;     /* the last of them had nothing to look at, and that was said */
	bool is_unwritten; /* likewise: what was found could not be written down */
	enum verdict last; /* of the last one */
	struct outage outage;
	struct arena arena; /* of a round */
};

/* ---- telling ---- */

static bool put_out(struct watching *watching, struct buf *out, struct err *err)
{
	bool ok;

	looking_clear(&watching->looking);
	ok = (watching->cli->options.quiet && !watching->cli->options.json) ||
	     text_to_stdout(out, err);
	buf_release(out);
	return ok;
}

static bool tell_change(struct watching *watching, const struct difference *difference,
			bool is_gone, struct err *err)
{
	struct shown_validation *shown = &watching->verifying->shown;
	struct buf out;

	shown->difference_count++;
	if (shown->shown_count == SHOWN_CHANGES && !watching->cli->options.all)
		return true;
	shown->shown_count++;
	buf_init(&out);
	if (watching->cli->options.json)
		verify_put_change_json(&out, difference, is_gone);
	else
		verify_put_change(&out, &watching->cli->out, difference, is_gone);
	return put_out(watching, &out, err);
}

static bool on_difference(void *context, const struct difference *difference, struct err *err)
{
	return tell_change(context, difference, false, err);
}

static bool on_gone(void *context, const struct difference *difference, struct err *err)
{
	return tell_change(context, difference, true, err);
}

/* Once each time that something is not as it was. */
static void say(struct watching *watching, const char *what, const char *why)
{
	struct buf line;

	looking_clear(&watching->looking);
	buf_init(&line);
	buf_print(&line, "engine: %s", what);
	if (why) {
		buf_put_text(&line, ": ");
		text_put_inert(&line, span_of(why));
	}
	buf_put_char(&line, '\n');
	text_to_stderr(&line);
	buf_release(&line);
}

static void say_unwritten(struct watching *watching)
{
	const char *why = patrol_unwritten(watching->patrol);

	if (why && !watching->is_unwritten)
		say(watching,
		    "what is proven cannot be written into the target, and is kept in memory alone",
		    why);
	watching->is_unwritten = why != NULL;
}

static void put_status(struct buf *line, const struct patrol_round *round)
{
	buf_print(line, "watching  round %lld  ", (long long)round->no);
	text_put_number(line, round->looked_count);
	buf_put_char(line, '/');
	text_put_number(line, round->chunk_count);
	buf_put_text(line, " chunks");
	if (round->known_count > 0) {
		buf_put_text(line, "  ");
		text_put_number(line, round->known_count);
		buf_print(line, " %s", round->known_count == 1 ? "difference" : "differences");
	}
}

static void show_status(struct watching *watching)
{
	struct buf line;

	buf_init(&line);
	put_status(&line, patrol_round(watching->patrol));
	looking_say(&watching->looking, buf_span(&line));
	buf_release(&line);
}

/* ---- a round is over ---- */

static bool put_round(struct watching *watching, const struct patrol_round *round, struct err *err)
{
	struct verifying *verifying = watching->verifying;
	struct buf out;

	verifying_record(verifying, &watching->options.validation, &round->report,
			 &watching->arena);
	verifying->shown.report = &round->report;
	buf_init(&out);
	if (watching->cli->options.json)
		verify_put_round_json(&out, &verifying->shown, round);
	else
		verify_put_round(&out, &watching->cli->out, &verifying->shown, round);
	return put_out(watching, &out, err);
}

static bool finish_round(struct watching *watching, struct err *err)
{
	struct verifying *verifying = watching->verifying;
	const struct patrol_round *round = patrol_round(watching->patrol);
	bool ok = true;

	arena_reset(&watching->arena);
	watching->rounds++;
	watching->last = round->report.verdict;
	if (!round->is_idle || !watching->was_idle)
		ok = put_round(watching, round, err);
	watching->was_idle = round->is_idle;
	verifying->shown.shown_count = 0;
	verifying->shown.difference_count = 0;
	decisions_today(verifying->today);
	return ok;
}

/* ---- waiting ---- */

static bool may_wait(void *context, struct err *err)
{
	struct watching *watching = context;

	stopping_beat(&watching->stopping);
	return !stopping_is_asked(&watching->stopping) ||
	       err_set(err, ERR_CANCELLED, "asked to stop");
}

static bool on_read(void *context, const char *what, int64_t rows, size_t bytes, struct err *err)
{
	struct watching *watching = context;

	(void)what;
	return gentle_read(&watching->looking.gentle, rows, bytes, err);
}

/* So that of all time no more than the share is work. What a throttle held back was none. */
static void rest(struct watching *watching, enum patrol_step did, int64_t took_ns)
{
	int64_t wait_ns = (int64_t)((double)took_ns * (1 / watching->share - 1));

	if (did == PATROL_NOTHING && wait_ns < idle_ns)
		wait_ns = idle_ns;
	stopping_wait(&watching->stopping, wait_ns);
}

/* ---- connections ---- */

static void disconnect(struct watching *watching)
{
	struct verifying *verifying = watching->verifying;

	patrol_disconnect(watching->patrol);
	conn_close(watching->proofs);
	conn_close(verifying->proving.legacy);
	conn_close(verifying->proving.target);
	watching->proofs = NULL;
	verifying->proving.legacy = NULL;
	verifying->proving.target = NULL;
}

/* One that may not write is no reason not to look. */
static bool open_proofs(struct watching *watching, struct err *err)
{
	if (conn_open(watching->cli->options.target, CONN_TARGET, &watching->proofs, err))
		return true;
	watching->proofs = NULL;
	if (err->code != ERR_PERMISSION)
		return false;
	if (!watching->is_unwritten)
		say(watching, "what is proven is kept in memory alone", err->text);
	watching->is_unwritten = true;
	err_reset(err);
	return true;
}

static bool reconnect(struct watching *watching, struct err *err)
{
	struct verifying *verifying = watching->verifying;
	const struct options *given = &watching->cli->options;

	if (!conn_open(given->target, CONN_TARGET_READ, &verifying->proving.target, err) ||
	    (given->legacy &&
	     !conn_open(given->legacy, CONN_SOURCE, &verifying->proving.legacy, err)) ||
	    !open_proofs(watching, err) ||
	    !patrol_reconnect(watching->patrol, verifying->proving.target,
			      verifying->proving.legacy, watching->proofs, err))
		return false;
	watching->options.validation.target = verifying->proving.target;
	watching->options.validation.legacy = verifying->proving.legacy;
	watching->looking.gentle.legacy = verifying->proving.legacy;
	return true;
}

static void fail(struct watching *watching, struct err *err)
{
	int64_t now = clock_monotonic_ns();

	if (watching->outage.failures == 0)
		say(watching, "interrupted, and goes on when it can", err->text);
	outage_fail(&watching->outage, now, (uint32_t)(now * 2654435761U));
	err_reset(err);
}

/* Until stores answer again, however long that takes. */
static void recover(struct watching *watching, struct err *err)
{
	fail(watching, err);
	for (;;) {
		disconnect(watching);
		stopping_wait(&watching->stopping,
			      outage_wait_ns(&watching->outage, clock_monotonic_ns()));
		if (stopping_is_asked(&watching->stopping) || reconnect(watching, err))
			return;
		fail(watching, err);
	}
}

/* ---- rounds ---- */

static bool may_begin(const struct watching *watching)
{
	return watching->cli->options.rounds > 0 || watching->began_ns == 0 ||
	       clock_monotonic_ns() - watching->began_ns >= round_ns;
}

static bool is_done(const struct watching *watching)
{
	int64_t rounds = watching->cli->options.rounds;

	return stopping_is_asked(&watching->stopping) || (rounds > 0 && watching->rounds == rounds);
}

static bool note_step(struct watching *watching, int64_t round_no, enum patrol_step did,
		      struct err *err)
{
	if (watching->outage.failures > 0)
		say(watching, "goes on", NULL);
	outage_end(&watching->outage);
	if (patrol_round(watching->patrol)->no != round_no)
		watching->began_ns = clock_monotonic_ns();
	say_unwritten(watching);
	show_status(watching);
	return did != PATROL_ROUND_OVER || finish_round(watching, err);
}

/* What is work is rested for; an outage was none. */
static bool step(struct watching *watching, struct err *err)
{
	int64_t round_no = patrol_round(watching->patrol)->no;
	int64_t began_ns = clock_monotonic_ns(), waited_ns = watching->looking.gentle.waited_ns;
	enum patrol_step did;

	if (!patrol_step(watching->patrol, may_begin(watching), &did, err)) {
		if (err->code == ERR_BUG || err->code == ERR_CANCELLED)
			return false;
		recover(watching, err);
		return true;
	}
	if (!note_step(watching, round_no, did, err))
		return false;
	stopping_beat(&watching->stopping);
	if (!is_done(watching))
		rest(watching, did,
		     clock_monotonic_ns() - began_ns -
			 (watching->looking.gentle.waited_ns - waited_ns));
	return true;
}

/* Of what is known when it ends: the last whole round and the one at hand. */
static enum verdict verdict_of(const struct watching *watching)
{
	enum verdict last = watching->rounds > 0 ? watching->last : VERDICT_UNKNOWN;

	if (watching->cli->options.rounds > 0 && watching->rounds == watching->cli->options.rounds)
		return last;
	return verdict_worse(last, patrol_so_far(watching->patrol));
}

/* ---- the whole ---- */

static bool check_options(const struct watching *watching, struct err *err)
{
	const struct options *options = &watching->cli->options;

	return (!options->html && !options->observed) ||
	       err_set(err, ERR_USAGE, "--watch takes neither --html nor --observed");
}

static bool begin_looking(struct watching *watching, struct err *err)
{
	struct verifying *verifying = watching->verifying;

	if (verifying->proving.legacy && !looking_begin(&watching->looking, watching->cli,
							"watching", verifying->proving.legacy, err))
		return false;
	watching->looking.gentle.may_wait = may_wait;
	watching->looking.gentle.context = watching;
	return true;
}

static bool open_patrol(struct watching *watching, struct err *err)
{
	struct verifying *verifying = watching->verifying;
	struct validate_options *validation = &watching->options.validation;

	if (!proving_open(&verifying->proving, err) || !begin_looking(watching, err) ||
	    !open_proofs(watching, err))
		return false;
	*validation = verifying_options(verifying);
	validation->on_read = verifying->proving.legacy ? on_read : NULL;
	validation->read_context = watching;
	validation->on_difference = on_difference;
	validation->difference_context = watching;
	watching->options.on_gone = on_gone;
	watching->options.proofs = watching->proofs;
	verifying->shown.entity = watching->cli->options.entity;
	verifying->shown.migration = rule_host_migration(verifying->proving.host);
	return patrol_open(&watching->options, &watching->patrol, err);
}

static bool watch(struct watching *watching, struct err *err)
{
	bool ok;

	if (!stopping_begin(&watching->stopping, err))
		return false;
	watching->looking = (struct looking){ .cli = watching->cli };
	ok = open_patrol(watching, err);
	if (ok)
		notify_send(&watching->stopping.notify, SPAN("READY=1"));
	while (ok && !is_done(watching))
		ok = step(watching, err);
	looking_end(&watching->looking);
	/* Somebody asked while a throttle held it back. */
	if (!ok && err->code == ERR_CANCELLED && stopping_is_asked(&watching->stopping)) {
		err_reset(err);
		ok = true;
	}
	stopping_end(&watching->stopping);
	return ok;
}

int verify_watch(struct verifying *verifying, struct err *err)
{
	struct watching watching = { .verifying = verifying, .cli = verifying->cli };
	enum verdict verdict = VERDICT_UNKNOWN;
	bool ok;

	arena_init(&watching.arena);
	ok = check_options(&watching, err) &&
	     verifying_budget(watching.cli->options.budget, &watching.share, err);
	if (watching.share <= 0)
		watching.share = BUDGET_PERCENT / 100.0;
	ok = ok && verifying_take(verifying, err) && watch(&watching, err);
	if (ok)
		verdict = verdict_of(&watching);
	patrol_close(watching.patrol);
	conn_close(watching.proofs);
	proving_close(&verifying->proving);
	arena_release(&watching.arena);
	return ok ? verify_status(verdict) : 0;
}
