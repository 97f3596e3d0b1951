/*
 * archive.c: reads legacy range by range and appends its source rows to a cold store.
 */
#include "engine/move/archive.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/base/json.h"
#include "engine/derive/join.h"
#include "engine/derive/source_line.h"
#include "engine/derive/whole_sources.h"

enum { RANGE_ROWS = 3000, READ_BYTES = 12 << 20, ORIGIN_SIZE = 80 };

struct keeping {
	const struct archiving *archiving;
	const struct entity_info *entity;
	struct archive *archive;
	struct whole_sources whole;
	struct reader *reader;
	struct history history; /* of legacy when this began */
	struct arena arena;     /* dies with the range */
	struct buf behind;      /* the key that was read last */
	struct buf text;        /* of the lines of a range */
};

/* ---- lines ---- */

/* Drivers give rows in any order; lines have one. */
static int by_key(const void *left, const void *right)
{
	const struct source_row *one = *(const struct source_row *const *)left;
	const struct source_row *other = *(const struct source_row *const *)right;
	int order = span_compare(one->key, other->key);

	return order ? order : memcmp(&one->digest, &other->digest, sizeof(one->digest));
}

static int by_source(const void *left, const void *right)
{
	const struct orphan *one = *(const struct orphan *const *)left;
	const struct orphan *other = *(const struct orphan *const *)right;

	if (one->source != other->source)
		return one->source < other->source ? -1 : 1;
	return memcmp(&one->digest, &other->digest, sizeof(one->digest));
}

struct lines {
	struct archived_line *items;
	size_t *ends; /* in the text */
	size_t count;
};

static void end_line(struct keeping *keeping, struct lines *lines, struct span key)
{
	lines->items[lines->count] = (struct archived_line){ .key = key };
	lines->ends[lines->count++] = keeping->text.size;
}

static void put_rows(struct keeping *keeping, const struct joined *joined, struct lines *lines)
{
	const struct source_row **rows =
	    arena_alloc(&keeping->arena, (joined->row_count + 1) * sizeof(struct source_row *));

	for (size_t i = 0; i < joined->row_count; i++)
		rows[i] = &joined->rows[i];
	if (joined->row_count > 1)
		qsort(rows, joined->row_count, sizeof(*rows), by_key);
	for (size_t i = 0; i < joined->row_count; i++) {
		/* Rows of one key share their children. */
		bool is_first = i == 0 || !span_equal(rows[i - 1]->key, rows[i]->key);

		source_line_put(&keeping->text, keeping->entity->name, joined,
				(size_t)(rows[i] - joined->rows), is_first);
		end_line(keeping, lines, rows[i]->key);
	}
}

static void put_orphans(struct keeping *keeping, const struct joined *joined, struct lines *lines)
{
	const struct orphan **orphans =
	    arena_alloc(&keeping->arena, (joined->orphan_count + 1) * sizeof(struct orphan *));

	for (size_t i = 0; i < joined->orphan_count; i++)
		orphans[i] = &joined->orphans[i];
	if (joined->orphan_count > 1)
		qsort(orphans, joined->orphan_count, sizeof(*orphans), by_source);
	for (size_t i = 0; i < joined->orphan_count; i++) {
		source_line_put_orphan(&keeping->text, keeping->entity->name, joined,
				       (size_t)(orphans[i] - joined->orphans));
		end_line(keeping, lines, SPAN_NONE);
	}
}

/* Orphans first: they stand in front of the range's rows, wherever it ends. */
static struct lines lines_of(struct keeping *keeping, const struct joined *joined)
{
	size_t count = joined->row_count + joined->orphan_count, start = 0;
	struct lines lines = {
		.items = arena_alloc(&keeping->arena, (count + 1) * sizeof(*lines.items)),
		.ends = arena_alloc(&keeping->arena, (count + 1) * sizeof(*lines.ends)),
	};

	buf_reset(&keeping->text);
	put_orphans(keeping, joined, &lines);
	put_rows(keeping, joined, &lines);
	for (size_t i = 0; i < lines.count; i++) {
		lines.items[i].json =
		    (struct span){ keeping->text.data + start, lines.ends[i] - start };
		start = lines.ends[i];
	}
	return lines;
}

static int64_t count_cut(const struct batch *batch)
{
	int64_t cut = 0;

	for (int s = 0; s < batch->sources->source_count; s++) {
		const struct rowset *rows = &batch->rowsets[s];

		for (size_t i = 0; i < rows->row_count * (size_t)rows->column_count; i++)
			cut += rows->cells[i].kind == CELL_CUT;
	}
	return cut;
}

/* ---- ranges ---- */

static bool read_range(struct keeping *keeping, const struct key_range *range, size_t bytes_max,
		       struct batch *batch, struct err *err)
{
	struct conn *legacy = keeping->archiving->legacy;

	batch_init(batch, &keeping->arena, &keeping->whole.set);
	if (!reader_read_range(legacy, keeping->reader, range, bytes_max, batch, NULL, err))
		return false;
	return history_equal(&legacy->history, &keeping->history) ||
	       err_set(
		   err, ERR_DATA,
		   "legacy has failed over while it was archived: what was committed last may be "
		   "missing; archive it again into another folder");
}

