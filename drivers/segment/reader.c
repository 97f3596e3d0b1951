/*
 * reader.c: segments as legacy: ranges of keys in the order in which they were archived, and single keys.
 *
 * A row's place is its segment and its line. A range (lower, upper] is what stands behind the last line of lower up to the last line of
 * upper; so ranges that tile the keys tile the lines, and lines without a key are given once, too.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/segment/reader_internal.h"
#include "engine/base/json.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

enum { KEYS_AT_ONCE = 4096 };

struct place {
	int segment;
	uint64_t line;
};

/* ---- opened ---- */

bool segment_open_reader(struct conn *base, const struct source_set *sources,
			 struct reader **opened, struct err *err)
{
	struct segment_store *store = &segment_of(base)->store;
	struct reader *reader = memory_resize(NULL, sizeof(*reader));

	memset(reader, 0, sizeof(*reader));
	reader->set = sources;
	reader->lines = line_reader_open();
	arena_init(&reader->kept);
	arena_init(&reader->scratch);
	buf_init(&reader->text);
	if (!match_sources(store, sources, reader, err) ||
	    !indexes_open(reader->entity, &store->arena, err)) {
		segment_close_reader(reader);
		return false;
	}
	*opened = reader;
	return true;
}

void segment_close_reader(struct reader *reader)
{
	line_reader_close(reader->lines);
	seen_release(&reader->references);
	seen_release(&reader->reference_rows);
	buf_release(&reader->text);
	arena_release(&reader->kept);
	arena_release(&reader->scratch);
	free(reader);
}

/* ---- places ---- */

static bool find_key(struct reader *reader, struct span key, struct index_match *match,
		     int *segment, struct err *err)
{
	match->found = false;
	for (int i = 0; !match->found && i < reader->entity->count; i++) {
		*segment = i;
		arena_reset(&reader->scratch);
		if (!index_find(&reader->entity->indexes[i], key, &reader->scratch, match, err))
			return false;
	}
	return true;
}

/* The place behind all lines of a key; of no key: the first of all, or behind the last. */
static bool place_behind(struct reader *reader, struct span key, bool is_upper, struct place *place,
			 struct err *err)
{
	struct index_match match;

	if (!key.data) {
		*place = (struct place){ is_upper ? reader->entity->count : 0, 0 };
		return true;
	}
	if (!find_key(reader, key, &match, &place->segment, err))
		return false;
	place->line = match.last + 1;
	return match.found || err_set(err, ERR_DATA, "the archive of %s has no key %.*s",
				      reader->entity->name, SPAN_ARGS(key));
}

static bool is_before(const struct place *place, const struct place *end)
{
	return place->segment < end->segment ||
	       (place->segment == end->segment && place->line < end->line);
}

/* Over the ends of segments; false at the end. */
static bool settle(const struct reader *reader, struct place *place, const struct place *end)
{
	while (place->segment < reader->entity->count &&
	       place->line >= reader->entity->indexes[place->segment].lines)
		*place = (struct place){ place->segment + 1, 0 };
	return is_before(place, end);
}

/* Keys of the lines from a place on, as many as lie in its segment and before the end. */
static bool keys_from(struct reader *reader, const struct place *place, const struct place *end,
		      struct span *keys, uint64_t *count, struct err *err)
{
	const struct index *index = &reader->entity->indexes[place->segment];
	uint64_t last = place->segment == end->segment ? end->line : index->lines;

	*count = last - place->line < KEYS_AT_ONCE ? last - place->line : KEYS_AT_ONCE;
	arena_reset(&reader->scratch);
	return index_read_keys(index, place->line, *count, &reader->scratch, keys, err);
}

/* ---- bounds ---- */

struct walk {
	struct buf last; /* key */
	uint32_t seen;   /* different keys so far */
	bool is_past;    /* another key follows the last that was wanted */
};

/* Lines of one key stand together. */
static bool walk_key(struct walk *walk, struct span key, uint32_t count)
{
	if (!key.data || (walk->seen > 0 && span_equal(buf_span(&walk->last), key)))
		return true;
	if (walk->seen == count) {
		walk->is_past = true;
		return false;
	}
	walk->seen++;
	buf_reset(&walk->last);
	buf_put_span(&walk->last, key);
	return true;
}

static bool walk_to_bound(struct reader *reader, struct walk *walk, struct place at,
			  const struct place *end, uint32_t count, struct err *err)
{
	struct span *keys = memory_resize(NULL, KEYS_AT_ONCE * sizeof(*keys));
	bool ok = true, goes_on = true;

	while (ok && goes_on && settle(reader, &at, end)) {
		uint64_t found;

		ok = keys_from(reader, &at, end, keys, &found, err);
		for (uint64_t i = 0; ok && goes_on && i < found; i++)
			goes_on = walk_key(walk, keys[i], count);
		at.line += ok ? found : 0;
	}
	free(keys);
	return ok;
}

bool segment_find_bound(struct reader *reader, const struct key_range *range, uint32_t count,
			struct arena *arena, struct span *bound, struct err *err)
{
	struct walk walk = { .seen = 0 };
	struct place at, end;
	bool ok;

	*bound = SPAN_NONE;
	buf_init(&walk.last);
	ok = place_behind(reader, range->lower, false, &at, err) &&
	     place_behind(reader, range->upper, true, &end, err) &&
	     walk_to_bound(reader, &walk, at, &end, count, err);
	if (ok && walk.is_past)
		*bound = arena_copy(arena, buf_span(&walk.last));
	buf_release(&walk.last);
	return ok;
}

