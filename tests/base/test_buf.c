/*
 * test_buf.c: a buffer grows, keeps its bytes, and always ends in a NUL.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"

static struct buf buf;

static void start(void)
{
	buf_init(&buf);
}

static void stop(void)
{
	buf_release(&buf);
}

TestSuite(buf, .timeout = 20, .init = start, .fini = stop);
TestSuite(clock, .timeout = 20);

Test(buf, an_empty_one_is_an_empty_text_and_not_no_value)
{
	cr_assert_not_null(buf_span(&buf).data);
	cr_assert_eq(buf_span(&buf).size, 0);
	buf_put(&buf, NULL, 0);
	cr_assert_str_eq(buf.data, "");
}

Test(buf, ends_in_a_nul_after_every_byte)
{
	for (size_t i = 0; i < 5000; i++) {
		buf_put_char(&buf, (char)('a' + i % 26));
		cr_assert_eq(buf.size, i + 1);
		cr_assert_eq(buf.data[buf.size], '\0');
		cr_assert_gt(buf.capacity, buf.size);
	}
	for (size_t i = 0; i < 5000; i++)
		cr_assert_eq(buf.data[i], (char)('a' + i % 26));
}

Test(buf, a_reset_keeps_the_memory)
{
	const char *data;

	buf_put_text(&buf, "some text that is long enough to matter");
	data = buf.data;
	buf_reset(&buf);
	cr_assert_eq(buf.size, 0);
	cr_assert_str_eq(buf.data, "");
	buf_put_span(&buf, SPAN("x"));
	cr_assert_eq(buf.data, data);
	cr_assert_str_eq(buf.data, "x");
}

Test(buf, writes_integers_as_printf_does)
{
	static const int64_t values[] = { 0,
					  1,
					  -1,
					  9,
					  10,
					  -10,
					  99,
					  100,
					  4294967296,
					  INT64_MAX,
					  INT64_MIN,
					  INT64_MIN + 1,
					  1000000000000000000 };
	char expected[32];

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(expected, sizeof(expected), "%" PRId64, values[i]);
		buf_reset(&buf);
		buf_put_int(&buf, values[i]);
		cr_expect_str_eq(buf.data, expected);
	}
}

Test(buf, prints_at_every_fill_of_its_memory)
{
	for (int fill = 0; fill < 200; fill++) {
		for (int size = 1; size < 150; size += 7) {
			buf_release(&buf);
			for (int i = 0; i < fill; i++)
				buf_put_char(&buf, '.');
			buf_print(&buf, "%0*d", size, 3);
			cr_assert_eq(buf.size, (size_t)(fill + size));
			cr_assert_eq(strlen(buf.data), buf.size);
			cr_assert_eq(buf.data[buf.size - 1], '3');
		}
	}
}

Test(buf, reserves_room_so_that_the_data_stays_where_it_is)
{
	const char *data;

	buf_reserve(&buf, 10000);
	data = buf.data;
	for (int i = 0; i < 10000; i++)
		buf_put_char(&buf, 'x');
	cr_assert_eq(buf.data, data);
}

Test(buf, an_absurd_size_says_try_again, .exit_code = 75)
{
	buf_reserve(&buf, SIZE_MAX - 10);
}

Test(clock, the_monotonic_clock_goes_on_and_sleeping_takes_its_time)
{
	int64_t before = clock_monotonic_ns();

	clock_sleep_ns(3000000);
	cr_assert_geq(clock_monotonic_ns() - before, 3000000);
}

Test(clock, sleeping_for_nothing_or_less_returns_at_once)
{
	clock_sleep_ns(0);
	clock_sleep_ns(INT64_MIN);
}

Test(clock, the_wall_clock_counts_microseconds_since_1970)
{
	int64_t now = clock_wall_us();

	cr_assert_gt(now, INT64_C(1700000000000000));
	cr_assert_lt(now, INT64_C(7000000000000000));
}
