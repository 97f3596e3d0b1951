/*
 * who.c: asks the system for the names of the user and of the machine.
 */
#include "engine/ledger/who.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

enum { NAME_SIZE = 90, RECORD_SIZE = 4096 };

/* The user this process acts for, whatever the environment says. */
static void user_name(char name[NAME_SIZE])
{
	char record[RECORD_SIZE];
	struct passwd user, *found = NULL;

	if (getpwuid_r(geteuid(), &user, record, sizeof(record), &found) == 0 && found)
		snprintf(name, NAME_SIZE, "%s", user.pw_name);
	else
		snprintf(name, NAME_SIZE, "uid %ld", (long)geteuid());
}

static void host_name(char name[NAME_SIZE])
{
	/* A name that was cut may lack its end. */
	if (gethostname(name, NAME_SIZE - 1) != 0)
		snprintf(name, NAME_SIZE, "?");
	name[NAME_SIZE - 1] = '\0';
}

void who_am_i(char who[WHO_SIZE])
{
	char user[NAME_SIZE] = "", host[NAME_SIZE] = "";

	user_name(user);
	host_name(host);
	snprintf(who, WHO_SIZE, "%s@%s", user, host);
	for (char *at = who; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
}
