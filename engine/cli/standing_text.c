/*
 * standing_text.c: which evidence stands.
 */
#include "engine/cli/standing_text.h"

#include "engine/base/json.h"

enum { CHECK_WIDTH = 12, ANSWER_WIDTH = 8 };

bool standing_is_whole(const struct standing *list, int count)
{
	for (int i = 0; i < count; i++)
		if (list[i].kind != STANDING_STANDS || list[i].written > 0)
			return false;
	return count > 0;
}

static const char *colour_of(const struct look *look, const struct standing *standing)
{
	if (standing->kind == STANDING_STANDS)
		return standing->written ? look->notice : look->good;
	return standing->kind == STANDING_STALE ? look->alarm : look->notice;
}

static void put_padded(struct buf *buf, const char *text, int width)
{
	buf_print(buf, "%-*s", width, text);
}

static void put_line(struct buf *buf, const struct look *look, const struct standing *standing)
{
	buf_put_text(buf, colour_of(look, standing));
	put_padded(buf, standing_name(standing->kind), ANSWER_WIDTH);
	buf_put_text(buf, look->plain);
	put_padded(buf, check_name(standing->check), CHECK_WIDTH);
	text_put_inert(buf, span_of(standing->entity));
	if (standing->entry_no == 0) {
		buf_put_text(buf, ": nobody has proven it\n");
		return;
	}
	buf_print(buf, ": entry %lld of ", (long long)standing->entry_no);
	text_put_inert(buf, span_of(standing->at));
	if (standing->why) {
		buf_put_text(buf, "; ");
		text_put_inert(buf, span_of(standing->why));
	} else if (standing->written > 0) {
		buf_put_text(buf, "; to be proven again: ");
		text_put_number(buf, standing->written);
		buf_print(buf, " %s written since", standing->written == 1 ? "record" : "records");
	}
	buf_put_char(buf, '\n');
}

void standing_put_text(struct buf *buf, const struct look *look, const struct standing *list,
		       int count)
{
	for (int i = 0; i < count; i++)
		put_line(buf, look, &list[i]);
}

static void put_object(struct json_writer *json, const struct standing *standing)
{
	json_open(json, '{');
	json_key_text(json, "entity", standing->entity);
	json_key_text(json, "check", check_name(standing->check));
	json_key_text(json, "evidence", standing_name(standing->kind));
	json_key(json, "entry");
	if (standing->entry_no)
		json_int(json, standing->entry_no);
	else
		json_text(json, NULL);
	json_key_text(json, "at", standing->at);
	json_key_text(json, "why", standing->why);
	json_key_int(json, "written", standing->written);
	json_key(json, "ids");
	json_open(json, '[');
	for (int64_t i = 0; standing->ids && i < standing->written; i++)
		json_string(json, standing->ids[i]);
	json_close(json, ']');
	json_close(json, '}');
}

void standing_put_json(struct buf *buf, const struct standing *list, int count)
{
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '[');
	for (int i = 0; i < count; i++)
		put_object(&json, &list[i]);
	json_close(&json, ']');
	buf_put_char(buf, '\n');
}
