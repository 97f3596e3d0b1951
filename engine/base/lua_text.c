/*
 * lua_text.c: texts as a rule file holds them.
 */
#include "engine/base/lua_text.h"

#include "engine/base/utf8_step.h"

/* Does the character show, and nothing else? size 0: it is no character. */
static bool is_plain(const char *at, size_t size)
{
	return size > 0 && !utf8_is_terminal_control(utf8_code_point(at, size));
}

static void put_escaped(struct buf *buf, struct span bytes)
{
	for (size_t i = 0; i < bytes.size; i++) {
		if (bytes.data[i] == '\n')
			buf_put_text(buf, "\\n");
		else if (bytes.data[i] == '\t')
			buf_put_text(buf, "\\t");
		else
			buf_print(buf, "\\%03u", (unsigned)(unsigned char)bytes.data[i]);
	}
}

/* quoted: within quotes, which it must not end. */
static void put_inert(struct buf *buf, struct span text, bool quoted)
{
	for (size_t at = 0, size; at < text.size; at += size) {
		size_t step = utf8_step(text.data + at, text.size - at);
		struct span character = { text.data + at, step ? step : 1 };

		size = character.size;
		if (!is_plain(character.data, step)) {
			put_escaped(buf, character);
			continue;
		}
		if (quoted && (*character.data == '"' || *character.data == '\\'))
			buf_put_char(buf, '\\');
		buf_put_span(buf, character);
	}
}

void lua_put_string(struct buf *buf, struct span text)
{
	buf_put_char(buf, '"');
	put_inert(buf, text, true);
	buf_put_char(buf, '"');
}

bool lua_is_name(struct span text)
{
	static const char *const words[] = { "and",   "break",  "do",     "else",     "elseif",
					     "end",   "false",  "for",    "function", "goto",
					     "if",    "in",     "local",  "nil",      "not",
					     "or",    "repeat", "return", "then",     "true",
					     "until", "while" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (span_equal_text(text, words[i]))
			return false;
	for (size_t i = 0; i < text.size; i++) {
		char c = text.data[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (!is_letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return text.size > 0;
}

void lua_put_key(struct buf *buf, struct span key)
{
	if (lua_is_name(key)) {
		buf_put_span(buf, key);
		return;
	}
	buf_put_char(buf, '[');
	lua_put_string(buf, key);
	buf_put_char(buf, ']');
}

void lua_put_comment(struct buf *buf, struct span text)
{
	put_inert(buf, text, false);
}

/* ---- tables ---- */

/* Characters since the last line began. */
static int column_now(const struct buf *buf)
{
	int column = 0;

	for (size_t at = buf->size; at > 0 && buf->data[at - 1] != '\n'; at--)
		column += ((unsigned char)buf->data[at - 1] & 0xC0) != 0x80;
	return column;
}

struct lua_table lua_table_open(struct buf *buf)
{
	buf_put_text(buf, "{ ");
	return (struct lua_table){ .buf = buf, .column = column_now(buf) };
}

void lua_table_next(struct lua_table *table, size_t size, bool is_long)
{
	bool is_full = column_now(table->buf) + (int)size + 3 > LUA_LINE_COLUMNS;

	if (table->has_entry)
		buf_put_char(table->buf, ',');
	if (table->has_entry && (is_long || table->is_long || is_full))
		buf_print(table->buf, "\n%*s", table->column, "");
	else if (table->has_entry)
		buf_put_char(table->buf, ' ');
	table->has_entry = true;
	table->is_long = is_long;
}

void lua_table_put_plain(struct lua_table *table, struct span key, struct span value)
{
	struct buf entry;

	buf_init(&entry);
	lua_put_key(&entry, key);
	buf_put_text(&entry, " = ");
	buf_put_span(&entry, value);
	lua_table_next(table, entry.size, false);
	buf_put_span(table->buf, buf_span(&entry));
	buf_release(&entry);
}

void lua_table_put(struct lua_table *table, struct span key, struct span value)
{
	struct buf quoted;

	buf_init(&quoted);
	lua_put_string(&quoted, value);
	lua_table_put_plain(table, key, buf_span(&quoted));
	buf_release(&quoted);
}

void lua_table_close(const struct lua_table *table)
{
	if (table->has_entry)
		buf_put_text(table->buf, " }");
	else
		table->buf->data[table->buf->size - 1] = '}'; /* instead of the blank */
}
