/*
 * outline.c: finds tables, their entries and functions among the tokens of a rule file.
 */
#include "engine/rules/outline.h"

#include <stdlib.h>

enum block_kind { BLOCK_TABLE, BLOCK_BRACKET, BLOCK_FUNCTION, BLOCK_OTHER };

struct block {
	enum block_kind kind;
	int open;     /* token */
	int table;    /* BLOCK_TABLE: which */
	int item;     /* BLOCK_TABLE: first token of the entry being read */
	int position; /* BLOCK_TABLE: entries without a key so far */
};

struct reader {
	const struct token_list *list;
	struct arena *arena;
	struct outline *outline;
	struct block *blocks;
	int block_count, block_capacity;
	int item_capacity, table_capacity, function_capacity;
};

static void *make_room(struct arena *arena, void *old, int count, int *capacity, size_t size)
{
	int larger = *capacity > 32 ? *capacity * 2 : 64;

	if (count < *capacity)
		return old;
	old = arena_grow(arena, old, (size_t)*capacity * size, (size_t)larger * size);
	*capacity = larger;
	return old;
}

static struct block *push(struct reader *reader, enum block_kind kind, int token)
{
	struct block *block;

	reader->blocks = make_room(reader->arena, reader->blocks, reader->block_count,
				   &reader->block_capacity, sizeof(*reader->blocks));
	block = &reader->blocks[reader->block_count++];
	*block = (struct block){ .kind = kind, .open = token };
	return block;
}

static struct block *top(struct reader *reader)
{
	return reader->block_count ? &reader->blocks[reader->block_count - 1] : NULL;
}

/* The table the next one to be opened lies in. */
static int table_around(const struct reader *reader)
{
	for (int i = reader->block_count; i-- > 0;) {
		if (reader->blocks[i].kind == BLOCK_TABLE)
			return reader->blocks[i].table;
	}
	return -1;
}

static void open_table(struct reader *reader, int token)
{
	struct outline *outline = reader->outline;
	int parent = table_around(reader);
	struct block *block = push(reader, BLOCK_TABLE, token);

	outline->tables = make_room(reader->arena, outline->tables, outline->table_count,
				    &reader->table_capacity, sizeof(*outline->tables));
	outline->tables[outline->table_count] =
	    (struct outline_table){ .open = token, .close = token, .parent = parent };
	block->table = outline->table_count++;
	block->item = token + 1;
}

static bool symbol_at(const struct reader *reader, int token, const char *text)
{
	return token < reader->list->count &&
	       token_is(&reader->list->tokens[token], TOKEN_SYMBOL, text);
}

/* [1] and [01] are one key; anything but a plain integer is not compared. */
static int plain_position(const struct token *token)
{
	int value = 0;

	if (token->kind != TOKEN_NUMBER || token->size > 9)
		return 0;
	for (uint32_t i = 0; i < token->size; i++) {
		if (token->data[i] < '0' || token->data[i] > '9')
			return 0;
		value = value * 10 + (token->data[i] - '0');
	}
	return value;
}

/* Read the key in front of an entry's value; item->first moves behind it. */
static bool read_key(const struct reader *reader, struct outline_item *item)
{
	const struct token *tokens = reader->list->tokens;
	int at = item->first;

	if (tokens[at].kind == TOKEN_NAME && symbol_at(reader, at + 1, "=")) {
		item->key = token_span(&tokens[at]);
		item->first = at + 2;
		return true;
	}
	if (!symbol_at(reader, at, "["))
		return false;
	if (symbol_at(reader, at + 2, "]") && symbol_at(reader, at + 3, "=")) {
		if (tokens[at + 1].kind == TOKEN_STRING)
			item->key = token_span(&tokens[at + 1]);
		item->position = plain_position(&tokens[at + 1]);
		item->first = at + 4;
	}
	return true;
}

static void end_item(struct reader *reader, struct block *block, int token)
{
	struct outline *outline = reader->outline;
	struct outline_item item = { .table = block->table, .first = block->item, .last = token };

	block->item = token + 1;
	if (item.first >= token)
		return;
	item.line = (int)reader->list->tokens[item.first].line;
	if (!read_key(reader, &item))
		item.position = ++block->position;
	outline->items = make_room(reader->arena, outline->items, outline->item_count,
				   &reader->item_capacity, sizeof(*outline->items));
	outline->items[outline->item_count++] = item;
}

static bool close_table(struct reader *reader, int token)
{
	struct block *block = top(reader);

	if (!block || block->kind != BLOCK_TABLE)
		return false;
	end_item(reader, block, token);
	reader->outline->tables[block->table].close = token;
	reader->block_count--;
	return true;
}

