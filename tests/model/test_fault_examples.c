/*
 * test_fault_examples.c: the embedded examples are there, whole, and fall into their parts.
 */
#include <criterion/criterion.h>

#include "engine/model/fault.h"
#include "engine/model/fault_examples.h"

TestSuite(fault_examples, .timeout = 60);

Test(fault_examples, every_code_fails_once_and_is_mended_once)
{
	for (int i = 0; i < fault_code_count(); i++) {
		struct span rest = fault_example(fault_code_at(i));
		struct example_part part;
		int fails = 0, fixed = 0;
		size_t size = 0;

		while (example_next(&rest, &part)) {
			fails += span_equal_text(part.name, "fails");
			fixed += span_equal_text(part.name, "fixed");
			size += part.text.size;
		}
		cr_assert_eq(fails, 1, "%s", fault_code_at(i));
		cr_assert_eq(fixed, 1, "%s", fault_code_at(i));
		cr_assert_gt(size, 0, "%s", fault_code_at(i));
	}
	cr_assert_null(fault_example("E9999").data);
}

Test(fault_examples, parts_have_names_commands_and_texts)
{
	struct span rest =
	    span_of("--- legacy\none;\n--- fails: engine run: a\n\n--- fixed: b\n---\nx");
	struct example_part part;

	cr_assert(example_next(&rest, &part));
	cr_assert(span_equal_text(part.name, "legacy"));
	cr_assert_eq(part.command.size, 0);
	cr_assert(span_equal_text(part.text, "one;\n"));
	cr_assert(example_next(&rest, &part));
	cr_assert(span_equal_text(part.name, "fails"));
	cr_assert(span_equal_text(part.command, "engine run: a"));
	cr_assert(span_equal_text(part.text, "\n"));
	cr_assert(example_next(&rest, &part));
	cr_assert(span_equal_text(part.command, "b"));
	cr_assert(span_equal_text(part.text, "---\nx"));
	cr_assert_not(example_next(&rest, &part));
}
