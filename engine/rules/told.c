/*
 * told.c: what each part of a version says, entry by entry, for whoever compares two versions.
 */
#include "engine/rules/told.h"

#include "engine/base/utf8_step.h"
#include "engine/rules/fingerprint.h"
#include "engine/rules/natives.h"

void told_put_quoted(struct buf *buf, struct span text)
{
	buf_put_char(buf, '"');
	for (size_t at = 0, size; at < text.size; at += size ? size : 1) {
		const char *bytes = text.data + at;
		uint32_t point;

		size = utf8_step(bytes, text.size - at);
		point = size ? utf8_code_point(bytes, size) : 0;
		if (size == 0)
			buf_print(buf, "\\x%02x", (unsigned)(unsigned char)bytes[0]);
		else if (point == '\n' || point == '\t')
			buf_put_text(buf, point == '\n' ? "\\n" : "\\t");
		else if (point == '"' || point == '\\')
			buf_print(buf, "\\%c", (char)point);
		else if (utf8_is_terminal_control(point))
			buf_print(buf, "\\u{%x}", (unsigned)point);
		else
			buf_put(buf, bytes, size);
	}
	buf_put_char(buf, '"');
}

void told_push(lua_State *lua, struct buf *buf)
{
	struct span text = arena_copy(&loader_of(lua)->scratch, buf_span(buf));

	buf_release(buf);
	lua_pushlstring(lua, text.data, text.size);
}

int native_is_told(lua_State *lua)
{
	lua_pushboolean(lua, loader_of(lua)->is_told);
	return 1;
}

int native_quoted(lua_State *lua)
{
	struct span text;
	struct buf buf;

	text.data = luaL_checklstring(lua, 1, &text.size);
	buf_init(&buf);
	told_put_quoted(&buf, text);
	told_push(lua, &buf);
	return 1;
}

int native_function_shown(lua_State *lua)
{
	fingerprint_push_shown(lua, 1);
	return 1;
}

int native_tell(lua_State *lua)
{
	struct loader *loader = loader_of(lua);
	struct part_entry entry = { .is_aside = lua_toboolean(lua, 3) != 0 };

	entry.path.data = luaL_checklstring(lua, 1, &entry.path.size);
	entry.text.data = luaL_checklstring(lua, 2, &entry.text.size);
	entry.path = arena_copy(&loader->host->arena, entry.path);
	entry.text = arena_copy(&loader->host->arena, entry.text);
	loader->told = arena_grow_by_one(&loader->host->arena, loader->told, loader->told_count,
					 sizeof(*loader->told));
	loader->told[loader->told_count++] = entry;
	return 0;
}

int native_told_count(lua_State *lua)
{
	lua_pushinteger(lua, loader_of(lua)->told_count);
	return 1;
}
