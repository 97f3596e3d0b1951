/*
 * fault_text.c: a block a kind of fault, made to be read by people who did not write the rule.
 */
#include "engine/cli/fault_text.h"

#include "engine/base/file.h"

enum { SOURCE_BYTES_MAX = 4 << 20, SOURCE_SHOWN = 100, GUTTER = 7, PART = 14 };

/* ---- the line of the rule ---- */

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

static void put_visible(struct buf *buf, struct span text, int room)
{
	int column = 0;

	for (size_t i = 0, size; i < text.size; i += size) {
		char c = text.data[i];

		size = text_step(text, i);
		column += c == '\t' ? 4 : 1;
		if (column >= room && i + size < text.size) {
			buf_put_text(buf, "…");
			return;
		}
		if (c == '\t')
			buf_put_text(buf, "    ");
		else if (text_is_control(text, i))
			buf_put_char(buf, '?');
		else
			buf_put(buf, text.data + i, size);
	}
}

static int count_characters(struct span text)
{
	int count = 0;

	for (size_t i = 0; i < text.size; i += text_step(text, i))
		count += text.data[i] == '\t' ? 4 : 1;
	return count;
}

/* Where a line does not fit, its indentation goes first. */
static struct span without_indentation(struct span line, int room)
{
	if (count_characters(line) < room)
		return line;
	while (line.size > 0 && (*line.data == ' ' || *line.data == '\t')) {
		line.data++;
		line.size--;
	}
	return line;
}

static void put_gutter(struct buf *buf, const struct look *look, int line)
{
	buf_put_text(buf, look->dim);
	if (line > 0)
		buf_print(buf, "%4d |", line);
	else
		buf_put_text(buf, "     |");
	buf_put_text(buf, look->plain);
}

static void put_source_line(struct buf *buf, const struct look *look, const struct fault *fault)
{
	struct arena arena;
	struct span text;
	struct err ignored = { ERR_NONE, "" };
	int room = look->columns > GUTTER ? look->columns - GUTTER : SOURCE_SHOWN;

	arena_init(&arena);
	if (fault->line > 0 && file_read(fault->file, SOURCE_BYTES_MAX, &arena, &text, &ignored)) {
		struct span line = line_of(text, fault->line);

		if (line.data) {
			put_gutter(buf, look, 0);
			buf_put_char(buf, '\n');
			put_gutter(buf, look, fault->line);
			buf_put_char(buf, ' ');
			put_visible(buf, without_indentation(line, room), room);
			buf_put_char(buf, '\n');
			put_gutter(buf, look, 0);
			buf_put_char(buf, '\n');
		}
	}
	arena_release(&arena);
}

/* ---- words ---- */

static void put_part(struct buf *buf, const struct look *look, const char *name, struct span text)
{
	if (text.size == 0)
		return;
	buf_print(buf, "   %s=%s %-8s ", look->dim, look->plain, name);
	text_put_wrapped(buf, look, PART, PART, text);
	buf_put_char(buf, '\n');
}

static void put_record(struct buf *buf, const struct look *look, const struct fault *fault,
		       const struct fault_setting *setting)
{
	struct buf text;

	buf_init(&text);
	text_put_inert(&text, setting->record);
	if (setting->count > 1) {
		buf_put_text(&text, setting->record.size ? "   (first of " : "first of ");
		text_put_number(&text, setting->count);
		if (setting->is_kept)
			buf_print(&text, "; all: engine quarantine list --code %s", fault->code);
		buf_put_text(&text, setting->record.size ? ")" : "");
	}
	put_part(buf, look, setting->record.size ? "record" : "again", buf_span(&text));
	buf_release(&text);
}

static void put_lines(struct buf *buf, const struct look *look, const char *name, struct span lines)
{
	while (lines.size > 0) {
		const char *end = memchr(lines.data, '\n', lines.size);
		size_t size = end ? (size_t)(end - lines.data) : lines.size;

		put_part(buf, look, name, (struct span){ lines.data, size });
		size += end != NULL;
		lines.data += size;
		lines.size -= size;
	}
}

static void put_place(struct buf *buf, const struct look *look, const struct fault *fault)
{
	if (!fault->file && fault->where.size == 0)
		return;
	buf_print(buf, "  %s-->%s ", look->dim, look->plain);
	if (fault->file)
		text_put_inert(buf, span_of(fault->file));
	if (fault->file && fault->line > 0)
		buf_print(buf, ":%d", fault->line);
	buf_put_text(buf, fault->file && fault->where.size > 0 ? "   " : "");
	text_put_inert(buf, fault->where);
	if (!fault->file && fault->line > 0)
		buf_print(buf, "   (rule line %d)", fault->line);
	buf_put_char(buf, '\n');
	if (fault->file)
		put_source_line(buf, look, fault);
}

