/*
 * lua_text.h: texts as a rule file holds them. What comes from legacy can neither end a string nor begin a line.
 */
#ifndef ENGINE_BASE_LUA_TEXT_H
#define ENGINE_BASE_LUA_TEXT_H

#include <stdbool.h>

#include "engine/base/buf.h"

/* "…", which Lua reads as exactly these bytes; what does not show is written as \n or \226. */
void lua_put_string(struct buf *buf, struct span text);

/* May it stand in front of `=` as it is: letters, digits and _, and no word of Lua's? */
bool lua_is_name(struct span text);
/* A key of a table: status, or ["PICKED UP"]. */
void lua_put_key(struct buf *buf, struct span key);

/* Behind `--`: stays on its line. */
void lua_put_comment(struct buf *buf, struct span text);

/* A table being written, `{ a = "1", b = "2" }`: entries follow each other on a line until it is full, then on one below the first. */
struct lua_table {
	struct buf *buf;
	int column; /* where its entries begin */
	bool has_entry;
	bool is_long; /* the last of them */
};

enum { LUA_LINE_COLUMNS = 120 };

struct lua_table lua_table_open(struct buf *buf);
/* The next entry comes, of about so many characters: on this line, or when it is a long one or the line is full on the next. The
 * caller puts it. */
void lua_table_next(struct lua_table *table, size_t size, bool is_long);
/* key = "value" */
void lua_table_put(struct lua_table *table, struct span key, struct span value);
/* key = value, which is Lua already */
void lua_table_put_plain(struct lua_table *table, struct span key, struct span value);
void lua_table_close(const struct lua_table *table);

#endif
