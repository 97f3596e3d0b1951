/*
 * who.h: who writes an entry: the user and the machine, as the system names them. For the room only.
 */
#ifndef ENGINE_LEDGER_WHO_H
#define ENGINE_LEDGER_WHO_H

enum { WHO_SIZE = 200 };

/* "user@host". What is no printable ASCII character becomes '?'; a user without a name is "uid 1000". */
void who_am_i(char who[WHO_SIZE]);

#endif
