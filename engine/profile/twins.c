/*
 * twins.c: keys that differ only in case or in blanks around them.
 */
#include "engine/profile/twins.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/model/digest.h"

enum { TWINS_ROOM_FIRST = 1 << 10 };

void twins_init(struct twins *twins)
{
	*twins = (struct twins){ .room = TWINS_ROOM_FIRST };
	twins->hashes = memory_resize(NULL, sizeof(*twins->hashes) * twins->room);
	memset(twins->hashes, 0, sizeof(*twins->hashes) * twins->room);
	buf_init(&twins->folded);
}

void twins_release(struct twins *twins)
{
	free(twins->hashes);
	buf_release(&twins->folded);
}

static bool is_kept(const struct twins *twins, uint64_t hash)
{
	return twins->halvings == 0 || hash >> (64 - twins->halvings) == 0;
}

/* The place of the hash, or the free one where it belongs. By its low bits: the high ones are those of the share. */
static uint64_t *find(uint64_t *hashes, size_t room, uint64_t hash)
{
	size_t at = hash & (room - 1);

	while (hashes[at] != 0 && hashes[at] != hash)
		at = (at + 1) & (room - 1);
	return &hashes[at];
}

static void make_room(struct twins *twins)
{
	uint64_t *old = twins->hashes;
	size_t old_room = twins->room;

	if (twins->count * 2 < twins->room)
		return;
	if (twins->room < TWINS_ROOM_MAX)
		twins->room *= 2;
	else
		twins->halvings++;
	twins->hashes = memory_resize(NULL, sizeof(*twins->hashes) * twins->room);
	memset(twins->hashes, 0, sizeof(*twins->hashes) * twins->room);
	twins->count = 0;
	for (size_t i = 0; i < old_room; i++) {
		if (old[i] == 0 || !is_kept(twins, old[i]))
			continue;
		*find(twins->hashes, twins->room, old[i]) = old[i];
		twins->count++;
	}
	free(old);
}

/* Append the text without blanks around it, in lower case; did it hold a letter or such a blank? */
static bool put_folded(struct buf *buf, struct span text)
{
	bool could_differ = false;

	while (text.size > 0 && text.data[text.size - 1] == ' ') {
		text.size--;
		could_differ = true;
	}
	while (text.size > 0 && text.data[0] == ' ') {
		text = (struct span){ text.data + 1, text.size - 1 };
		could_differ = true;
	}
	for (size_t i = 0; i < text.size; i++) {
		char c = text.data[i];
		char lower = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;

		could_differ = could_differ || (lower >= 'a' && lower <= 'z');
		buf_put_char(buf, lower);
	}
	buf_put_char(buf, '\0');
	return could_differ;
}

void twins_note(struct twins *twins, const struct cell *cells, const int *columns, int column_count,
		const struct row_at *row, struct arena *arena)
{
	bool could_differ = false;
	uint64_t hash;
	uint64_t *place;

	buf_reset(&twins->folded);
	for (int i = 0; i < column_count; i++)
		if (put_folded(&twins->folded, cell_span(&cells[columns[i]])))
			could_differ = true;
	if (!could_differ)
		return;
	hash = sample_hash(buf_span(&twins->folded), 0) | 1;
	if (!is_kept(twins, hash))
		return;
	place = find(twins->hashes, twins->room, hash);
	if (*place) {
		oddity_note(&twins->found, row, SPAN_NONE, arena);
		return;
	}
	*place = hash;
	twins->count++;
	make_room(twins);
}

int64_t twins_count(const struct twins *twins)
{
	return twins->found.count << twins->halvings;
}
