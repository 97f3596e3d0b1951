/*
 * ledger_text.h: ledger entries and what is wrong with them, as text and as JSON.
 */
#ifndef ENGINE_CLI_LEDGER_TEXT_H
#define ENGINE_CLI_LEDGER_TEXT_H

#include "engine/base/json.h"
#include "engine/cli/text.h"
#include "engine/ledger/ledger.h"

/* One line: number, beginning of the hash, time, who, kind, and what the body says. scratch is reset. */
void ledger_put_line(struct buf *buf, const struct look *look, const struct ledger_entry *entry,
		     struct arena *scratch);

/* The same as an object. A body that is no JSON stands there as a text. */
void ledger_put_json(struct json_writer *json, const struct ledger_entry *entry,
		     struct arena *scratch);

/* "entry 3: its hash is not that of its contents", one a line. */
void ledger_put_breaks(struct buf *buf, const struct ledger_report *report);

/* The member "breaks". */
void ledger_put_breaks_json(struct json_writer *json, const struct ledger_report *report);

#endif
