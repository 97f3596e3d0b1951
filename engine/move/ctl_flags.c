/*
 * ctl_flags.c: the files beside the socket, and what they, like orders, do to a run.
 */
#include <signal.h>
#include <stdio.h>

#include "engine/base/log.h"
#include "engine/move/ctl_internal.h"

void ctl_set_pause(struct mover *mover, struct pause *place, const struct pause *pause)
{
	pthread_mutex_lock(&mover->lock);
	*place = *pause;
	mover->steer.change_count++;
	pthread_cond_broadcast(&mover->published);
	pthread_mutex_unlock(&mover->lock);
}

void ctl_log_pause(const struct pause *pause)
{
	struct buf text;

	buf_init(&text);
	pause_put_text(&text, pause);
	log_event(LOG_WARN, "%.*s", SPAN_ARGS(buf_span(&text)));
	buf_release(&text);
}

bool ctl_stop(struct mover *mover, const char *who)
{
	int none = 0;

	pthread_mutex_lock(&mover->lock);
	if (atomic_compare_exchange_strong(&mover->progress->stop_signal, &none, SIGTERM))
		snprintf(mover->steer.stopped_by, sizeof(mover->steer.stopped_by), "%s", who);
	pthread_cond_broadcast(&mover->published);
	pthread_mutex_unlock(&mover->lock);
	return none == 0;
}

/* ---- flags ---- */

static void look_for_pause(struct ctl *ctl)
{
	struct mover *mover = ctl->mover;
	bool was_flagged = mover->steer.flagged.since_us != 0;
	struct pause pause;

	pause_read_flag(ctl->address.folder_fd, PAUSE_FLAG_NAME, &pause);
	if ((pause.since_us != 0) == was_flagged)
		return;
	ctl_set_pause(mover, &mover->steer.flagged, &pause);
	if (was_flagged)
		log_event(LOG_WARN, "the file \"pause\" is gone%s",
			  mover_is_paused(mover) ? "; still paused, see engine ctl why"
						 : ": resumed");
	else
		ctl_log_pause(&pause);
}

/* Heeded once: left there it would stop the next run, too. */
static void look_for_stop(struct ctl *ctl)
{
	struct err trouble = { ERR_NONE, "" };
	struct pause asked;

	pause_read_flag(ctl->address.folder_fd, STOP_FLAG_NAME, &asked);
	if (asked.since_us == 0)
		return;
	if (ctl_stop(ctl->mover, asked.who))
		log_event(LOG_WARN, "stopped by the file \"stop\" of %s%s%s", asked.who,
			  asked.why[0] ? ": " : "", asked.why);
	if (!pause_remove_flag(ctl->address.folder_fd, STOP_FLAG_NAME, &trouble))
		log_event(LOG_WARN, "%s; it stops the next run, too", trouble.text);
}

void ctl_look_for_flags(struct ctl *ctl)
{
	look_for_pause(ctl);
	look_for_stop(ctl);
}