static void add_function(struct reader *reader, const struct block *block, int token)
{
	struct outline *outline = reader->outline;
	const struct token *tokens = reader->list->tokens;
	int body = block->open;

	while (body < token && !symbol_at(reader, body, "("))
		body++;
	outline->functions = make_room(reader->arena, outline->functions, outline->function_count,
				       &reader->function_capacity, sizeof(*outline->functions));
	outline->functions[outline->function_count++] =
	    (struct outline_function){ .open = body,
				       .end = token,
				       .line = (int)tokens[block->open].line,
				       .body_line = (int)tokens[body].line,
				       .end_line = (int)tokens[token].line };
}

static bool close_block(struct reader *reader, int token)
{
	struct block *block = top(reader);

	if (!block || block->kind == BLOCK_TABLE || block->kind == BLOCK_BRACKET)
		return false;
	if (block->kind == BLOCK_FUNCTION)
		add_function(reader, block, token);
	reader->block_count--;
	return true;
}

static bool read_keyword(struct reader *reader, int at)
{
	const struct token *token = &reader->list->tokens[at];

	if (token_is(token, TOKEN_KEYWORD, "function"))
		push(reader, BLOCK_FUNCTION, at);
	else if (token_is(token, TOKEN_KEYWORD, "if") || token_is(token, TOKEN_KEYWORD, "do") ||
		 token_is(token, TOKEN_KEYWORD, "repeat"))
		push(reader, BLOCK_OTHER, at);
	else if (token_is(token, TOKEN_KEYWORD, "end") || token_is(token, TOKEN_KEYWORD, "until"))
		return close_block(reader, at);
	return true;
}

static bool read_symbol(struct reader *reader, int at)
{
	struct block *block = top(reader);
	struct span text = token_span(&reader->list->tokens[at]);

	if (span_equal_text(text, "{")) {
		open_table(reader, at);
	} else if (span_equal_text(text, "(") || span_equal_text(text, "[")) {
		push(reader, BLOCK_BRACKET, at);
	} else if (span_equal_text(text, ")") || span_equal_text(text, "]")) {
		if (!block || block->kind != BLOCK_BRACKET)
			return false;
		reader->block_count--;
	} else if (span_equal_text(text, "}")) {
		return close_table(reader, at);
	} else if (block && block->kind == BLOCK_TABLE &&
		   (span_equal_text(text, ",") || span_equal_text(text, ";"))) {
		end_item(reader, block, at);
	}
	return true;
}

/* As many as there can be, at once: what the arena has given it does not take back. */
static void reserve(struct reader *reader)
{
	struct outline *outline = reader->outline;

	for (int at = 0; at < reader->list->count; at++) {
		const struct token *token = &reader->list->tokens[at];

		reader->table_capacity += token_is(token, TOKEN_SYMBOL, "{");
		reader->item_capacity += token_is(token, TOKEN_SYMBOL, ",") ||
					 token_is(token, TOKEN_SYMBOL, ";") ||
					 token_is(token, TOKEN_SYMBOL, "}");
	}
	outline->items = arena_alloc(reader->arena,
				     ((size_t)reader->item_capacity + 1) * sizeof(*outline->items));
	outline->tables = arena_alloc(reader->arena, ((size_t)reader->table_capacity + 1) *
							 sizeof(*outline->tables));
}

static int compare_entries(const struct outline_item *a, const struct outline_item *b)
{
	if (a->table != b->table)
		return a->table < b->table ? -1 : 1;
	if (!a->key.data || !b->key.data) {
		if (a->key.data || b->key.data)
			return a->key.data ? 1 : -1;
		return (a->position > b->position) - (a->position < b->position);
	}
	return span_compare(a->key, b->key);
}

static int compare_items(const void *left, const void *right)
{
	const struct outline_item *a = left, *b = right;
	int order = compare_entries(a, b);

	return order != 0 ? order : (a->first > b->first) - (a->first < b->first);
}

bool outline_same_key(const struct outline_item *a, const struct outline_item *b)
{
	return (a->key.data || a->position > 0) && compare_entries(a, b) == 0;
}

/* So that no entry and no entity has to be looked for among all. */
static void index_outline(struct reader *reader)
{
	struct outline *outline = reader->outline;
	const struct token *tokens = reader->list->tokens;

	qsort(outline->items, (size_t)outline->item_count, sizeof(*outline->items), compare_items);
	outline->named = arena_alloc(reader->arena,
				     ((size_t)outline->table_count + 1) * sizeof(*outline->named));
	for (int i = 0; i < outline->table_count; i++) {
		int at = outline->tables[i].open - 2;

		if (at >= 0 && tokens[at].kind == TOKEN_NAME && tokens[at + 1].kind == TOKEN_STRING)
			outline->named[outline->named_count++] = i;
	}
}

