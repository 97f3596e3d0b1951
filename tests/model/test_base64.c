/*
 * test_base64.c: the vectors of RFC 4648, and every byte.
 */
#include <criterion/criterion.h>

#include "engine/model/base64.h"

TestSuite(base64, .timeout = 20);

static void expect(struct span bytes, const char *text)
{
	struct buf buf;

	buf_init(&buf);
	buf_put_char(&buf, '"');
	base64_put(&buf, bytes);
	buf_put_char(&buf, '"');
	cr_expect_eq(buf.size, strlen(text) + 2);
	cr_expect_eq(strncmp(buf.data + 1, text, strlen(text)), 0, "%s", buf.data);
	cr_expect_eq(buf.data[buf.size - 1], '"');
	buf_release(&buf);
}

Test(base64, is_rfc_4648_with_padding)
{
	expect(SPAN(""), "");
	expect(SPAN_NONE, "");
	expect(SPAN("f"), "Zg==");
	expect(SPAN("fo"), "Zm8=");
	expect(SPAN("foo"), "Zm9v");
	expect(SPAN("foob"), "Zm9vYg==");
	expect(SPAN("fooba"), "Zm9vYmE=");
	expect(SPAN("foobar"), "Zm9vYmFy");
	expect(SPAN("\xfb\xff\x00"), "+/8A");
}
