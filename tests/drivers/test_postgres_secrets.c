/*
 * test_postgres_secrets.c: servers that do not let us in: why, for which exit status, and never the password.
 */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "tests/drivers/on_postgres.h"

TestSuite(postgres_secrets, .timeout = 60);

#define SECRET "Geheim"

/* "%H" stands for the server's host and port, "%D" for a database that is there, "%R" for a role. */
static const struct {
	const char *url;
	enum err_code code;
	const char *words;
} refusals[] = {
	{ "postgres://%R:" SECRET "@%H/%D?sslmode=wrong", ERR_RULE, "sslmode" },
	{ "postgres://%R:" SECRET "@%H/%D?sslmode=require", ERR_UNAVAILABLE, "SSL" },
	{ "postgres://%R:" SECRET "@%H/%D?target_session_attrs=wrong", ERR_RULE,
	  "target_session_attrs" },
	{ "postgres://%R:" SECRET "@127.0.0.1:1/%D", ERR_UNAVAILABLE, "refused" },
	{ "postgres://%R:" SECRET "@no-such-host.invalid/%D", ERR_UNAVAILABLE,
	  "no-such-host.invalid" },
	{ "postgres://%R:" SECRET "@/%D?host=/nowhere", ERR_UNAVAILABLE, "/nowhere" },
	{ "postgres://%R:" SECRET "@127.0.0.1:99999/%D", ERR_RULE, "99999" },
	{ "postgres://%R:" SECRET "@%H/no_such_database", ERR_UNAVAILABLE, "no_such_database" },
	{ "postgres://no_such_role:" SECRET "@%H/%D", ERR_PERMISSION, "no_such_role" },
	{ "postgres://engine_nologin:" SECRET "@%H/%D", ERR_PERMISSION, "not permitted to log in" },
	{ "postgres://%R@%H/%D?password=" SECRET "&sslmode=wrong", ERR_RULE, "sslmode" },
	{ "postgres://%R@%H/%D?PASSWORD=" SECRET, ERR_USAGE, "no URL that libpq can read" },
	{ "postgres://%R@%H/%D?sslpassword=" SECRET "&sslmode=wrong", ERR_RULE, "sslmode" },
	{ "postgres://%R:" SECRET "@%H/%D?no_such_option=1", ERR_USAGE,
	  "no URL that libpq can read" },
	{ "postgres://%R:" SECRET "%zz@%H/%D", ERR_USAGE, "no URL that libpq can read" },
	{ "postgres://%R:" SECRET "%00@%H/%D", ERR_USAGE, "no URL that libpq can read" },
	/* passwords that should have been encoded */
	{ "postgres://%R:x@" SECRET "@%H/%D", ERR_USAGE, "%40" },
	{ "postgres://%R:x@" SECRET ":" SECRET "@%H/%D", ERR_USAGE, "%40" },
	{ "postgres://%R:" SECRET "/x@%H/%D", ERR_USAGE, "%40" },
	{ "postgres://%R:" SECRET "/" SECRET "?x@%H/%D", ERR_USAGE, "libpq can read" },
	{ "postgres://%R:" SECRET "?" SECRET "@%H/no_such_database", ERR_UNAVAILABLE,
	  "no_such_database" },
	{ "postgres://%R:" SECRET "#" SECRET "@%H/no_such_database", ERR_UNAVAILABLE,
	  "no_such_database" },
};

static void put_url(const struct on_postgres *at, const char *pattern, char *url, size_t size)
{
	size_t used = 0;

	for (const char *c = pattern; *c && used + 1 < size; c++) {
		if (c[0] == '%' && c[1] == 'H')
			used += (size_t)snprintf(url + used, size - used, "127.0.0.1:%s",
						 PQport(at->fixture.pg));
		else if (c[0] == '%' && c[1] == 'D')
			used +=
			    (size_t)snprintf(url + used, size - used, "%s", PQdb(at->fixture.pg));
		else if (c[0] == '%' && c[1] == 'R')
			used +=
			    (size_t)snprintf(url + used, size - used, "%s", PQuser(at->fixture.pg));
		else
			url[used++] = *c;
		c += c[0] == '%' && strchr("HDR", c[1]);
	}
	url[used] = '\0';
}

