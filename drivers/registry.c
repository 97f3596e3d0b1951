/*
 * registry.c: which drivers there are, and how a URL finds its own.
 */
#include <string.h>

#include "drivers/driver.h"
#include "drivers/memory/memory.h"
#include "drivers/postgres/postgres.h"
#include "drivers/segment/segment.h"
#include "drivers/sqlite/sqlite.h"

static const struct driver *const drivers[] = { &sqlite_driver, &postgres_driver, &segment_driver,
						&memory_driver };

enum { DRIVER_COUNT = sizeof(drivers) / sizeof(drivers[0]) };

/* The length of "sqlite" in "sqlite:legacy.db", or 0 when there is no scheme. Schemes are ASCII and
 * compared as written: isalnum() would ask the locale. */
static size_t scheme_size(const char *url)
{
	size_t size = strspn(url, "abcdefghijklmnopqrstuvwxyz0123456789+.-");

	return url[size] == ':' ? size : 0;
}

static const struct driver *driver_for(const char *url)
{
	struct span scheme = { url, scheme_size(url) };

	for (int i = 0; i < DRIVER_COUNT; i++)
		if (span_equal_text(scheme, drivers[i]->scheme) ||
		    (drivers[i]->other_scheme && span_equal_text(scheme, drivers[i]->other_scheme)))
			return drivers[i];
	return NULL;
}

static bool unknown_scheme(struct arena *arena, const char *url, enum conn_role role,
			   struct err *err)
{
	const char *shown = url_for_people(arena, url);

	if (role == CONN_ARCHIVE)
		return err_set(err, ERR_USAGE, "'%s' is no folder for segments: write segment:DIR",
			       shown);

	if (scheme_size(url) == 0)
		return err_set(err, ERR_USAGE,
			       "'%s' is no database URL: write sqlite:PATH or postgres://…", shown);
	return err_set(err, ERR_USAGE,
		       "no driver for '%.*s:' in '%s': there are sqlite:PATH and postgres://…",
		       (int)scheme_size(url), url, shown);
}

bool conn_open(const char *url, enum conn_role role, struct conn **conn, struct err *err)
{
	const struct driver *driver = driver_for(url);
	/* What it has to be able to be, and in whose words. */
	static const struct {
		unsigned can;
		const char *name;
	} roles[] = {
		[CONN_SOURCE] = { DRIVER_CAN_SOURCE, "the legacy database" },
		[CONN_TARGET] = { DRIVER_CAN_TARGET, "the target" },
		[CONN_TARGET_READ] = { DRIVER_CAN_TARGET, "the target" },
		[CONN_ARCHIVE] = { DRIVER_CAN_ARCHIVE, "cold; write segment:DIR" },
	};
	struct arena arena;
	bool ok = false;

	*conn = NULL;
	arena_init(&arena);
	if (driver == NULL)
		unknown_scheme(&arena, url, role, err);
	else if (!(driver->can & roles[role].can))
		err_set(err, ERR_RULE, "'%s:' cannot be %s", driver->scheme, roles[role].name);
	else if (!driver->open(url, role, conn, err))
		err_while(err, "opening %s", url_for_people(&arena, url));
	else
		ok = true;
	arena_release(&arena);
	return ok;
}

void conn_close(struct conn *conn)
{
	if (conn)
		conn->driver->close(conn);
}

bool url_is_same_store(const char *url, const char *other)
{
	const struct driver *driver = driver_for(url);

	return driver && driver->is_same && driver == driver_for(other) &&
	       driver->is_same(url, other);
}

bool url_is_remote(const char *url)
{
	const struct driver *driver = driver_for(url);

	return driver && (driver->can & DRIVER_REMOTE);
}

bool conn_is_lost(const struct conn *conn)
{
	return conn->driver->is_lost && conn->driver->is_lost(conn);
}

bool conn_is_same_store(const struct conn *conn, const struct conn *other)
{
	const struct driver *driver = conn->driver;

	return driver == other->driver && driver->identity &&
	       strcmp(driver->identity(conn), driver->identity(other)) == 0;
}

/* Is the '@' part of an option's value, "host:5432/d?application_name=a@b"? Then a port and a '=' stand before it; what looks
 * otherwise is a password that should have been percent-encoded. */
static bool is_in_option(const char *start, const char *at)
{
	size_t place = strcspn(start, "/?#");
	const char *colon = memchr(start, ':', place);
	const char *option = memchr(start, '?', (size_t)(at - start));

	if (option == NULL || memchr(option, '=', (size_t)(at - option)) == NULL)
		return false;
	return colon == NULL || colon + 1 + strspn(colon + 1, "0123456789,") == start + place;
}

/* Where the password of "scheme://user:password@host" lies; an empty span when there is none. The
 * last '@' ends it: a password that should have been percent-encoded is hidden whole. */
static struct span authority_password(const char *url)
{
	const char *start = strstr(url, "://");
	const char *at, *colon;

	if (start == NULL)
		return SPAN_NONE;
	start += 3;
	at = memrchr(start, '@', strlen(start));
	if (at && is_in_option(start, at))
		at = memrchr(start, '@', strcspn(start, "?"));
	colon = at ? memchr(start, ':', (size_t)(at - start)) : NULL;
	if (colon == NULL)
		return SPAN_NONE;
	return (struct span){ colon + 1, (size_t)(at - colon - 1) };
}

/* The value of the first "password=" or "sslpassword=" at or behind `from`. */
static struct span parameter_password(const char *from)
{
	const char *word = strcasestr(from, "password");

	for (; word; word = strcasestr(word + 1, "password")) {
		const char *value = word + strlen("password");

		if (*value == '=')
			return (struct span){ value + 1, strcspn(value + 1, "&") };
	}
	return SPAN_NONE;
}

/* The same URL with stars for the hidden part; *behind is where they end. */
static const char *cover(struct arena *arena, const char *url, struct span hidden,
			 const char **behind)
{
	size_t kept = (size_t)(hidden.data - url);
	const char *covered =
	    arena_print(arena, "%.*s***%s", (int)kept, url, hidden.data + hidden.size).data;

	*behind = covered + kept + 3;
	return covered;
}

const char *url_for_people(struct arena *arena, const char *url)
{
	const char *shown = arena_text(arena, url);
	const char *from = shown;
	struct span hidden;

	/* A file's name has no password in it, whatever it looks like. */
	if (driver_for(url) == &sqlite_driver || driver_for(url) == &segment_driver)
		return shown;
	hidden = authority_password(shown);
	if (hidden.data)
		shown = cover(arena, shown, hidden, &from);
	for (hidden = parameter_password(from); hidden.data; hidden = parameter_password(from))
		shown = cover(arena, shown, hidden, &from);
	return shown;
}
