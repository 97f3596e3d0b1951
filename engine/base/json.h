/*
 * json.h: JSON text in and out.
 *
 * Writing goes straight to a buffer. Reading gives a tree that lives in the arena, keeps
 * numbers as their text (no digit is lost) and refuses duplicate keys, invalid UTF-8, lone
 * surrogates, and nesting beyond 1000 levels.
 */
#ifndef ENGINE_BASE_JSON_H
#define ENGINE_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"

/* A JSON string with RFC 8785's escapes (\b \t \n \f \r \" \\ \u00xx, everything else raw).
 * The text must be valid UTF-8; where it may not be, use json_put_lossy(). */
void json_put_string(struct buf *buf, struct span text);

/* The same for a text of ASCII without any escape, as nearly all are; false, and nothing written, for any other, whatever
 * it holds. */
bool json_put_plain(struct buf *buf, struct span text);

/* Any bytes as a JSON string: what is not UTF-8, and NUL, becomes U+FFFD. For messages only. */
void json_put_lossy(struct buf *buf, struct span bytes);

/* Objects and arrays with commas in the right places:
 *   json_open(w, '{'); json_key(w, "n"); json_int(w, 1); json_close(w, '}'); */
enum { JSON_DEPTH_MAX = 64 };
struct json_writer {
	struct buf *buf;
	int depth;
	bool has_item[JSON_DEPTH_MAX];
	bool after_key;
};
void json_writer_init(struct json_writer *writer, struct buf *buf);
void json_open(struct json_writer *writer, char bracket);
void json_close(struct json_writer *writer, char bracket);
void json_key(struct json_writer *writer, const char *key);
void json_string(struct json_writer *writer, struct span text); /* lossy; NULL data gives null */
void json_text(struct json_writer *writer, const char *text);   /* NULL gives null */
void json_int(struct json_writer *writer, int64_t value);
void json_number(struct json_writer *writer, double value); /* for figures, never for records */
void json_bool(struct json_writer *writer, bool value);
void json_raw(struct json_writer *writer, struct span json); /* already JSON */

/* A member of an object: the key, and what json_string, json_text and json_int make of the value. */
void json_key_string(struct json_writer *writer, const char *key, struct span text);
void json_key_text(struct json_writer *writer, const char *key, const char *text);
void json_key_int(struct json_writer *writer, const char *key, int64_t value);

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};
struct json_value {
	enum json_kind kind;
	struct span key;          /* when it is a member of an object */
	struct span text;         /* of strings (decoded) and numbers (as written) */
	struct json_value *items; /* of arrays and objects */
	size_t item_count;
};

/* The value as it was read: numbers as written, members in their order. */
void json_put_value(struct buf *buf, const struct json_value *value);

/* Read one JSON document. ERR_DATA with the byte offset when it is none. */
bool json_read(struct span text, struct arena *arena, struct json_value *value, struct err *err);

/* A member by name, or NULL. */
const struct json_value *json_member(const struct json_value *object, const char *key);

#endif