static void expect_refusal(const char *url, enum err_code code, const char *words)
{
	struct err err = { 0 };
	struct conn *conn;

	cr_assert_not(conn_open(url, CONN_SOURCE, &conn, &err), "%s", url);
	cr_expect_null(strstr(err.text, SECRET), "%s", err.text);
	cr_expect_eq(err.code, code, "%s: %d: %s", url, err.code, err.text);
	cr_expect_not_null(strstr(err.text, words), "%s: '%s' does not say '%s'", url, err.text,
			   words);
}

Test(postgres_secrets, are_not_told_by_any_refusal)
{
	struct on_postgres at;
	char url[400];

	on_postgres_open(&at);
	on_postgres_run(&at, "do $$ begin if not exists (select from pg_roles where rolname = "
			     "'engine_nologin') then create role engine_nologin; end if; end $$");
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		put_url(&at, refusals[i].url, url, sizeof(url));
		expect_refusal(url, refusals[i].code, refusals[i].words);
	}
	on_postgres_run(&at, "drop role engine_nologin");
	on_postgres_close(&at);
}

Test(postgres_secrets, of_a_database_that_does_not_let_a_role_in)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_be_role(&at);
	on_postgres_run(&at, "alter role %s connection limit 0", at.role);
	expect_refusal(at.fixture.url, ERR_TRANSIENT, "too many connections");
	on_postgres_close(&at);
}

/* Another store's databases must not be taken for one that a role may connect to. */
Test(postgres_secrets, of_a_database_that_nobody_may_enter)
{
	struct on_postgres at;
	char url[400];

	on_postgres_open(&at);
	on_postgres_be_role(&at);
	put_url(&at, "postgres://%R@%H/template0", url, sizeof(url));
	expect_refusal(url, ERR_UNAVAILABLE, "not currently accepting connections");
	on_postgres_close(&at);
}

/* It takes connections and says nothing; whoever says how long to wait for that is not to wait for longer. */
Test(postgres_secrets, of_a_server_that_does_not_answer_within_the_time_of_the_url)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int64_t began_ns = clock_monotonic_ns();
	char url[200];

	cr_assert_eq(bind(listener, (struct sockaddr *)&address, size), 0);
	cr_assert_eq(listen(listener, 1), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	snprintf(url, sizeof(url), "postgres://u@127.0.0.1:%d/d?connect_timeout=1",
		 ntohs(address.sin_port));
	expect_refusal(url, ERR_UNAVAILABLE, "has not let us in for 1 s");
	cr_expect_lt(clock_monotonic_ns() - began_ns, INT64_C(5000000000));
	close(listener);
}

Test(postgres_secrets, stay_out_of_urls_for_people)
{
	static const char *const urls[] = {
		"postgres://u:" SECRET "@h/d",
		"postgres://u:" SECRET "?x@h/d",
		"postgres://u:a?" SECRET "@h/d",
		"postgres://u:" SECRET "/x@h/d",
		"postgres://u:" SECRET "#x@h/d",
		"postgres://u:a@" SECRET "@h/d",
		"postgres://u:a@" SECRET ":b@h/d?application_name=a@b",
		"postgres://u@h/d?password=" SECRET,
		"postgres://u@h/d?sslmode=require&sslpassword=" SECRET "&password=" SECRET,
		"postgres:password=" SECRET " host=h",
	};
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		const char *shown = url_for_people(&arena, urls[i]);

		cr_expect_null(strstr(shown, SECRET), "%s", shown);
	}
	cr_expect_str_eq(url_for_people(&arena, "postgres://u@h:5432/d?application_name=a@b"),
			 "postgres://u@h:5432/d?application_name=a@b");
	cr_expect_str_eq(url_for_people(&arena, "postgres://h:5432/d?application_name=a@b"),
			 "postgres://h:5432/d?application_name=a@b");
	arena_release(&arena);
}
