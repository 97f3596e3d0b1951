/*
 * init_examples.c: three real rows of an entity as the first examples of its rule.
 */
#include "engine/cli/init_examples.h"

#include "engine/derive/example_text.h"

enum {
	ROWS_LOOKED_AT = 3000,
	READ_BYTES_MAX = 12 << 20,
	ROW_BYTES_MAX = 1500, /* what people read at a glance */
	CHILD_ROWS_MAX = 8,
	EXAMPLES_WANTED = 3,
};

struct choice {
	const struct entity_info *entity;
	const struct joined *joined;
	const struct outcome *outcomes;
	bool *is_out; /* one a row: chosen already, or no example */
};

static bool is_handy(const struct entity_info *entity, const struct source_row *row)
{
	size_t bytes = 0;
	uint32_t children = 0;

	for (int s = 0; s < entity->sources.source_count; s++) {
		const struct source *source = &entity->sources.sources[s];

		children += s > 0 ? row->row_count[s] : 0;
		for (uint32_t r = 0; r < row->row_count[s] && bytes <= ROW_BYTES_MAX; r++)
			for (int c = 0; row->rows[s][r] && c < source->column_count; c++)
				bytes += row->rows[s][r][c].kind == CELL_NULL
					     ? 0
					     : row->rows[s][r][c].size;
	}
	return bytes <= ROW_BYTES_MAX && children <= CHILD_ROWS_MAX;
}

static int present_fields(const struct choice *choice, size_t row)
{
	const uint32_t *ends = choice->outcomes[row].member_ends;
	int count = 0;

	for (int i = 0; i < choice->entity->field_count; i++)
		count += ends[i] > (i > 0 ? ends[i - 1] : 0);
	return count;
}

enum wish { WISH_FULL, WISH_SPARSE, WISH_REJECTED, WISH_ANY };

/* Is the row nearer to what is wished for than the other? Of equals the first stays. */
static bool is_better(const struct choice *choice, enum wish wish, size_t row, size_t other)
{
	switch (wish) {
	case WISH_FULL:
		return present_fields(choice, row) > present_fields(choice, other);
	case WISH_SPARSE:
		return present_fields(choice, row) < present_fields(choice, other);
	case WISH_REJECTED:
		return choice->outcomes[row].fault_count < choice->outcomes[other].fault_count;
	case WISH_ANY:
		break;
	}
	return sample_hash(choice->joined->rows[row].key, 0) <
	       sample_hash(choice->joined->rows[other].key, 0);
}

static bool find(const struct choice *choice, enum wish wish, size_t *found)
{
	bool has_one = false;

	for (size_t i = 0; i < choice->joined->row_count; i++) {
		enum outcome_kind kind = choice->outcomes[i].kind;
		bool fits = wish == WISH_REJECTED ? kind == OUTCOME_REJECT : kind == OUTCOME_RECORD;

		if (choice->is_out[i] || !fits || (has_one && !is_better(choice, wish, i, *found)))
			continue;
		*found = i;
		has_one = true;
	}
	return has_one;
}

static bool add(struct choice *choice, struct rule_host *host, int entity_index, enum wish wish,
		int indent, struct arena *arena, struct buf *buf, int *count, struct err *err)
{
	static const char *const names[] = {
		[WISH_FULL] = "a row with much in it",
		[WISH_SPARSE] = "a row with little in it",
		[WISH_REJECTED] = "a row that is rejected as yet",
		[WISH_ANY] = "any row",
	};
	size_t row = 0;

	while (find(choice, wish, &row)) {
		const char *why_not;

		choice->is_out[row] = true;
		if (!example_record(host, entity_index, choice->joined, row, span_of(names[wish]),
				    indent, buf, &why_not, arena, err))
			return false;
		if (why_not)
			continue;
		++*count;
		return true;
	}
	return true;
}

static bool read_rows(struct deriver *deriver, int entity_index, struct arena *arena,
		      struct reading *reading, struct err *err)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };

	for (uint32_t rows = ROWS_LOOKED_AT;; rows /= 10) {
		if (!derive_find_bound(deriver, entity_index, &range, rows, arena, &range.upper,
				       err))
			return false;
		if (derive_read_range(deriver, entity_index, &range, READ_BYTES_MAX, arena, reading,
				      err))
			return true;
		if (err->code != ERR_TOO_LARGE)
			return false;
		err_reset(err);
		if (rows > 1)
			continue;
		/* One root alone is more than an example holds: the table gives none. */
		*reading = (struct reading){ .joined = { .row_count = 0 } };
		return true;
	}
}

static bool choose(struct deriver *deriver, struct rule_host *host, int entity_index, int indent,
		   struct arena *arena, struct buf *buf, int *count, struct err *err)
{
	static const enum wish wishes[] = { WISH_FULL, WISH_SPARSE, WISH_REJECTED, WISH_ANY,
					    WISH_ANY };
	struct choice choice = { .entity = &rule_host_migration(host)->entities[entity_index] };
	struct reading reading;
	struct outcome *outcomes;

	if (!read_rows(deriver, entity_index, arena, &reading, err) ||
	    !derive_outcomes(deriver, entity_index, &reading.joined, arena, &outcomes, err))
		return false;
	choice.joined = &reading.joined;
	choice.outcomes = outcomes;
	choice.is_out = arena_zalloc(arena, reading.joined.row_count + 1);
	for (size_t i = 0; i < reading.joined.row_count; i++)
		choice.is_out[i] = !is_handy(choice.entity, &reading.joined.rows[i]);
	for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes) && *count < EXAMPLES_WANTED; i++)
		if (!add(&choice, host, entity_index, wishes[i], indent, arena, buf, count, err))
			return false;
	return true;
}

bool init_examples(struct deriver *deriver, struct rule_host *host, int entity_index, int indent,
		   struct buf *buf, int *count, struct err *err)
{
	struct arena arena;
	bool ok;

	*count = 0;
	arena_init(&arena);
	ok = choose(deriver, host, entity_index, indent, &arena, buf, count, err);
	arena_release(&arena);
	return ok;
}
