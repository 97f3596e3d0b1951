/*
 * library_unicode.c: case beyond ASCII, and composed characters, by the Unicode data of ICU.
 *
 * In the root locale, with full mappings: ß becomes SS, whatever language the machine speaks.
 */
#include <unicode/ucasemap.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "engine/rules/library.h"

/* Unicode promises these: no mapping of case makes text of more than three times its bytes, and no
 * composition more than three times its UTF-16 units (UAX 15). A UTF-16 unit is at most three bytes. */
enum { GROWTH = 3, TEXT_BYTES_MAX = 1 << 26, BYTES_OF_WORK = 8 };

typedef int32_t map_case(const UCaseMap *map, char *to, int32_t to_size, const char *from,
			 int32_t from_size, UErrorCode *status);

static bool is_ascii(struct span text)
{
	unsigned char all = 0;

	for (size_t i = 0; i < text.size; i++)
		all |= (unsigned char)text.data[i];
	return all < 0x80;
}

/* A text that is not too long to grow, its work charged. */
static struct span check_unicode(lua_State *lua, const char *function)
{
	struct span text = library_check_characters(lua, 1, function);

	if (text.size > TEXT_BYTES_MAX)
		luaL_error(lua, "%s: a text of more than %d bytes", function, TEXT_BYTES_MAX);
	value_charge(lua, text.size * BYTES_OF_WORK);
	return text;
}

_Noreturn static void fail(lua_State *lua, const char *function, UErrorCode status)
{
	luaL_error(lua, "%s: %s", function, u_errorName(status));
	__builtin_unreachable();
}

static int change_case(lua_State *lua, const char *function, map_case *change)
{
	UErrorCode status = U_ZERO_ERROR;
	struct span text;
	UCaseMap *map;
	int32_t room, size = 0;
	char *changed;

	if (lua_isnoneornil(lua, 1))
		return 0;
	text = check_unicode(lua, function);
	room = (int32_t)text.size * GROWTH + 1;
	changed = lua_newuserdata(lua, (size_t)room);
	/* "" is the root locale, NULL would be the machine's. Nothing raises until it is closed. */
	map = ucasemap_open("", 0, &status);
	if (U_SUCCESS(status))
		size = change(map, changed, room, text.data, (int32_t)text.size, &status);
	ucasemap_close(map);
	if (U_FAILURE(status))
		fail(lua, function, status);
	lua_pushlstring(lua, changed, (size_t)size);
	return 1;
}

static int library_unicode_upper(lua_State *lua)
{
	return change_case(lua, "unicode_upper", ucasemap_utf8ToUpper);
}

static int library_unicode_lower(lua_State *lua)
{
	return change_case(lua, "unicode_lower", ucasemap_utf8ToLower);
}

/* The text at 1 in UTF-16, in a new userdata of as many units as it has bytes. */
static UChar *push_utf16(lua_State *lua, struct span text, int32_t *size, UErrorCode *status)
{
	UChar *units = lua_newuserdata(lua, (text.size + 1) * sizeof(*units));

	u_strFromUTF8(units, (int32_t)text.size + 1, size, text.data, (int32_t)text.size, status);
	return units;
}

/* nfc(text): characters that can be written in several ways, in the one that is composed. */
static int library_nfc(lua_State *lua)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *form = unorm2_getNFCInstance(&status);
	int32_t size = 0, composed_size, bytes = 0;
	UChar *units, *composed;
	struct span text;
	char *to;

	if (lua_isnoneornil(lua, 1))
		return 0;
	text = check_unicode(lua, "nfc");
	lua_settop(lua, 1);
	if (is_ascii(text))
		return 1;
	units = push_utf16(lua, text, &size, &status);
	if (unorm2_isNormalized(form, units, size, &status) && U_SUCCESS(status)) {
		lua_settop(lua, 1);
		return 1;
	}
	composed = lua_newuserdata(lua, ((size_t)size * GROWTH + 1) * sizeof(*composed));
	composed_size = unorm2_normalize(form, units, size, composed, size * GROWTH + 1, &status);
	if (U_FAILURE(status))
		fail(lua, "nfc", status);
	to = lua_newuserdata(lua, (size_t)composed_size * GROWTH + 1);
	u_strToUTF8(to, composed_size * GROWTH + 1, &bytes, composed, composed_size, &status);
	if (U_FAILURE(status))
		fail(lua, "nfc", status);
	lua_pushlstring(lua, to, (size_t)bytes);
	return 1;
}

void library_unicode_version(char text[UNICODE_VERSION_SIZE])
{
	UVersionInfo version;

	_Static_assert(UNICODE_VERSION_SIZE >= U_MAX_VERSION_STRING_LENGTH, "room for a version");
	u_getUnicodeVersion(version);
	u_versionToString(version, text);
}

const luaL_Reg library_unicode[] = {
	{ "unicode_upper", library_unicode_upper },
	{ "unicode_lower", library_unicode_lower },
	{ "nfc", library_nfc },
	{ NULL, NULL },
};
