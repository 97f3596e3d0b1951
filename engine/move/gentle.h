/*
 * gentle.h: the throttle of one who reads legacy alone, outside a run: the same limits, and the same signals as far as they are about
 * legacy.
 */
#ifndef ENGINE_MOVE_GENTLE_H
#define ENGINE_MOVE_GENTLE_H

#include "drivers/driver.h"
#include "engine/move/limit.h"
#include "engine/move/throttle.h"

struct gentle {
	struct conn *legacy; /* borrowed; asked between two reads */
	struct limit rows, bytes;
	struct throttle throttle;
	const struct signal_setting *signals; /* borrowed */
	int signal_count;
	int64_t ended_ns; /* when the last wait was over, and reading went on */
	int64_t asked_ns; /* when the signals were asked last */
	int64_t waited_ns;
	const char *held_by; /* what it waited for last; NULL: nothing yet */
	/* Asked while it waits, several times a second; false ends the wait, and the reading. NULL: nobody asks. Set after gentle_begin(). */
	bool (*may_wait)(void *context, struct err *err);
	void *context;
};

/* 0: no limit. A probe on legacy that does not run is an error, as it is for a run. */
bool gentle_begin(struct gentle *gentle, struct conn *legacy, int64_t rows_per_s,
		  int64_t bytes_per_s, const struct signal_setting *signals, int signal_count,
		  struct err *err);

/* So much was read since; wait until more may be. ERR_TRANSIENT when a probe has given no value for longer than anybody would wait. */
bool gentle_read(struct gentle *gentle, int64_t rows, size_t bytes, struct err *err);

#endif
