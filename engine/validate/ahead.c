/*
 * ahead.c: a store and the engine work at the same time, instead of each waiting for the other.
 *
 * Two places, filled by the thread and emptied by its owner by turns: the chunk with the number n lies in place n % 2, and is read as
 * soon as the one before the last has been given back.
 */
#include "engine/validate/ahead.h"

#include <pthread.h>
#include <stdlib.h>

#include "engine/base/require.h"

enum { PLACES = 2 };

struct ahead {
	const struct validation *validation;
	struct conn *target;
	struct arena arenas[PLACES];
	struct holding holdings[PLACES];
	size_t count; /* of chunks, all of them */
	size_t taken; /* the owner is at this one, and has given back all before it */

	pthread_t thread;
	pthread_mutex_t mutex; /* guards what follows, and `taken` */
	pthread_cond_t changed;
	size_t ready; /* chunks before this one are read */
	struct err err;
	bool must_stop;
};

/* ---- the thread ---- */

/* Is there something to read, and room for it? False: there is nothing left to do. */
static bool wait_for_room(struct ahead *ahead, size_t chunk)
{
	bool goes_on;

	pthread_mutex_lock(&ahead->mutex);
	while (!ahead->must_stop && chunk >= ahead->taken + PLACES)
		pthread_cond_wait(&ahead->changed, &ahead->mutex);
	goes_on = !ahead->must_stop;
	pthread_mutex_unlock(&ahead->mutex);
	return goes_on;
}

static bool read_chunk(struct ahead *ahead, size_t chunk, struct err *err)
{
	const struct validation *validation = ahead->validation;
	struct arena *arena = &ahead->arenas[chunk % PLACES];

	arena_reset(arena);
	return holding_read(ahead->target, validation->final, validation->entity,
			    validation->tiles[chunk].no, HOLDING_PAYLOADS, arena,
			    &ahead->holdings[chunk % PLACES], err);
}

static void *read_all(void *context)
{
	struct ahead *ahead = context;
	struct err err = { ERR_NONE, "" };
	bool ok = true;

	for (size_t chunk = ahead->ready; ok && chunk < ahead->count; chunk++) {
		if (!wait_for_room(ahead, chunk))
			break;
		ok = read_chunk(ahead, chunk, &err);
		pthread_mutex_lock(&ahead->mutex);
		ahead->ready += ok;
		ahead->err = err;
		pthread_cond_signal(&ahead->changed);
		pthread_mutex_unlock(&ahead->mutex);
	}
	return NULL;
}

/* ---- its owner ---- */

bool ahead_open(const struct validation *validation, size_t first, struct ahead **ahead,
		struct err *err)
{
	struct ahead *opened = calloc(1, sizeof(*opened));

	require(opened);
	opened->validation = validation;
	opened->count = validation->tile_count;
	opened->ready = first;
	opened->taken = first;
	if (!conn_open(validation->options->target_url, CONN_TARGET_READ, &opened->target, err)) {
		free(opened);
		return false;
	}
	for (int i = 0; i < PLACES; i++)
		arena_init(&opened->arenas[i]);
	pthread_mutex_init(&opened->mutex, NULL);
	pthread_cond_init(&opened->changed, NULL);
	require(pthread_create(&opened->thread, NULL, read_all, opened) == 0);
	*ahead = opened;
	return true;
}

bool ahead_next(struct ahead *ahead, const struct holding **holding, struct err *err)
{
	bool ok;

	*holding = NULL;
	pthread_mutex_lock(&ahead->mutex);
	while (ahead->taken < ahead->count && ahead->ready <= ahead->taken &&
	       ahead->err.code == ERR_NONE)
		pthread_cond_wait(&ahead->changed, &ahead->mutex);
	if (ahead->ready > ahead->taken)
		*holding = &ahead->holdings[ahead->taken % PLACES];
	ok = *holding || ahead->taken == ahead->count;
	if (!ok)
		*err = ahead->err;
	pthread_mutex_unlock(&ahead->mutex);
	return ok;
}

void ahead_give_back(struct ahead *ahead)
{
	pthread_mutex_lock(&ahead->mutex);
	ahead->taken++;
	pthread_cond_signal(&ahead->changed);
	pthread_mutex_unlock(&ahead->mutex);
}

void ahead_close(struct ahead *ahead)
{
	if (!ahead)
		return;
	pthread_mutex_lock(&ahead->mutex);
	ahead->must_stop = true;
	pthread_cond_signal(&ahead->changed);
	pthread_mutex_unlock(&ahead->mutex);
	pthread_join(ahead->thread, NULL);
	pthread_cond_destroy(&ahead->changed);
	pthread_mutex_destroy(&ahead->mutex);
	for (int i = 0; i < PLACES; i++)
		arena_release(&ahead->arenas[i]);
	conn_close(ahead->target);
	free(ahead);
}
