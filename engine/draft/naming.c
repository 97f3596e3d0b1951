/*
 * naming.c: names of entities, sources and fields, made of those that legacy gave.
 */
#include "engine/draft/naming.h"

#include <string.h>
#include <strings.h>

#include "engine/base/lua_text.h"

enum { NAME_BYTES_MAX = 40 };

static bool is_taken(const struct names *names, const char *name)
{
	for (int i = 0; i < names->count; i++)
		if (strcmp(names->names[i], name) == 0)
			return true;
	return false;
}

const char *names_take(struct names *names, const char *wanted)
{
	const char *name = arena_text(names->arena, wanted);

	for (int number = 2; is_taken(names, name); number++)
		name = arena_print(names->arena, "%s%d", wanted, number).data;
	names->names =
	    arena_grow_by_one(names->arena, names->names, names->count, sizeof(*names->names));
	names->names[names->count++] = name;
	return name;
}

/* ASCII alone: a name must not depend on a locale. */
static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char to_upper(char c)
{
	return is_lower(c) ? (char)(c - ('a' - 'A')) : c;
}

static char to_lower(char c)
{
	return is_upper(c) ? (char)(c + ('a' - 'A')) : c;
}

/* "InvoiceLine" has one in front of L, "URLPath" in front of P. */
static bool begins_word(const char *name, size_t at)
{
	char c = name[at], before = at ? name[at - 1] : '_', after = name[at + 1];

	if (!is_lower(before) && !is_upper(before) && !is_digit(before))
		return true;
	return is_upper(c) &&
	       (is_lower(before) || is_digit(before) || (is_upper(before) && is_lower(after)));
}

static const char *in_form(struct arena *arena, const char *name, const char *otherwise,
			   bool in_capitals)
{
	char made[NAME_BYTES_MAX + 2];
	size_t size = 0;

	for (size_t at = 0; name[at] && size + 3 < sizeof(made); at++) {
		char c = name[at];
		bool begins = begins_word(name, at);

		if ((!is_lower(c) && !is_upper(c) && !is_digit(c)) || (size == 0 && is_digit(c)))
			continue;
		if (in_capitals && begins && size > 0)
			made[size++] = '_';
		c = in_capitals || (begins && size > 0) ? to_upper(c) : to_lower(c);
		made[size++] = c;
	}
	made[size] = '\0';
	if (size > 0 && !lua_is_name((struct span){ made, size }))
		made[size++] = '_'; /* a word of Lua's */
	made[size] = '\0';
	return arena_text(arena, size ? made : otherwise);
}

const char *name_in_camel_case(struct arena *arena, const char *name, const char *otherwise)
{
	return in_form(arena, name, otherwise, false);
}

const char *name_in_capitals(struct arena *arena, const char *name, const char *otherwise)
{
	return in_form(arena, name, otherwise, true);
}

const char *name_behind(const char *name, const char *above)
{
	size_t size = strlen(above);
	bool is_plural = size > 1 && above[size - 1] == 's';

	for (size_t cut = 0; cut <= (is_plural ? 1U : 0U); cut++) {
		size_t shared = size - cut;

		if (strlen(name) <= shared || strncasecmp(name, above, shared) != 0)
			continue;
		if (name[shared] == '_' && name[shared + 1])
			return name + shared + 1;
		if (is_upper(name[shared]) && is_lower(name[shared - 1]))
			return name + shared;
	}
	return NULL;
}
