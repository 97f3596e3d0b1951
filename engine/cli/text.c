/*
 * text.c: the way messages look.
 */
#include "engine/cli/text.h"

#include <errno.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/utf8_step.h"

enum { WORD_MAX = 48 };

static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	size_t b_size = strlen(b);

	for (size_t j = 0; j <= b_size; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_size; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			row[j] = best;
		}
	}
	return row[b_size];
}

const char *text_nearest(const char *word, const char *(*name_at)(int index), int count)
{
	size_t limit = strlen(word) / 3 + 1;
	const char *nearest = NULL;

	if (strlen(word) > WORD_MAX)
		return NULL;
	for (int i = 0; i < count; i++) {
		size_t far = distance(word, name_at(i));

		if (far > limit)
			continue;
		nearest = name_at(i);
		limit = far;
		if (far == 0)
			break;
	}
	return nearest;
}

void text_put_number(struct buf *buf, int64_t number)
{
	char digits[32];
	int size = snprintf(digits, sizeof(digits), "%lld", (long long)number);
	int start = digits[0] == '-';

	for (int i = 0; i < size; i++) {
		if (i > start && (size - i) % 3 == 0)
			buf_put_char(buf, ',');
		buf_put_char(buf, digits[i]);
	}
}

bool text_is_control(struct span text, size_t at)
{
	size_t size = utf8_step(text.data + at, text.size - at);

	return size == 0 || utf8_is_terminal_control(utf8_code_point(text.data + at, size));
}

size_t text_step(struct span text, size_t at)
{
	size_t size = utf8_step(text.data + at, text.size - at);

	return size ? size : 1;
}

void text_put_inert(struct buf *buf, struct span text)
{
	for (size_t at = 0, size; at < text.size; at += size) {
		size = text_step(text, at);
		if (!text_is_control(text, at))
			buf_put(buf, text.data + at, size);
		else if (size > 1)
			buf_print(buf, "\\u%04x", (unsigned)utf8_code_point(text.data + at, size));
		else
			buf_print(buf, "\\x%02x", (unsigned)(unsigned char)text.data[at]);
	}
}

/* Where the word at `at` ends, and how many columns it takes. */
static size_t end_of_word(struct span text, size_t at, int *columns)
{
	for (*columns = 0; at < text.size && text.data[at] != ' '; ++*columns)
		at += text_step(text, at);
	return at;
}

void text_put_wrapped(struct buf *buf, const struct look *look, int column, int indent,
		      struct span text)
{
	size_t at = 0;

	if (look->columns == 0 || look->columns <= indent) {
		text_put_inert(buf, text);
		return;
	}
	while (at < text.size) {
		int word;
		size_t start = at;
		size_t end;

		while (at < text.size && text.data[at] == ' ')
			at++;
		end = end_of_word(text, at, &word);
		if (start > 0 && column + (int)(at - start) + word > look->columns) {
			buf_print(buf, "\n%*s", indent, "");
			column = indent;
			start = at;
		}
		column += (int)(at - start) + word;
		text_put_inert(buf, (struct span){ text.data + start, end - start });
		at = end;
	}
}

/* ---- keys ---- */

bool text_to_key(struct arena *arena, const char *word, struct span *key, struct err *err)
{
	struct json_value value;
	struct buf buf;

	if (*word == '[') {
		*key = span_of(word);
		return json_read(*key, arena, &value, err) || err_while(err, "the key %s", word);
	}
	buf_init(&buf);
	buf_put_char(&buf, '[');
	json_put_lossy(&buf, span_of(word));
	buf_put_char(&buf, ']');
	*key = arena_copy(arena, buf_span(&buf));
	buf_release(&buf);
	return true;
}

/* ---- out ---- */

static bool write_all(int file, struct buf *buf)
{
	size_t done = 0;

	while (done < buf->size) {
		ssize_t wrote = write(file, buf->data + done, buf->size - done);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return false;
		done += (size_t)wrote;
	}
	buf_reset(buf);
	return true;
}

void text_to_stderr(struct buf *buf)
{
	/* Where stderr is gone there is nobody left to tell. */
	if (!write_all(STDERR_FILENO, buf))
		buf_reset(buf);
}

bool text_to_stdout(struct buf *buf, struct err *err)
{
	if (write_all(STDOUT_FILENO, buf))
		return true;
	return err_set(err, ERR_IO, "writing to standard output: %s", strerror(errno));
}
