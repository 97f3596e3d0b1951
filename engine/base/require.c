/*
 * require.c: what happens when a promise between our own functions is broken.
 */
#include "engine/base/require.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void require_failed(const char *promise, const char *file, int line, const char *function)
{
	fprintf(stderr, "engine: a promise is broken: %s (%s:%d, %s)\n", promise, file, line,
		function);
	abort();
}
