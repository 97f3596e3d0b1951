/*
 * strata_scan.c: what stands in engine_stratum of an entity, stratum by stratum, in one reading.
 */
#include "engine/move/strata.h"

#include "engine/target/control.h"
#include "engine/target/stratum.h"

enum { SCAN_NAME, SCAN_HASH, SCAN_KEY, SCAN_COLUMNS };
static const int scan_columns[SCAN_COLUMNS] = { STRATUM_NAME, STRATUM_HASH, STRATUM_KEY };

struct scan {
	struct arena *arena;
	struct standings *found;
};

static struct standing *begin_stratum(struct scan *scan, struct span name)
{
	struct standings *found = scan->found;

	found->items =
	    arena_grow_by_one(scan->arena, found->items, found->count, sizeof(*found->items));
	found->items[found->count] = (struct standing){ .name = arena_copy(scan->arena, name) };
	return &found->items[found->count++];
}

static void add_bound(struct standing *standing, uint64_t hash, struct span key)
{
	/* One that a pass wrote, or one more: the end of a run leaves a single one. */
	standing->is_untidy = standing->is_untidy || standing->has_bound || key.size > 1;
	if (standing->has_bound)
		return;
	standing->has_bound = true;
	standing->lowest_bound = hash;
	if (standing->is_bounded)
		return;
	standing->is_bounded = true;
	standing->bound = hash;
}

/* In the order of hashes, and bounds before rows of the same hash. */
static bool add_row(void *context, const struct datum *cells, struct err *err)
{
	struct scan *scan = context;
	struct standings *found = scan->found;
	struct standing *standing = found->count > 0 ? &found->items[found->count - 1] : NULL;
	uint64_t hash = stratum_hash_from_column(cells[SCAN_HASH].number);

	(void)err;
	if (!standing || !span_equal(standing->name, cells[SCAN_NAME].text))
		standing = begin_stratum(scan, cells[SCAN_NAME].text);
	if (stratum_is_bound(cells[SCAN_KEY].text)) {
		add_bound(standing, hash, cells[SCAN_KEY].text);
		return true;
	}
	if (standing->is_bounded) {
		standing->is_untidy = true;
	} else if (standing->count < STRATUM_KEPT_MAX) {
		standing->count++;
	} else {
		standing->is_bounded = true;
		standing->is_untidy = true;
		standing->bound = hash;
	}
	return true;
}

bool strata_scan(struct conn *target, const char *entity, struct arena *arena,
		 struct standings *standings, struct err *err)
{
	static const int order[] = { STRATUM_NAME, STRATUM_HASH, STRATUM_KEY };
	struct scan scan = { .arena = arena, .found = standings };
	struct condition where = { STRATUM_ENTITY, IS_EQUAL, datum_text(entity) };
	struct query query = { .table = &table_stratum,
			       .columns = scan_columns,
			       .column_count = SCAN_COLUMNS,
			       .where = &where,
			       .where_count = 1,
			       .order_by = order,
			       .order_count = 3 };

	*standings = (struct standings){ 0 };
	return conn_select(target, &query, add_row, &scan, err);
}
