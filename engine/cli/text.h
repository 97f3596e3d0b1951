/*
 * text.h: printing for people: faults, numbers, and what may have been meant.
 */
#ifndef ENGINE_CLI_TEXT_H
#define ENGINE_CLI_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/cli/command.h"

#define ENGINE_VERSION "0.1"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(*(array))))

/* The nearest of the names by edit distance, or NULL when none is near. */
const char *text_nearest(const char *word, const char *(*name_at)(int index), int count);

/* 1,372,004 */
void text_put_number(struct buf *buf, int64_t number);

/* Would what stands at `at` steer a terminal, or is it no character? */
bool text_is_control(struct span text, size_t at);

/* Text that came from outside, made harmless for a terminal. */
void text_put_inert(struct buf *buf, struct span text);

/* The size of the character at `at`; a byte that begins none counts as one. */
size_t text_step(struct span text, size_t at);

/* Inert text at `column`, going on at `indent` below where the terminal is too narrow. */
void text_put_wrapped(struct buf *buf, const struct look *look, int column, int indent,
		      struct span text);

/* A key as people type it: 7 becomes ["7"], ["7","A1"] stays as it is. In the arena. */
bool text_to_key(struct arena *arena, const char *word, struct span *key, struct err *err);

/* Write the whole buffer and empty it; on stdout a failed write is ERR_IO. */
void text_to_stderr(struct buf *buf);
bool text_to_stdout(struct buf *buf, struct err *err);

#endif
