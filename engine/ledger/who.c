/*
 * who.c: asks the system for the names of the user and of the machine.
 */
#include "engine/ledger/who.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

enum { HOST_SIZE = 90, RECORD_SIZE = 4096 };

_Static_assert(WHO_SIZE > WHO_USER_SIZE + HOST_SIZE, "a user and a host fit");

static void make_printable(char *text)
{
	for (char *at = text; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
}

void who_is_user(char user[WHO_USER_SIZE])
{
	char record[RECORD_SIZE];
	struct passwd entry, *found = NULL;

	if (getpwuid_r(geteuid(), &entry, record, sizeof(record), &found) == 0 && found)
		snprintf(user, WHO_USER_SIZE, "%s", entry.pw_name);
	else
		snprintf(user, WHO_USER_SIZE, "uid %ld", (long)geteuid());
	make_printable(user);
}

static void host_name(char name[HOST_SIZE])
{
	/* A name that was cut may lack its end. */
	if (gethostname(name, HOST_SIZE - 1) != 0)
		snprintf(name, HOST_SIZE, "?");
	name[HOST_SIZE - 1] = '\0';
	make_printable(name);
}

void who_am_i(char who[WHO_SIZE])
{
	char user[WHO_USER_SIZE] = "", host[HOST_SIZE] = "";

	who_is_user(user);
	host_name(host);
	snprintf(who, WHO_SIZE, "%s@%s", user, host);
}
