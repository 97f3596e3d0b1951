/*
 * text.c: the way messages look.
 */
#include "engine/cli/text.h"

#include <errno.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/require.h"

enum { WORD_MAX = 48, SOURCE_BYTES_MAX = 4 << 20, SOURCE_SHOWN = 100 };

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

void text_put_duration(struct buf *buf, double seconds)
{
	long long whole = (long long)(seconds + 0.5);

	if (seconds < 10)
		buf_print(buf, "%.1f s", seconds);
	else if (whole < 60)
		buf_print(buf, "%lld s", whole);
	else if (whole < 3600)
		buf_print(buf, "%lld m %02lld s", whole / 60, whole % 60);
	else
		buf_print(buf, "%lld h %02lld m", whole / 3600, whole / 60 % 60);
}

/* ---- faults ---- */

static struct span line_of(struct span text, int line)
{
	const char *at = text.data;
	const char *end = text.data + text.size;

	for (int i = 1; i < line && at; i++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	if (!at || at >= end)
		return SPAN_NONE;
	text.data = at;
	at = memchr(at, '\n', (size_t)(end - at));
	text.size = (size_t)((at ? at : end) - text.data);
	return text;
}

static void put_visible(struct buf *buf, struct span text)
{
	for (size_t i = 0; i < text.size && i < SOURCE_SHOWN; i++) {
		char c = text.data[i];

		if (c == '\t')
			buf_put_text(buf, "    ");
		else
			buf_put_char(buf, (unsigned char)c < 32 || c == 127 ? '?' : c);
	}
	if (text.size > SOURCE_SHOWN)
		buf_put_text(buf, "…");
}

static void put_source_line(struct buf *buf, const struct fault *fault)
{
	struct arena arena;
	struct span text;
	struct err ignored = { ERR_NONE, "" };

	arena_init(&arena);
	if (fault->line > 0 && file_read(fault->file, SOURCE_BYTES_MAX, &arena, &text, &ignored)) {
		struct span line = line_of(text, fault->line);

		if (line.data) {
			buf_put_text(buf, "     |\n");
			buf_print(buf, "%4d | ", fault->line);
			put_visible(buf, line);
			buf_put_text(buf, "\n     |\n");
		}
	}
	arena_release(&arena);
}

static void put_part(struct buf *buf, const char *name, struct span text)
{
	if (text.size > 0)
		buf_print(buf, "   = %-8s %.*s\n", name, SPAN_ARGS(text));
}

void text_put_fault(struct buf *buf, const struct cli *cli, const char *kind,
		    const struct fault *fault, struct span record)
{
	const char *strong = cli->colored ? (*kind == 'e' ? "\033[1;31m" : "\033[1;33m") : "";
	const char *plain = cli->colored ? "\033[0m" : "";

	buf_print(buf, "%s%s[%s]%s: %.*s\n", strong, kind, fault->code, plain,
		  SPAN_ARGS(fault->message));
	if (fault->file) {
		buf_print(buf, "  --> %s", fault->file);
		if (fault->line > 0)
			buf_print(buf, ":%d", fault->line);
		buf_print(buf, "   %.*s\n", SPAN_ARGS(fault->where));
		put_source_line(buf, fault);
	} else if (fault->where.size > 0) {
		buf_print(buf, "  --> %.*s\n", SPAN_ARGS(fault->where));
	}
	put_part(buf, "record", record);
	if (fault->saw_kind != SAW_NOTHING) {
		buf_put_text(buf, "   = saw      ");
		fault_put_saw(buf, fault);
		buf_put_char(buf, '\n');
	}
	put_part(buf, "nearest", fault->nearest);
	put_part(buf, "why", fault_why(fault));
	if (fault_help(fault).size > 0)
		buf_print(buf, "help: %.*s\n", SPAN_ARGS(fault_help(fault)));
}

static bool is_same(const struct fault *a, const struct fault *b)
{
	return strcmp(a->code, b->code) == 0 && a->line == b->line &&
	       span_equal(a->message, b->message) && span_equal(a->where, b->where);
}

void text_put_faults(struct buf *buf, const struct cli *cli, const char *kind,
		     const struct fault_list *faults)
{
	for (size_t i = 0; i < faults->fault_count; i++) {
		const struct fault *fault = &faults->faults[i];
		size_t again = 0;
		bool shown = false;

		for (size_t j = 0; j < i && !shown; j++)
			shown = is_same(&faults->faults[j], fault);
		if (shown)
			continue;
		for (size_t j = i + 1; j < faults->fault_count; j++)
			again += is_same(&faults->faults[j], fault);
		text_put_fault(buf, cli, kind, fault, SPAN(""));
		if (again > 0)
			buf_print(buf, "   = and %zu more like this\n", again);
		buf_put_char(buf, '\n');
	}
}

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
