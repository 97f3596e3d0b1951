/*
 * who.h: who does something: the user and the machine, as the system names them.
 */
#ifndef ENGINE_LEDGER_WHO_H
#define ENGINE_LEDGER_WHO_H

enum { WHO_SIZE = 200, WHO_USER_SIZE = 90 };

/* The user this process acts for, whatever the environment says; one without a name is "uid 1000". What is no printable ASCII
 * character becomes '?'. */
void who_is_user(char user[WHO_USER_SIZE]);

/* "user@host", likewise. */
void who_am_i(char who[WHO_SIZE]);

#endif
