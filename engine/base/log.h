/*
 * log.h: one event, one line, on stderr, for what nobody asked for but somebody may need.
 *
 * A terminal gets plain text, everything else gets JSON lines with ts, level and msg. Values from
 * outside are escaped: no line breaks, no terminal control. Errors that a function returns are
 * not logged by it.
 */
#ifndef ENGINE_BASE_LOG_H
#define ENGINE_BASE_LOG_H

enum log_level { LOG_INFO, LOG_WARN };

/* Keep quiet below this level (cli sets it once, before any thread starts). */
void log_set_level(enum log_level level);

void log_event(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
