/*
 * facts.c: small facts by name, each a JSON text.
 */
#include <string.h>

#include "engine/base/require.h"
#include "engine/state/state_internal.h"

bool state_put_fact(struct state *state, const char *name, struct span value, struct err *err)
{
	struct state_write write;

	require(name[0] != '\0');
	require(strlen(name) <= ENTRY_KEY_BYTES_MAX);
	require(value.data != NULL);
	if (!state_begin_write(state, &write, err))
		return false;
	if (entry_put(&write, TABLE_FACTS, span_of(name), value, err))
		return state_commit(&write, err);
	state_roll_back(&write);
	return false;
}

bool state_get_fact(struct state *state, const char *name, struct arena *arena, struct span *value,
		    struct err *err)
{
	MDB_txn *transaction = NULL;
	bool ok;

	*value = SPAN_NONE;
	if (!state_begin_read(state, &transaction, err))
		return false;
	ok = entry_get(state, transaction, TABLE_FACTS, span_of(name), value, err);
	if (ok && value->data)
		*value = arena_copy(arena, *value);
	mdb_txn_abort(transaction);
	return ok;
}
