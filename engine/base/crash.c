/*
 * crash.c: die on purpose at the N-th passing of a named place.
 *
 * The variable is read once, by whichever thread comes first. A value that does not parse stops
 * the program: a mistyped crash point would make a crash test pass without a crash.
 */
#include "engine/base/crash.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/require.h"

/* The one crash point of this process: made once, by pthread_once. */
static struct {
	pthread_once_t once;
	const char *setting; /* NAME:N, or NULL */
	size_t name_size;
	uint64_t passings_max;
	atomic_uint_fast64_t passings;
} crash = { .once = PTHREAD_ONCE_INIT };

static void read_setting(void)
{
	const char *setting = getenv("ENGINE_CRASH_AT");
	const char *colon, *digit;

	if (!setting || !*setting)
		return;
	colon = strrchr(setting, ':');
	require(colon && colon > setting);
	for (digit = colon + 1; *digit >= '0' && *digit <= '9'; digit++) {
		require(crash.passings_max < UINT64_MAX / 100);
		crash.passings_max = crash.passings_max * 10 + (uint64_t)(*digit - '0');
	}
	require(*digit == '\0');
	require(crash.passings_max > 0);
	crash.name_size = (size_t)(colon - setting);
	crash.setting = setting;
}

void crash_point(const char *name)
{
	pthread_once(&crash.once, read_setting);
	if (!crash.setting)
		return;
	if (strlen(name) != crash.name_size || memcmp(name, crash.setting, crash.name_size) != 0)
		return;
	if (atomic_fetch_add(&crash.passings, 1) + 1 == crash.passings_max)
		raise(SIGKILL);
}