/* Fewer rows at a time where they are large; one that is too large alone is read whatever it takes. */
static bool read_next(struct keeping *keeping, struct key_range *range, struct batch *batch,
		      struct err *err)
{
	for (uint32_t rows = RANGE_ROWS;; rows /= 2) {
		arena_reset(&keeping->arena);
		range->upper = SPAN_NONE;
		if (!reader_find_bound(keeping->archiving->legacy, keeping->reader, range, rows,
				       &keeping->arena, &range->upper, err))
			return false;
		if (read_range(keeping, range, rows > 1 ? READ_BYTES : 0, batch, err))
			return true;
		if (err->code != ERR_TOO_LARGE || rows == 1)
			return false;
		err_reset(err);
	}
}

static bool keep_range(struct keeping *keeping, struct key_range *range, struct err *err)
{
	const struct archiving *archiving = keeping->archiving;
	struct batch batch;
	struct joined joined;
	struct lines lines;

	if (!read_next(keeping, range, &batch, err))
		return false;
	join_batch(&batch, &joined);
	lines = lines_of(keeping, &joined);
	return archive_append(archiving->cold, keeping->archive,
			      &(struct archived_range){ .lines = lines.items,
							.line_count = lines.count,
							.cut = count_cut(&batch),
							.upper = range->upper },
			      err) &&
	       archiving->on_read(archiving->context, keeping->entity->name,
				  (int64_t)joined.row_count, keeping->arena.used_bytes, err);
}

static bool keep_all(struct keeping *keeping, struct err *err)
{
	const struct archiving *archiving = keeping->archiving;
	const struct archive_standing *standing =
	    archive_standing_of(archiving->cold, keeping->archive);
	struct key_range range = { .lower = SPAN_NONE };

	buf_put_span(&keeping->behind, standing->upper);
	if (standing->upper.data)
		range.lower = buf_span(&keeping->behind);
	while (!standing->is_whole) {
		if (archiving->goes_on && !archiving->goes_on(archiving->context))
			return archive_seal(archiving->cold, keeping->archive, err);
		if (!keep_range(keeping, &range, err))
			return false;
		buf_reset(&keeping->behind);
		buf_put_span(&keeping->behind, range.upper);
		range.lower = buf_span(&keeping->behind);
	}
	return true;
}

/* ---- an entity ---- */

static struct span about(const struct migration_info *migration, struct arena *arena)
{
	struct json_writer json;
	struct span text;
	struct buf buf;

	buf_init(&buf);
	json_writer_init(&json, &buf);
	json_open(&json, '{');
	json_key_text(&json, "system", migration->system);
	json_key_text(&json, "version", migration->version);
	json_key_text(&json, "transform", migration->transform);
	json_close(&json, '}');
	text = arena_copy(arena, buf_span(&buf));
	buf_release(&buf);
	return text;
}

static bool open_archive(struct keeping *keeping, struct arena *arena, struct err *err)
{
	const struct archiving *archiving = keeping->archiving;
	struct archived_entity entity = {
		.name = keeping->entity->name,
		.sources = &keeping->whole.set,
		.about = about(archiving->migration, arena),
		.origin = "",
	};

	if (!whole_sources_of(archiving->legacy, &keeping->entity->sources, arena, &keeping->whole,
			      err))
		return false;
	entity.tables = keeping->whole.tables;
	keeping->history = archiving->legacy->history;
	if (keeping->history.system[0])
		entity.origin = arena_print(arena, "%s/%" PRId64, keeping->history.system,
					    keeping->history.timeline)
				    .data;
	return conn_open_archive(archiving->cold, &entity, &keeping->archive, err) &&
	       conn_open_reader(archiving->legacy, &keeping->whole.set, &keeping->reader, err);
}

static void take_standing(const struct keeping *keeping, struct arena *arena,
			  struct archived *archived)
{
	archived->standing = *archive_standing_of(keeping->archiving->cold, keeping->archive);
	if (archived->standing.upper.data)
		archived->standing.upper = arena_copy(arena, archived->standing.upper);
}

bool archive_entity(const struct archiving *archiving, const struct entity_info *entity,
		    struct arena *arena, struct archived *archived, struct err *err)
{
	struct keeping keeping = { .archiving = archiving, .entity = entity };
	bool ok;

	arena_init(&keeping.arena);
	buf_init(&keeping.behind);
	buf_init(&keeping.text);
	ok = open_archive(&keeping, arena, err);
	if (ok) {
		const struct archive_standing *found =
		    archive_standing_of(archiving->cold, keeping.archive);

		archived->found_rows = found->rows;
		archived->was_whole = found->is_whole;
		ok = keep_all(&keeping, err);
		take_standing(&keeping, arena, archived);
	}
	reader_close(archiving->legacy, keeping.reader);
	archive_close(archiving->cold, keeping.archive);
	buf_release(&keeping.text);
	buf_release(&keeping.behind);
	arena_release(&keeping.arena);
	return ok || err_while(err, "archiving %s", entity->name);
}
