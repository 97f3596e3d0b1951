/*
 * ledger_head.c: the last ledger entry this machine has seen, as a fact of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/require.h"
#include "engine/state/state_internal.h"

#define LEDGER_FACT "ledger"

enum { NUMBER_DIGITS_MAX = 18 };

bool state_put_ledger_head(struct state *state, const struct ledger_head *head, struct err *err)
{
	struct json_writer json;
	struct buf text;
	bool ok;

	require(head->entry_no >= 1);
	require(strlen(head->hash) == SHA256_HEX_SIZE - 1);
	buf_init(&text);
	json_writer_init(&json, &text);
	json_open(&json, '{');
	json_key(&json, "entry");
	json_int(&json, head->entry_no);
	json_key(&json, "hash");
	json_text(&json, head->hash);
	json_close(&json, '}');
	ok = state_put_fact(state, LEDGER_FACT, buf_span(&text), err);
	buf_release(&text);
	return ok;
}

static bool take_number(const struct json_value *value, int64_t *number)
{
	char digits[NUMBER_DIGITS_MAX + 1];

	if (!value || value->kind != JSON_NUMBER || value->text.size > NUMBER_DIGITS_MAX)
		return false;
	memcpy(digits, value->text.data, value->text.size);
	digits[value->text.size] = '\0';
	*number = strtoll(digits, NULL, 10);
	return *number >= 1 && strspn(digits, "0123456789") == value->text.size;
}

static bool take_hash(const struct json_value *value, char hash[SHA256_HEX_SIZE])
{
	if (!value || value->kind != JSON_STRING || value->text.size != SHA256_HEX_SIZE - 1)
		return false;
	memcpy(hash, value->text.data, value->text.size);
	hash[value->text.size] = '\0';
	return strspn(hash, "0123456789abcdef") == value->text.size;
}

static bool decode(struct span text, struct arena *arena, struct ledger_head *head, struct err *err)
{
	struct json_value fact;

	if (!json_read(text, arena, &fact, err))
		return false;
	return (take_number(json_member(&fact, "entry"), &head->entry_no) &&
		take_hash(json_member(&fact, "hash"), head->hash)) ||
	       err_set(err, ERR_DATA, "it has another shape");
}

bool state_get_ledger_head(struct state *state, struct ledger_head *head, bool *found,
			   struct err *err)
{
	struct arena arena;
	struct span text;
	bool ok;

	*head = (struct ledger_head){ .entry_no = 0 };
	arena_init(&arena);
	ok = state_get_fact(state, LEDGER_FACT, &arena, &text, err);
	*found = ok && text.data;
	if (*found && !decode(text, &arena, head, err))
		ok =
		    err_while(err,
			      "the fact \"" LEDGER_FACT "\" of state folder %s is damaged; `engine "
			      "state rebuild` makes it again from the target",
			      state->folder.path);
	arena_release(&arena);
	return ok;
}
