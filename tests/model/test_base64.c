/*
 * test_base64.c: the vectors of RFC 4648, and every byte.
 */
#include <criterion/criterion.h>

#include "engine/model/base64.h"

TestSuite(base64, .timeout = 20);

static bool decodes(const char *text, struct span expected)
{
	struct arena arena;
	struct span bytes;
	bool ok;

	arena_init(&arena);
	ok = base64_decode(&arena, span_of(text), &bytes);
	if (ok)
		cr_expect(span_equal(bytes, expected), "%s", text);
	arena_release(&arena);
	return ok;
}

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
	cr_expect(decodes(text, bytes.data ? bytes : SPAN("")), "%s", text);
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

Test(base64, every_byte_comes_back)
{
	char bytes[256];
	struct buf buf;

	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	buf_init(&buf);
	base64_put(&buf, (struct span){ bytes, sizeof(bytes) });
	cr_expect(decodes(buf.data, (struct span){ bytes, sizeof(bytes) }));
	buf_release(&buf);
}

/* One text a value, or two spellings would be two records. */
Test(base64, nothing_but_the_one_spelling_is_read)
{
	static const char *const wrong[] = {
		"Z",     "Zg",         "Zg=",    "Zg===",        "=",     "====",
		"Zh==",  "Zm9=",       "Zg==Zg", "Zg==\n",       " Zg==", "Zg= =",
		"Zm9v ", "Zm9v\nZm9v", "-_8A",   "Zm9v\xC3\xA9", "Zm9.",  "Zm9v="
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_not(decodes(wrong[i], SPAN_NONE), "%s", wrong[i]);
}