/* ---- rows ---- */

struct taking {
	struct reader *reader;
	struct batch *batch;
	size_t used_before, bytes_max;
};

static struct taking take(struct reader *reader, struct batch *batch, size_t bytes_max)
{
	seen_reset(&reader->references);
	seen_reset(&reader->reference_rows);
	return (struct taking){ reader, batch, batch->arena->used_bytes, bytes_max };
}

static bool take_line(struct taking *taking, const struct place *place, struct err *err)
{
	struct reader *reader = taking->reader;
	struct span text;

	arena_reset(&reader->scratch);
	if (!line_read(reader->lines, &reader->entity->segments[place->segment],
		       &reader->entity->indexes[place->segment], place->line, &text, err) ||
	    !rows_add_line(reader, text, taking->batch, err))
		return err_while(err, "line %llu of segment %d",
				 (unsigned long long)place->line + 1, place->segment + 1);
	if (taking->bytes_max &&
	    taking->batch->arena->used_bytes - taking->used_before > taking->bytes_max)
		return err_set(err, ERR_TOO_LARGE, "the rows take more than %zu bytes",
			       taking->bytes_max);
	return true;
}

static bool take_keys(struct taking *taking, struct place at, const struct place *end,
		      struct err *err)
{
	struct span *keys = memory_resize(NULL, KEYS_AT_ONCE * sizeof(*keys));
	bool ok = true;

	while (ok && settle(taking->reader, &at, end)) {
		uint64_t found;

		ok = keys_from(taking->reader, &at, end, keys, &found, err);
		for (uint64_t i = 0; ok && i < found; i++) {
			struct place place = { at.segment, at.line + i };

			if (!keys[i].data || rows_add_key(taking->reader, keys[i], taking->batch))
				continue;
			/* The line's place among the keys is read again behind it. */
			ok = take_line(taking, &place, err);
			found = i + 1;
		}
		at.line += ok ? found : 0;
	}
	free(keys);
	return ok;
}

static bool take_lines(struct taking *taking, struct place at, const struct place *end,
		       struct err *err)
{
	for (; settle(taking->reader, &at, end); at.line++)
		if (!take_line(taking, &at, err))
			return false;
	return true;
}

static void put_position(const struct reader *reader, struct buf *position)
{
	struct json_writer json;

	if (!position)
		return;
	json_writer_init(&json, position);
	json_open(&json, '{');
	json_key_text(&json, "seal", entity_last(reader->entity)->seal);
	json_close(&json, '}');
}

bool segment_read_range(struct reader *reader, const struct key_range *range, size_t bytes_max,
			struct batch *batch, struct buf *position, struct err *err)
{
	struct taking taking = take(reader, batch, bytes_max);
	struct place at, end;

	if (!place_behind(reader, range->lower, false, &at, err) ||
	    !place_behind(reader, range->upper, true, &end, err))
		return false;
	put_position(reader, position);
	return reader->is_keys_only ? take_keys(&taking, at, &end, err)
				    : take_lines(&taking, at, &end, err);
}

/* ---- single keys ---- */

struct wanted {
	struct place first;
	uint64_t last;
};

static int by_place(const void *left, const void *right)
{
	const struct wanted *one = left, *other = right;

	if (is_before(&one->first, &other->first))
		return -1;
	return is_before(&other->first, &one->first);
}

bool segment_read_keys(struct reader *reader, const struct span *keys, size_t key_count,
		       struct batch *batch, struct buf *position, struct err *err)
{
	struct taking taking = take(reader, batch, 0);
	struct wanted *wanted = memory_resize(NULL, (key_count + 1) * sizeof(*wanted));
	size_t count = 0;
	bool ok = true;

	put_position(reader, position);
	for (size_t i = 0; ok && i < key_count; i++) {
		struct index_match match;
		int segment = 0;

		ok = find_key(reader, keys[i], &match, &segment, err);
		if (ok && match.found)
			wanted[count++] = (struct wanted){ { segment, match.first }, match.last };
	}
	/* Lines of one frame one after the other; a key that is asked for twice is given once. */
	if (count > 1)
		qsort(wanted, count, sizeof(*wanted), by_place);
	for (size_t i = 0; ok && i < count; i++) {
		struct place end = { wanted[i].first.segment, wanted[i].last + 1 };

		if (i == 0 || is_before(&wanted[i - 1].first, &wanted[i].first))
			ok = take_lines(&taking, wanted[i].first, &end, err);
	}
	free(wanted);
	return ok;
}

bool segment_count_roots(struct reader *reader, int64_t *count, struct err *err)
{
	(void)err;
	*count = 0;
	for (int i = 0; i < reader->entity->count; i++)
		*count += reader->entity->segments[i].rows;
	return true;
}

bool segment_explain(struct reader *reader, struct buf *out, struct err *err)
{
	struct json_writer json;

	(void)err;
	json_writer_init(&json, out);
	json_open(&json, '[');
	for (int i = 0; i < reader->set->source_count; i++) {
		const struct source *source = &reader->set->sources[i];

		json_open(&json, '{');
		json_key_text(&json, "source", source->name ? source->name : source->table);
		json_key_text(&json, "statement", "lines of segments");
		json_key_text(&json, "index", "the segments' own");
		json_close(&json, '}');
	}
	json_close(&json, ']');
	return true;
}
