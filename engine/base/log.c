/*
 * log.c: one event, one line, one write.
 */
#include "engine/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/json.h"
#include "engine/base/utf8_step.h"

enum { MESSAGE_SIZE = 4096, US_PER_SECOND = 1000000 };

/* Set once before any thread starts; atomic so that a late reader is still well-defined. */
static atomic_int quiet_below = LOG_INFO;

void log_set_level(enum log_level level)
{
	atomic_store(&quiet_below, (int)level);
}

static void put_for_terminal(struct buf *line, struct span message)
{
	for (size_t at = 0; at < message.size;) {
		size_t size = utf8_step(message.data + at, message.size - at);

		if (size == 0)
			buf_print(line, "\\x%02x", (unsigned)(unsigned char)message.data[at]);
		else if (utf8_is_terminal_control(utf8_code_point(message.data + at, size)))
			buf_print(line, "\\u%04x",
				  (unsigned)utf8_code_point(message.data + at, size));
		else
			buf_put(line, message.data + at, size);
		at += size ? size : 1;
	}
}

static void put_timestamp(struct json_writer *writer)
{
	int64_t now_us = clock_wall_us();
	time_t seconds = (time_t)(now_us / US_PER_SECOND);
	char day_and_time[40], text[64];
	struct tm utc;

	if (!gmtime_r(&seconds, &utc) ||
	    strftime(day_and_time, sizeof(day_and_time), "%Y-%m-%dT%H:%M:%S", &utc) == 0)
		day_and_time[0] = '\0';
	snprintf(text, sizeof(text), "%s.%06dZ", day_and_time, (int)(now_us % US_PER_SECOND));
	json_key(writer, "ts");
	json_text(writer, text);
}

static void put_json_line(struct buf *line, enum log_level level, struct span message)
{
	struct json_writer writer;

	json_writer_init(&writer, line);
	json_open(&writer, '{');
	put_timestamp(&writer);
	json_key(&writer, "level");
	json_text(&writer, level == LOG_WARN ? "warn" : "info");
	json_key(&writer, "msg");
	json_string(&writer, message);
	json_close(&writer, '}');
}

void log_event(enum log_level level, const char *format, ...)
{
	char message[MESSAGE_SIZE];
	va_list arguments;
	struct buf line;
	ssize_t written;

	if ((int)level < atomic_load(&quiet_below))
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);

	buf_init(&line);
	if (isatty(STDERR_FILENO)) {
		buf_put_text(&line, level == LOG_WARN ? "warning: " : "");
		put_for_terminal(&line, span_of(message));
	} else {
		put_json_line(&line, level, span_of(message));
	}
	buf_put_char(&line, '\n');
	/* One write, so that lines of threads do not mix. A stderr that is gone is no reason to stop. */
	written = write(STDERR_FILENO, line.data, line.size);
	(void)written;
	buf_release(&line);
}
