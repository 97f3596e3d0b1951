/*
 * naming.h: names of entities, sources and fields, made of those that legacy gave. For engine/draft only.
 */
#ifndef ENGINE_DRAFT_NAMING_H
#define ENGINE_DRAFT_NAMING_H

#include <stdbool.h>

#include "engine/base/arena.h"

/* Names that are taken in one place: no two things there are called alike. */
struct names {
	struct arena *arena; /* borrowed */
	const char **names;
	int count;
};

/* The name itself, or with a number behind it where it is taken; it is then. */
const char *names_take(struct names *names, const char *wanted);

/* "invoice_line", "InvoiceLine", "INVOICE LINE" → invoiceLine; `otherwise` where no letter is in it. At most 40 bytes, of letters
 * and digits, a letter first; no word of Lua's. */
const char *name_in_camel_case(struct arena *arena, const char *name, const char *otherwise);
/* → INVOICE_LINE */
const char *name_in_capitals(struct arena *arena, const char *name, const char *otherwise);

/* Does the name of a table continue that of another: "del_events" "del", "InvoiceLine" "Invoice", "order_lines" "orders"? Then where
 * the rest begins, else NULL. */
const char *name_behind(const char *name, const char *above);

#endif
