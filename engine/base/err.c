/*
 * err.c: the cause once, context in front of it, and the exit status it leads to.
 */
#include "engine/base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/require.h"

bool err_set(struct err *err, enum err_code code, const char *format, ...)
{
	va_list arguments;

	require(err->code == ERR_NONE);
	require(code != ERR_NONE);
	err->code = code;
	va_start(arguments, format);
	vsnprintf(err->text, sizeof(err->text), format, arguments);
	va_end(arguments);
	return false;
}

bool err_while(struct err *err, const char *format, ...)
{
	char context[ERR_TEXT_SIZE];
	va_list arguments;
	size_t context_size, cause_size, room;

	require(err->code != ERR_NONE);
	va_start(arguments, format);
	vsnprintf(context, sizeof(context) - 2, format, arguments);
	va_end(arguments);
	context_size = strlen(context);
	memcpy(context + context_size, ": ", 2);
	context_size += 2;

	cause_size = strlen(err->text);
	room = sizeof(err->text) - 1 - context_size;
	if (cause_size > room)
		cause_size = room;
	memmove(err->text + context_size, err->text, cause_size);
	memcpy(err->text, context, context_size);
	err->text[context_size + cause_size] = '\0';
	return false;
}

void err_reset(struct err *err)
{
	err->code = ERR_NONE;
	err->text[0] = '\0';
}

int err_exit_status(enum err_code code)
{
	switch (code) {
	case ERR_NONE:
		return 0;
	case ERR_USAGE:
		return 2;
	case ERR_REFUSED:
		return 3;
	case ERR_DATA:
		return 65;
	case ERR_UNAVAILABLE:
		return 69;
	case ERR_BUG:
	case ERR_CONFLICT: /* these two never leave engine/move: one that did is a bug */
	case ERR_TOO_LARGE:
		return 70;
	case ERR_IO:
		return 74;
	case ERR_LEASE_LOST:
	case ERR_TRANSIENT:
		return 75;
	case ERR_PERMISSION:
		return 77;
	case ERR_RULE:
		return 78;
	case ERR_CANCELLED:
		return 130;
	}
	return 70;
}
