/*
 * test_naming.c: names that people would have given, out of those that legacy has.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/draft/naming.h"

static struct arena arena;

static void begin(void)
{
	arena_init(&arena);
}

static void end(void)
{
	arena_release(&arena);
}

TestSuite(naming, .init = begin, .fini = end);

Test(naming, in_camel_case_and_in_capitals)
{
	static const struct {
		const char *name, *camel, *capitals;
	} cases[] = {
		{ "del_id", "delId", "DEL_ID" },
		{ "InvoiceLine", "invoiceLine", "INVOICE_LINE" },
		{ "URLPath", "urlPath", "URL_PATH" },
		{ "FILM_ACTOR", "filmActor", "FILM_ACTOR" },
		{ "address2", "address2", "ADDRESS2" },
		{ "2nd name", "ndName", "ND_NAME" },
		{ "größe", "grE", "GR_E" },
		{ "end", "end_", "END" },
		{ "---", "field", "field" },
		{ "", "field", "field" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cr_expect_str_eq(name_in_camel_case(&arena, cases[i].name, "field"),
				 cases[i].camel);
		cr_expect_str_eq(name_in_capitals(&arena, cases[i].name, "field"),
				 cases[i].capitals);
	}
}

Test(naming, a_long_name_is_cut)
{
	char name[200];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	cr_expect_leq(strlen(name_in_camel_case(&arena, name, "field")), 40);
}

Test(naming, no_name_twice)
{
	struct names names = { .arena = &arena };

	cr_expect_str_eq(names_take(&names, "a"), "a");
	cr_expect_str_eq(names_take(&names, "a"), "a2");
	cr_expect_str_eq(names_take(&names, "a2"), "a22");
	cr_expect_str_eq(names_take(&names, "a"), "a3");
}

Test(naming, what_continues_a_name)
{
	static const struct {
		const char *name, *above, *rest;
	} cases[] = {
		{ "del_events", "del", "events" },
		{ "InvoiceLine", "Invoice", "Line" },
		{ "order_lines", "orders", "lines" },
		{ "delivery", "del", NULL },
		{ "del", "del", NULL },
		{ "del_", "del", NULL },
		{ "events", "del", NULL },
		{ "INVOICELINE", "Invoice", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *rest = name_behind(cases[i].name, cases[i].above);

		cr_expect((rest == NULL) == (cases[i].rest == NULL) &&
			      (rest == NULL || strcmp(rest, cases[i].rest) == 0),
			  "%s behind %s", cases[i].name, cases[i].above);
	}
}
