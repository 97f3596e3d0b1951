/*
 * test_figures.c: counts are read as written or not at all.
 */
#include <criterion/criterion.h>

#include "engine/base/figures.h"

TestSuite(figures, .timeout = 30);

Test(figures, reads_whole_numbers_from_one)
{
	int64_t count;

	cr_assert(figure_parse_count(SPAN("1"), false, &count) && count == 1);
	cr_assert(figure_parse_count(SPAN("007"), false, &count) && count == 7);
	cr_assert(figure_parse_count(SPAN("9223372036854775807"), false, &count) &&
		  count == INT64_MAX);
	cr_assert(figure_parse_count(SPAN("5k"), true, &count) && count == 5000);
	cr_assert(figure_parse_count(SPAN("2G"), true, &count) && count == 2000000000);
}

Test(figures, refuses_what_is_none)
{
	static const char *const texts[] = { "",
					     "0",
					     "-1",
					     "+1",
					     " 1",
					     "1 ",
					     "1.5",
					     "0x10",
					     "k",
					     "5K",
					     "5kk",
					     "0k",
					     "9223372036854775808",
					     "9223372036854775807k" };
	int64_t count;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		cr_assert_not(figure_parse_count(span_of(texts[i]), true, &count), "%s", texts[i]);
	cr_assert_not(figure_parse_count(SPAN("5k"), false, &count));
}

Test(figures, says_durations_as_people_do)
{
	struct buf text;

	buf_init(&text);
	figure_put_duration(&text, 9);
	buf_put_char(&text, '|');
	figure_put_duration(&text, 42.4);
	buf_put_char(&text, '|');
	figure_put_duration(&text, 125);
	buf_put_char(&text, '|');
	figure_put_duration(&text, 11520);
	cr_assert_str_eq(text.data, "9.0 s|42 s|2 m 05 s|3 h 12 m");
	buf_release(&text);
}
