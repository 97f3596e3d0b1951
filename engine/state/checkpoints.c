/*
 * checkpoints.c: one entry a chunk, the last pass over it.
 *
 * Key: the entity's name, a NUL, the chunk's number in four bytes from high to low, so that LMDB's byte
 * order is the order of chunks. Value: five numbers of eight bytes and the run's name.
 */
#include <string.h>

#include "engine/base/json.h"
#include "engine/state/state_internal.h"

enum {
	CHUNK_BYTES = 4,
	ENTITY_BYTES_MAX = 255,
	KEY_BYTES_MAX = ENTITY_BYTES_MAX + 1 + CHUNK_BYTES,
	NUMBER_COUNT = 5,
	VALUE_BYTES = NUMBER_COUNT * 8 + STATE_ID_SIZE
};

struct key_text {
	char bytes[KEY_BYTES_MAX];
	size_t size;
};

static bool make_key(const char *entity, uint32_t chunk_no, struct key_text *key, struct err *err)
{
	size_t size = strlen(entity);

	if (size > ENTITY_BYTES_MAX)
		return err_set(err, ERR_RULE, "the entity name \"%.40s…\" is longer than %d bytes",
			       entity, ENTITY_BYTES_MAX);
	memcpy(key->bytes, entity, size + 1);
	for (size_t i = 0; i < CHUNK_BYTES; i++)
		key->bytes[size + 1 + i] = (char)(chunk_no >> (8 * (CHUNK_BYTES - 1 - i)) & 0xff);
	key->size = size + 1 + CHUNK_BYTES;
	return true;
}

static struct span key_span(const struct key_text *key)
{
	return (struct span){ key->bytes, key->size };
}

static uint32_t chunk_of(struct span key)
{
	uint32_t chunk_no = 0;

	for (size_t i = key.size - CHUNK_BYTES; i < key.size; i++)
		chunk_no = chunk_no << 8 | (unsigned char)key.data[i];
	return chunk_no;
}

static void encode(const struct checkpoint *checkpoint, char value[VALUE_BYTES])
{
	put_u64(value, (uint64_t)checkpoint->pass_no);
	put_u64(value + 8, (uint64_t)checkpoint->record_count);
	put_u64(value + 16, checkpoint->digest.high);
	put_u64(value + 24, checkpoint->digest.low);
	put_u64(value + 32, (uint64_t)checkpoint->at_us);
	memset(value + 40, 0, STATE_ID_SIZE);
	memcpy(value + 40, checkpoint->run, strnlen(checkpoint->run, STATE_ID_SIZE - 1));
}

static bool decode(struct span key, struct span value, struct checkpoint *checkpoint,
		   struct err *err)
{
	if (key.size < CHUNK_BYTES + 1 || key.data[key.size - CHUNK_BYTES - 1] != '\0' ||
	    value.size != VALUE_BYTES || value.data[VALUE_BYTES - 1] != '\0')
		return err_set(err, ERR_DATA, "a checkpoint has another shape");
	checkpoint->chunk_no = chunk_of(key);
	checkpoint->pass_no = (int64_t)get_u64(value.data);
	checkpoint->record_count = (int64_t)get_u64(value.data + 8);
	checkpoint->digest.high = get_u64(value.data + 16);
	checkpoint->digest.low = get_u64(value.data + 24);
	checkpoint->at_us = (int64_t)get_u64(value.data + 32);
	memcpy(checkpoint->run, value.data + 40, STATE_ID_SIZE);
	return true;
}

bool state_put_checkpoint(struct state *state, const char *entity,
			  const struct checkpoint *checkpoint, struct err *err)
{
	struct state_write write;
	struct key_text key;
	char value[VALUE_BYTES];

	if (!make_key(entity, checkpoint->chunk_no, &key, err))
		return false;
	encode(checkpoint, value);
	if (!state_begin_write(state, &write, err))
		return false;
	if (entry_put(&write, TABLE_CHECKPOINTS, key_span(&key),
		      (struct span){ value, sizeof(value) }, err))
		return state_commit(&write, err);
	state_roll_back(&write);
	return false;
}

/* ---- one entity's, in order ---- */

struct visit {
	struct span prefix; /* the entity and its NUL */
	bool (*each)(void *context, const struct checkpoint *checkpoint, struct err *err);
	void *context;
	bool past_end;
};

static bool visit_checkpoint(void *context, enum state_table table, struct span key,
			     struct span payload, struct err *err)
{
	struct visit *visit = context;
	struct checkpoint checkpoint;

	(void)table;
	if (visit->past_end || key.size != visit->prefix.size + CHUNK_BYTES ||
	    memcmp(key.data, visit->prefix.data, visit->prefix.size) != 0) {
		visit->past_end = true;
		return true;
	}
	return decode(key, payload, &checkpoint, err) &&
	       visit->each(visit->context, &checkpoint, err);
}

bool state_each_checkpoint(struct state *state, const char *entity,
			   bool (*each)(void *context, const struct checkpoint *checkpoint,
					struct err *err),
			   void *context, struct err *err)
{
	struct visit visit = { .each = each, .context = context };
	struct key_text first;

	if (!make_key(entity, 0, &first, err))
		return false;
	visit.prefix = (struct span){ first.bytes, first.size - CHUNK_BYTES };
	return entry_each(state, TABLE_CHECKPOINTS, key_span(&first), visit_checkpoint, &visit,
			  err);
}

struct newest {
	struct checkpoint *checkpoint;
	bool found;
};

static bool take_newer(void *context, enum state_table table, struct span key, struct span payload,
		       struct err *err)
{
	struct newest *newest = context;
	struct checkpoint checkpoint;

	(void)table;
	if (!decode(key, payload, &checkpoint, err))
		return false;
	if (!newest->found || checkpoint.at_us > newest->checkpoint->at_us)
		*newest->checkpoint = checkpoint;
	newest->found = true;
	return true;
}

bool state_newest_checkpoint(struct state *state, struct checkpoint *checkpoint, bool *found,
			     struct err *err)
{
	struct newest newest = { checkpoint, false };
	bool ok = entry_each(state, TABLE_CHECKPOINTS, SPAN_NONE, take_newer, &newest, err);

	*found = newest.found;
	return ok;
}

/* ---- for people ---- */

static void show_value(const struct checkpoint *checkpoint, struct buf *json)
{
	struct json_writer writer;
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(checkpoint->digest, hex);
	json_writer_init(&writer, json);
	json_open(&writer, '{');
	json_key(&writer, "chunk");
	json_int(&writer, checkpoint->chunk_no);
	json_key(&writer, "pass");
	json_int(&writer, checkpoint->pass_no);
	json_key(&writer, "run");
	json_text(&writer, checkpoint->run);
	json_key(&writer, "records");
	json_int(&writer, checkpoint->record_count);
	json_key(&writer, "digest");
	json_text(&writer, hex);
	json_key(&writer, "at_us");
	json_int(&writer, checkpoint->at_us);
	json_close(&writer, '}');
}

bool checkpoint_show(struct span key, struct span payload, struct buf *name, struct buf *json,
		     struct err *err)
{
	struct checkpoint checkpoint;

	if (!decode(key, payload, &checkpoint, err))
		return false;
	buf_print(name, "%.*s/%010u", (int)(key.size - CHUNK_BYTES - 1), key.data,
		  checkpoint.chunk_no);
	show_value(&checkpoint, json);
	return true;
}
