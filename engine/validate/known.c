/*
 * known.c: a list of differences by what tells each from all others.
 */
#include "engine/validate/known.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/validate/checks.h"

void known_release(struct known *known)
{
	for (int i = 0; i < known->count; i++)
		free(known->items[i].block);
	free(known->items);
	*known = (struct known){ .items = NULL };
}

void known_begin(struct known *known, enum check_kind check, const char *entity, int64_t chunk_no)
{
	known->look_no++;
	known->check = check;
	known->entity = entity;
	known->chunk_no = chunk_no;
}

static struct digest identity_of(const struct difference *difference)
{
	struct digest_stream stream;

	digest_stream_init(&stream);
	difference_identify(&stream, difference);
	return digest_stream_end(&stream);
}

static struct known_difference *find(struct known *known, struct digest identity)
{
	for (int i = 0; i < known->count; i++)
		if (digest_equal(known->items[i].identity, identity))
			return &known->items[i];
	return NULL;
}

/* ---- keeping one ---- */

static struct span put(char **at, struct span text)
{
	char *begin = *at;

	if (!text.data)
		return SPAN_NONE;
	memcpy(begin, text.data, text.size);
	begin[text.size] = '\0';
	*at += text.size + 1;
	return (struct span){ begin, text.size };
}

/* What names it: no value of a record is kept for longer than a look. */
static void keep(struct known_difference *kept, const struct difference *difference)
{
	struct span field = difference->field ? span_of(difference->field) : SPAN_NONE;
	struct span query = difference->query ? span_of(difference->query) : SPAN_NONE;
	char *at;

	kept->block =
	    memory_resize(NULL, difference->id.size + difference->key.size + field.size +
				    query.size + difference->asked.size + difference->row.size + 6);
	at = kept->block;
	kept->difference = (struct difference){
		.check = difference->check,
		.kind = difference->kind,
		.entity = difference->entity,
		.chunk_no = difference->chunk_no,
		.id = put(&at, difference->id),
		.key = put(&at, difference->key),
		.field = put(&at, field).data,
		.query = put(&at, query).data,
		.asked = put(&at, difference->asked),
		.row = put(&at, difference->row),
		.text = "is gone",
	};
}

bool known_note(struct known *known, const struct difference *difference)
{
	struct digest identity = identity_of(difference);
	struct known_difference *item = find(known, identity);

	if (item) {
		item->look_no = known->look_no;
		return false;
	}
	if (known->count == KNOWN_MAX)
		return false;
	if (known->count == known->capacity) {
		known->capacity = known->capacity ? known->capacity * 2 : 16;
		known->items =
		    memory_resize(known->items, (size_t)known->capacity * sizeof(*known->items));
	}
	item = &known->items[known->count++];
	*item = (struct known_difference){ .identity = identity,
					   .chunk_no = known->chunk_no,
					   .look_no = known->look_no };
	keep(item, difference);
	return true;
}

/* ---- gone ---- */

static bool is_gone(const struct known *known, const struct known_difference *item)
{
	return item->look_no < known->look_no && item->chunk_no == known->chunk_no &&
	       item->difference.check == known->check &&
	       strcmp(item->difference.entity, known->entity) == 0;
}

bool known_end(struct known *known,
	       bool (*on_gone)(void *, const struct difference *, struct err *), void *context,
	       struct err *err)
{
	bool ok = true;
	int kept = 0;

	for (int i = 0; i < known->count; i++) {
		if (!is_gone(known, &known->items[i])) {
			known->items[kept++] = known->items[i];
			continue;
		}
		ok = ok && on_gone(context, &known->items[i].difference, err);
		free(known->items[i].block);
	}
	known->count = kept;
	return ok;
}
