/*
 * holders_text.c: who holds which shard, for people and as JSON.
 */
#include "engine/cli/holders_text.h"

#include "engine/base/figures.h"
#include "engine/base/json.h"
#include "engine/cli/text.h"

void holders_put_json(struct json_writer *json, const struct move_holder *holders, size_t count)
{
	json_key(json, "holders");
	json_open(json, '[');
	for (size_t i = 0; i < count; i++) {
		const struct move_holder *holder = &holders[i];

		json_open(json, '{');
		json_key(json, "entity");
		json_text(json, holder->entity);
		json_key(json, "shard");
		json_int(json, holder->shard_no);
		json_key(json, "who");
		json_string(json, holder->who);
		json_key(json, "run");
		json_string(json, holder->run);
		json_key(json, "worker");
		json_string(json, holder->worker);
		json_key(json, "lease_s");
		json_number(json, (double)holder->left_us / 1e6);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void holders_put_text(struct buf *out, const struct move_holder *holders, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct move_holder *holder = &holders[i];

		buf_print(out, "shard %lld of %s is held by ", (long long)holder->shard_no,
			  holder->entity);
		text_put_inert(out, holder->who);
		if (holder->worker.data) {
			buf_put_text(out, ", worker ");
			text_put_inert(out, holder->worker);
		}
		buf_put_text(out, ", for ");
		figure_put_duration(out, (double)holder->left_us / 1e6);
		buf_put_text(out, " more\n");
	}
}
