/*
 * err.h: one error object, owned by the caller: the cause once, context on the way out.
 *
 * Functions that can fail return bool and take struct err * last. Whoever finds the
 * cause calls err_set(); callers add where it happened with err_while(). Nobody logs
 * an error it returns; only engine/cli prints. Decisions look at code, never at text.
 */
#ifndef ENGINE_BASE_ERR_H
#define ENGINE_BASE_ERR_H

#include <stdbool.h>

enum { ERR_TEXT_SIZE = 4096 };

enum err_code {
	ERR_NONE,
	ERR_USAGE,       /* the command line is wrong: exit 2 */
	ERR_REFUSED,     /* a gate or a fixed rule version says no: exit 3 */
	ERR_DATA,        /* bad data, or a store that is not the same any more: exit 65 */
	ERR_UNAVAILABLE, /* a store is missing or cannot be reached: exit 69 */
	ERR_BUG,         /* a promise inside the engine does not hold: exit 70 */
	ERR_IO,          /* a full disk, a failed fsync, a broken state directory: exit 74 */
	ERR_TRANSIENT,   /* try again; resuming is safe: exit 75 */
	ERR_PERMISSION,  /* the store or the file system says no: exit 77 */
	ERR_RULE,        /* invalid rule file or configuration: exit 78 */
	ERR_CONFLICT,    /* a unique key exists already; never leaves engine/move */
	ERR_TOO_LARGE, /* what was to be read exceeds its memory budget; never leaves engine/move */
	ERR_LEASE_LOST, /* another engine has taken over; leaves engine/move as "try again": exit 75 */
	ERR_CANCELLED, /* asked to stop: exit 130 or 143 */
};

struct err {
	enum err_code code;
	char text[ERR_TEXT_SIZE]; /* context: context: cause; truncated at its end when too long */
};

/* Record the cause. The error must still be empty, so a forgotten check stops the program.
 * Returns false, for `return err_set(…)`. */
bool err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put context in front of the cause that is there: "context: cause". Returns false. */
bool err_while(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forget the error, to try another way. */
void err_reset(struct err *err);

/* The program's exit status for this code (DESIGN.md, Commands). */
int err_exit_status(enum err_code code);

#endif
