/*
 * url.c: two URLs of PostgreSQL: do they name one database?
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/postgres/postgres_internal.h"

/* What libpq takes for an option that nobody gives: the environment's, or what it was built with. */
static const char *default_of(PQconninfoOption *defaults, const char *keyword)
{
	for (PQconninfoOption *option = defaults; option && option->keyword; option++)
		if (strcmp(option->keyword, keyword) == 0 && option->val)
			return option->val;
	return "";
}

static const char *value_of_option(PQconninfoOption *options, PQconninfoOption *defaults,
				   const char *keyword)
{
	for (PQconninfoOption *option = options; option->keyword; option++)
		if (strcmp(option->keyword, keyword) == 0 && option->val && *option->val)
			return option->val;
	return default_of(defaults, keyword);
}

static const char *database_of(PQconninfoOption *options, PQconninfoOption *defaults)
{
	const char *name = value_of_option(options, defaults, "dbname");

	return *name ? name : value_of_option(options, defaults, "user");
}

static bool are_equal(PQconninfoOption *one, PQconninfoOption *other, PQconninfoOption *defaults)
{
	static const char *const keywords[] = { "service", "host", "hostaddr", "port" };

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strcmp(value_of_option(one, defaults, keywords[i]),
			   value_of_option(other, defaults, keywords[i])) != 0)
			return false;
	return strcmp(database_of(one, defaults), database_of(other, defaults)) == 0;
}

/* As far as the names say; two names of one host are found out when both stores are open. */
bool pg_is_same(const char *location, const char *other)
{
	PQconninfoOption *defaults = PQconndefaults();
	PQconninfoOption *one = PQconninfoParse(location, NULL);
	PQconninfoOption *two = PQconninfoParse(other, NULL);
	bool is_same = one && two && are_equal(one, two, defaults);

	PQconninfoFree(one);
	PQconninfoFree(two);
	PQconninfoFree(defaults);
	return is_same;
}
