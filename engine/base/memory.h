/*
 * memory.h: heap memory that is there, or the program ends.
 *
 * There is no partial result worth keeping: a pass that did not commit is simply taken again. So
 * running out of memory says so and ends with "try again" instead of spreading NULL checks.
 */
#ifndef ENGINE_BASE_MEMORY_H
#define ENGINE_BASE_MEMORY_H

#include <stddef.h>

/* realloc() that never returns NULL; old may be NULL, size is above 0. Freed with free(). */
void *memory_resize(void *old, size_t size);

_Noreturn void memory_exhausted(size_t size);

#endif