bool outline_read(const struct token_list *list, struct arena *arena, struct outline *outline)
{
	struct reader reader = { .list = list, .arena = arena, .outline = outline };

	*outline = (struct outline){ .list = list };
	reserve(&reader);
	for (int at = 0; at < list->count; at++) {
		enum token_kind kind = list->tokens[at].kind;

		if (kind == TOKEN_KEYWORD && !read_keyword(&reader, at))
			return false;
		if (kind == TOKEN_SYMBOL && !read_symbol(&reader, at))
			return false;
	}
	index_outline(&reader);
	return reader.block_count == 0;
}

int outline_find(const struct outline *outline, const char *word, const char *name, int line)
{
	const struct token *tokens = outline->list->tokens;
	int first = -1, count = name ? outline->named_count : outline->table_count;

	for (int i = 0; i < count; i++) {
		int table = name ? outline->named[i] : i;
		int at = outline->tables[table].open - (name ? 2 : 1);

		if (at < 0 || !token_is(&tokens[at], TOKEN_NAME, word))
			continue;
		if (name && !token_is(&tokens[at + 1], TOKEN_STRING, name))
			continue;
		if ((int)tokens[at].line == line)
			return table;
		if (first < 0)
			first = table;
	}
	return first;
}

const struct outline_item *outline_entry(const struct outline *outline, int table, struct span key,
					 int position)
{
	struct outline_item wanted = { .key = key,
				       .position = key.data ? 0 : position,
				       .table = table };
	int low = 0, high = outline->item_count;

	while (low < high) {
		int middle = low + (high - low) / 2;

		if (compare_entries(&outline->items[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < outline->item_count && compare_entries(&outline->items[low], &wanted) == 0
		   ? &outline->items[low]
		   : NULL;
}

int outline_table_of(const struct outline *outline, const struct outline_item *item)
{
	int low = item->table + 1, high = outline->table_count;

	while (low < high) {
		int middle = low + (high - low) / 2;

		if (outline->tables[middle].open < item->first)
			low = middle + 1;
		else
			high = middle;
	}
	return low < outline->table_count && outline->tables[low].open < item->last ? low : -1;
}

static bool is_local_table(const struct outline *outline, int table, struct span name)
{
	const struct token *tokens = outline->list->tokens;
	int at = outline->tables[table].open - 3;

	return at >= 0 && token_is(&tokens[at], TOKEN_KEYWORD, "local") &&
	       span_equal(token_span(&tokens[at + 1]), name) &&
	       token_is(&tokens[at + 2], TOKEN_SYMBOL, "=");
}

int outline_local_line(const struct outline *outline, struct span name, int before)
{
	int line = 0;

	for (int i = 0; i < outline->table_count && outline->tables[i].open < before; i++) {
		if (is_local_table(outline, i, name))
			line = (int)outline->list->tokens[outline->tables[i].open].line;
	}
	return line;
}

int outline_local_table(const struct outline *outline, struct span name, int line)
{
	const struct token *tokens = outline->list->tokens;
	int found = -1;

	for (int i = 0; i < outline->table_count; i++) {
		if ((int)tokens[outline->tables[i].open].line <= line &&
		    is_local_table(outline, i, name))
			found = i;
	}
	return found;
}

static bool holds_line(const struct outline *outline, int first, int last, int line)
{
	const struct token *tokens = outline->list->tokens;

	return (int)tokens[first].line <= line && line <= (int)tokens[last].line;
}

/* The entry of the table that the line is part of, the first of several; NULL when it is none with a name. */
static const struct outline_item *item_on(const struct outline *outline, int table, int line)
{
	for (int i = 0; i < outline->item_count; i++) {
		const struct outline_item *item = &outline->items[i];

		if (item->table == table && item->key.data && item->line <= line &&
		    line <= (int)outline->list->tokens[item->last - 1].line)
			return item;
	}
	return NULL;
}

struct outline_place outline_place_of(const struct outline *outline, int line)
{
	const struct token *tokens = outline->list->tokens;
	struct outline_place place = { 0 };

	for (int i = 0; i < outline->table_count && !place.entity.data; i++) {
		const struct outline_table *table = &outline->tables[i];
		int within = i;

		if (table->open < 2 || !token_is(&tokens[table->open - 2], TOKEN_NAME, "entity") ||
		    tokens[table->open - 1].kind != TOKEN_STRING ||
		    !holds_line(outline, table->open, table->close, line))
			continue;
		place.entity = token_span(&tokens[table->open - 1]);
		while (within >= 0 && place.key_count < 2) {
			const struct outline_item *item = item_on(outline, within, line);

			if (!item)
				break;
			place.keys[place.key_count++] = item->key;
			within = outline_table_of(outline, item);
		}
	}
	return place;
}
