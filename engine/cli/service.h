/*
 * service.h: what a service manager (systemd, Type=notify) is told of a run.
 */
#ifndef ENGINE_CLI_SERVICE_H
#define ENGINE_CLI_SERVICE_H

#include "engine/base/buf.h"
#include "engine/base/notify.h"
#include "engine/move/move.h"

struct service {
	struct notify notify;
	struct buf told; /* the status it was told last */
	bool is_ready, is_stopping;
	long long beats;
	int64_t status_ns, watchdog_ns; /* monotonic: when to tell again */
};

void service_open(struct service *service);
/* line: how the run stands, for people. Called several times a second. */
void service_tell(struct service *service, struct move_progress *progress, struct span line,
		  int64_t now_ns);
void service_close(struct service *service);

#endif
