/*
 * service.c: what a service manager is told of a run: that it works, what it does, that it is alive, that it ends.
 */
#include "engine/cli/service.h"

static const int64_t status_every_ns = 1000000000;

void service_open(struct service *service)
{
	*service = (struct service){ .is_ready = false };
	buf_init(&service->told);
	notify_open(&service->notify);
}

static bool is_moving(struct move_progress *progress)
{
	const char *phase = atomic_load(&progress->phase);

	return phase && strcmp(phase, "moving") == 0;
}

/* Stores are open and workers start: what systemd calls ready. */
static void tell_ready(struct service *service, struct move_progress *progress)
{
	if (service->is_ready || !is_moving(progress))
		return;
	service->is_ready = true;
	notify_send(&service->notify, SPAN("READY=1"));
}

static void tell_stopping(struct service *service, struct move_progress *progress)
{
	if (service->is_stopping || !atomic_load(&progress->stop_signal))
		return;
	service->is_stopping = true;
	notify_send(&service->notify, SPAN("STOPPING=1"));
}

static void tell_status(struct service *service, struct span line, int64_t now_ns)
{
	struct buf message;

	if (now_ns < service->status_ns || span_equal(line, buf_span(&service->told)))
		return;
	buf_reset(&service->told);
	buf_put_span(&service->told, line);
	buf_init(&message);
	buf_print(&message, "STATUS=%.*s", SPAN_ARGS(line));
	notify_send(&service->notify, buf_span(&message));
	buf_release(&message);
	service->status_ns = now_ns + status_every_ns;
}

/* While workers work, the loop that watches them must have turned since the last time; a timer alone proves nothing. */
static void tell_alive(struct service *service, struct move_progress *progress, int64_t now_ns)
{
	long long beats = atomic_load(&progress->beats);

	if (service->notify.watchdog_ns == 0 || now_ns < service->watchdog_ns ||
	    (is_moving(progress) && beats == service->beats))
		return;
	service->beats = beats;
	notify_send(&service->notify, SPAN("WATCHDOG=1"));
	service->watchdog_ns = now_ns + service->notify.watchdog_ns / 3;
}

void service_tell(struct service *service, struct move_progress *progress, struct span line,
		  int64_t now_ns)
{
	if (service->notify.fd < 0)
		return;
	tell_ready(service, progress);
	tell_stopping(service, progress);
	tell_status(service, line, now_ns);
	tell_alive(service, progress, now_ns);
}

void service_close(struct service *service)
{
	if (!service->is_stopping)
		notify_send(&service->notify, SPAN("STOPPING=1"));
	notify_close(&service->notify);
	buf_release(&service->told);
}
