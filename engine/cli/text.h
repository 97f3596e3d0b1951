/*
 * text.h: printing for people: faults, numbers, durations, and what may have been meant.
 */
#ifndef ENGINE_CLI_TEXT_H
#define ENGINE_CLI_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/cli/command.h"
#include "engine/model/fault.h"

#define ENGINE_VERSION "0.1"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(*(array))))

/* The nearest of the names by edit distance, or NULL when none is near. */
const char *text_nearest(const char *word, const char *(*name_at)(int index), int count);

/* 1,372,004 */
void text_put_number(struct buf *buf, int64_t number);

/* 9 s, 2 m 05 s, 3 h 12 m */
void text_put_duration(struct buf *buf, double seconds);

/* A fault with its seven parts. kind is "error" or "warning"; record (may be empty) names the key. */
void text_put_fault(struct buf *buf, const struct cli *cli, const char *kind,
		    const struct fault *fault, struct span record);

/* All faults, equal ones under one header with a count. */
void text_put_faults(struct buf *buf, const struct cli *cli, const char *kind,
		     const struct fault_list *faults);

/* A key as people type it: 7 becomes ["7"], ["7","A1"] stays as it is. In the arena. */
bool text_to_key(struct arena *arena, const char *word, struct span *key, struct err *err);

/* Write the whole buffer and empty it; on stdout a failed write is ERR_IO. */
void text_to_stderr(struct buf *buf);
bool text_to_stdout(struct buf *buf, struct err *err);

#endif