void fault_put_text(struct buf *buf, const struct look *look, const struct fault *fault,
		    const struct fault_setting *setting)
{
	int column = (int)(strlen(setting->kind) + strlen(fault->code)) + 4;
	struct buf saw;

	buf_print(buf, "%s%s[%s]%s: ", *setting->kind == 'e' ? look->alarm : look->notice,
		  setting->kind, fault->code, look->plain);
	text_put_wrapped(buf, look, column, 2, fault->message);
	buf_put_char(buf, '\n');
	put_place(buf, look, fault);
	put_record(buf, look, fault, setting);
	if (fault->saw_kind != SAW_NOTHING) {
		buf_init(&saw);
		fault_put_saw(&saw, fault);
		put_part(buf, look, "saw", buf_span(&saw));
		buf_release(&saw);
	}
	put_lines(buf, look, "saw", setting->seen);
	put_part(buf, look, "nearest", fault->nearest);
	put_lines(buf, look, "also", setting->also);
	put_part(buf, look, "why", fault_why(fault));
	if (fault_help(fault).size > 0) {
		buf_print(buf, "%shelp%s: ", look->strong, look->plain);
		text_put_wrapped(buf, look, 6, 6, fault_help(fault));
		buf_put_char(buf, '\n');
	}
}

/* ---- many ---- */

/* Is a fault of that kind, and when message is set of that message, among those from `from` up to `to`? */
static bool is_among(const struct fault_list *faults, size_t from, size_t to,
		     const struct fault *fault, bool by_message)
{
	for (size_t i = from; i < to; i++)
		if (fault_same_kind(&faults->faults[i], fault) &&
		    (!by_message || span_equal(faults->faults[i].message, fault->message)))
			return true;
	return false;
}

/* What others of the kind say that the one at `first` does not, a line each. */
static void put_others(struct buf *also, const struct fault_list *faults, size_t first,
		       int64_t *same_count)
{
	const struct fault *fault = &faults->faults[first];

	*same_count = 1;
	for (size_t i = first + 1; i < faults->fault_count; i++) {
		const struct fault *other = &faults->faults[i];

		if (!fault_same_kind(other, fault))
			continue;
		*same_count += span_equal(other->message, fault->message);
		if (is_among(faults, first, i, other, true))
			continue;
		text_put_inert(also, other->message);
		if (other->nearest.size > 0)
			buf_print(also, "   (nearest: %.*s)", SPAN_ARGS(other->nearest));
		buf_put_char(also, '\n');
	}
}

void faults_put_text(struct buf *buf, const struct look *look, const char *kind,
		     const struct fault_list *faults)
{
	struct buf also;

	buf_init(&also);
	for (size_t i = 0; i < faults->fault_count; i++) {
		const struct fault *fault = &faults->faults[i];
		struct fault_setting setting = { .kind = kind };

		if (is_among(faults, 0, i, fault, false))
			continue;
		buf_reset(&also);
		put_others(&also, faults, i, &setting.count);
		setting.also = buf_span(&also);
		fault_put_text(buf, look, fault, &setting);
		buf_put_char(buf, '\n');
	}
	if (faults->untold_count > 0)
		buf_print(buf, "and %zu more; mend these first\n\n", faults->untold_count);
	buf_release(&also);
}

void fault_groups_put_text(struct buf *buf, const struct look *look,
			   const struct fault_groups *groups, size_t shown_max, bool is_kept)
{
	for (size_t i = 0; i < groups->group_count && i < shown_max; i++) {
		const struct fault_group *group = &groups->groups[i];
		struct fault_setting setting = {
			.kind = "error",
			.record = group->record,
			.count = group->count,
			.is_kept = is_kept,
		};

		fault_put_text(buf, look, &group->first, &setting);
		buf_put_char(buf, '\n');
	}
	if (groups->group_count > shown_max)
		buf_print(buf, "and %zu more kinds of fault\n\n", groups->group_count - shown_max);
	if (groups->beyond > 0) {
		buf_put_text(buf, "and ");
		text_put_number(buf, groups->beyond);
		buf_put_text(buf, " faults of further kinds\n\n");
	}
}
