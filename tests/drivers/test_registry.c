/*
 * test_registry.c: URLs find their drivers, and passwords are not shown.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "drivers/driver.h"

TestSuite(registry, .timeout = 30);

struct refused_case {
	char url[80];
	enum err_code code;
	char words[40];
};

ParameterizedTestParameters(registry, refuses_what_it_cannot_open)
{
	static struct refused_case cases[] = {
		{ "", ERR_USAGE, "no database URL" },
		{ "legacy.db", ERR_USAGE, "no database URL" },
		{ "/tmp/a:b", ERR_USAGE, "no database URL" },
		{ ":memory:", ERR_USAGE, "no database URL" },
		{ "SQLITE:legacy.db", ERR_USAGE, "no database URL" },
		{ "sqlit:legacy.db", ERR_USAGE, "no driver for 'sqlit:'" },
		{ "sqlite3:legacy.db", ERR_USAGE, "no driver for 'sqlite3:'" },
		{ "oracle://scott:tiger@host/db", ERR_USAGE, "scott:***@host" },
		{ "sqlite:", ERR_USAGE, "no path" },
		{ "memory:", ERR_USAGE, "tests and dry runs" },
		{ "memory:x", ERR_USAGE, "tests and dry runs" },
		{ "sqlite::memory:", ERR_UNAVAILABLE, ":memory: does not exist" },
		{ "sqlite:file:x?mode=memory", ERR_UNAVAILABLE, "does not exist" },
	};

	return cr_make_param_array(struct refused_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct refused_case *c, registry, refuses_what_it_cannot_open)
{
	struct conn *conn = NULL;
	struct err err = { 0 };

	cr_assert_not(conn_open(c->url, CONN_SOURCE, &conn, &err), "%s", c->url);
	cr_assert_null(conn);
	cr_assert_eq(err.code, c->code, "%s: %s", c->url, err.text);
	cr_assert_not_null(strstr(err.text, c->words), "%s: %s", c->url, err.text);
	cr_assert_null(strstr(err.text, "tiger"), "%s", err.text);
}

struct shown_case {
	char url[100];
	char shown[100];
};

ParameterizedTestParameters(registry, shows_urls_without_passwords)
{
	static struct shown_case cases[] = {
		{ "sqlite:a.db", "sqlite:a.db" },
		{ "sqlite:///x/password=1@y:z", "sqlite:///x/password=1@y:z" },
		{ "postgres://host/db", "postgres://host/db" },
		{ "postgres://me@host/db", "postgres://me@host/db" },
		{ "postgres://me:secret@host/db", "postgres://me:***@host/db" },
		{ "postgres://me:sec:ret@host:5432/db", "postgres://me:***@host:5432/db" },
		{ "postgres://me:sec@ret@host/db", "postgres://me:***@host/db" },
		{ "postgres://me:sec/ret@host/db", "postgres://me:***@host/db" },
		{ "postgres://host:5432/db", "postgres://host:5432/db" },
		{ "postgres://host/db?password=secret&x=1", "postgres://host/db?password=***&x=1" },
		{ "postgres://host/db?sslpassword=secret", "postgres://host/db?sslpassword=***" },
		{ "postgres://me:one@host/db?PASSWORD=two",
		  "postgres://me:***@host/db?PASSWORD=***" },
		{ "", "" },
	};

	return cr_make_param_array(struct shown_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct shown_case *c, registry, shows_urls_without_passwords)
{
	struct arena arena;
	const char *shown;

	arena_init(&arena);
	shown = url_for_people(&arena, c->url);
	cr_assert_str_eq(shown, c->shown, "%s is shown as %s", c->url, shown);
	arena_release(&arena);
}

Test(registry, hides_every_password_of_a_url)
{
	struct arena arena;
	const char *shown;

	arena_init(&arena);
	shown =
	    url_for_people(&arena, "postgres://h/d?password=one&sslpassword=two&password=three");
	cr_assert_null(strstr(shown, "one"), "%s", shown);
	cr_assert_null(strstr(shown, "two"), "%s", shown);
	cr_assert_null(strstr(shown, "three"), "%s", shown);
	arena_release(&arena);
}

Test(registry, closes_nothing_without_complaint)
{
	conn_close(NULL);
	reader_close(NULL, NULL);
}
