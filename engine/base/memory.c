/*
 * memory.c: the one place that gives up when memory runs out.
 */
#include "engine/base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/require.h"

/* No stdio and no exit handlers: either may want memory itself. */
_Noreturn void memory_exhausted(size_t size)
{
	char text[80];
	int length = snprintf(text, sizeof(text), "engine: out of memory (%zu bytes)\n", size);

	if (length > 0 && write(STDERR_FILENO, text, (size_t)length) < 0)
		_exit(err_exit_status(ERR_TRANSIENT));
	_exit(err_exit_status(ERR_TRANSIENT));
}

void *memory_resize(void *old, size_t size)
{
	void *memory;

	require(size > 0);
	if (size > PTRDIFF_MAX)
		memory_exhausted(size);
	memory = realloc(old, size);
	if (!memory)
		memory_exhausted(size);
	return memory;
}
