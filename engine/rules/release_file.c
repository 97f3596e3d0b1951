/*
 * release_file.c: reads and writes rules.sum and rules.parts, strictly: what they say is relied on years later.
 */
#include "engine/rules/release_file.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/model/instant.h"

enum { SUM_BYTES_MAX = 4 << 20, PARTS_BYTES_MAX = 64 << 20 };
enum { SUM_MEMBERS = 7, PART_MEMBERS = 6, ABI_DIGITS_MAX = 9 };

static const char *const kind_names[RELEASE_KINDS] = { "data", "file", "transform", "validation" };

/* ---- faults ---- */

/* Always false. */
static bool refuse_line(struct fault_list *faults, const char *path, int line, struct span message)
{
	struct fault *fault = fault_add(faults, "E4006");

	fault->file = arena_text(faults->arena, path);
	fault->line = line;
	fault->message = arena_copy(faults->arena, message);
	return false;
}

static bool summarize(const struct fault_list *faults, size_t first, struct err *err)
{
	const struct fault *fault = &faults->faults[first];

	return err_set(err, ERR_RULE, "%s:%d: %.*s", fault->file, fault->line,
		       SPAN_ARGS(fault->message));
}

/* ---- members of a line ---- */

static bool is_text(const struct json_value *value)
{
	return value->kind == JSON_STRING && value->text.size > 0 &&
	       !memchr(value->text.data, '\0', value->text.size);
}

static bool is_maybe_empty_text(const struct json_value *value)
{
	return is_text(value) || (value->kind == JSON_STRING && value->text.size == 0);
}

static bool is_made_of(struct span text, const char *characters)
{
	for (size_t i = 0; i < text.size; i++)
		if (!strchr(characters, text.data[i]))
			return false;
	return true;
}

static bool is_hash(const struct json_value *value)
{
	return is_text(value) && value->text.size == SHA256_HEX_SIZE - 1 &&
	       is_made_of(value->text, "0123456789abcdef");
}

static bool is_abi(const struct json_value *value)
{
	return value->kind == JSON_NUMBER && value->text.size <= ABI_DIGITS_MAX &&
	       is_made_of(value->text, "0123456789") && value->text.data[0] != '0';
}

static bool is_date(const struct json_value *value)
{
	struct local_time date;

	return value->kind == JSON_STRING && date_parse(value->text, &date) == INSTANT_OK;
}

static const char *text_of(struct arena *arena, const struct json_value *value)
{
	return arena_copy(arena, value->text).data;
}

/* What is wrong with the line, or nothing. */
static struct span parse_release(struct release_files *files, const struct json_value *line,
				 int line_no)
{
	const struct json_value *items = line->items;
	struct release *release;

	if (line->kind != JSON_ARRAY || line->item_count != SUM_MEMBERS)
		return SPAN("not a line of seven members: "
			    "[system, version, transform, validation, abi, date, who]");
	if (!is_text(&items[0]) || !is_text(&items[1]) || !is_text(&items[6]))
		return SPAN("system, version and who are texts");
	if (!is_hash(&items[2]) || !is_hash(&items[3]))
		return SPAN("a fingerprint is 64 hexadecimal digits in small letters");
	if (!is_abi(&items[4]))
		return SPAN("the rule ABI is a number from 1");
	if (!is_date(&items[5]))
		return SPAN("the date is a day: YYYY-MM-DD");
	files->releases = arena_grow_by_one(files->arena, files->releases, files->release_count,
					    sizeof(*files->releases));
	release = &files->releases[files->release_count++];
	*release = (struct release){ .system = text_of(files->arena, &items[0]),
				     .version = text_of(files->arena, &items[1]),
				     .transform = text_of(files->arena, &items[2]),
				     .validation = text_of(files->arena, &items[3]),
				     .abi = strtoll(text_of(files->arena, &items[4]), NULL, 10),
				     .date = text_of(files->arena, &items[5]),
				     .who = text_of(files->arena, &items[6]),
				     .line = line_no };
	return SPAN_NONE;
}

static int kind_named(struct span name)
{
	for (int kind = 0; kind < RELEASE_KINDS; kind++)
		if (span_equal_text(name, kind_names[kind]))
			return kind;
	return -1;
}

static struct span parse_part(struct release_files *files, const struct json_value *line,
			      int line_no)
{
	const struct json_value *items = line->items;
	struct release_part *part;
	int kind;

	if (line->kind != JSON_ARRAY || line->item_count != PART_MEMBERS)
		return SPAN("not a line of six members: "
			    "[system, version, kind, name, value, file]");
	for (int i = 0; i < PART_MEMBERS; i++)
		if (i + 1 < PART_MEMBERS ? !is_text(&items[i]) : !is_maybe_empty_text(&items[i]))
			return SPAN("all six are texts, and only the last may be empty");
	kind = kind_named(items[2].text);
	if (kind < 0)
		return SPAN("the kind is one of data, file, transform, validation");
	if (kind != RELEASE_DATA && !is_hash(&items[4]))
		return SPAN("the value is a SHA-256: 64 hexadecimal digits in small letters");
	files->parts =
	    arena_grow_by_one(files->arena, files->parts, files->part_count, sizeof(*files->parts));
	part = &files->parts[files->part_count++];
	*part = (struct release_part){ .system = text_of(files->arena, &items[0]),
				       .version = text_of(files->arena, &items[1]),
				       .kind = (enum release_kind)kind,
				       .name = text_of(files->arena, &items[3]),
				       .value = text_of(files->arena, &items[4]),
				       .file = text_of(files->arena, &items[5]),
				       .line = line_no };
	return SPAN_NONE;
}

/* ---- lines ---- */

typedef struct span parse_line_fn(struct release_files *files, const struct json_value *line,
				  int line_no);

static bool read_lines(struct release_files *files, const char *path, size_t size_max,
		       parse_line_fn *parse, struct fault_list *faults, struct err *err)
{
	size_t first = faults->fault_count;
	struct span rest;

	if (!file_read(path, size_max, files->arena, &rest, err)) {
		if (err->code != ERR_UNAVAILABLE)
			return false;
		err_reset(err);
		return true;
	}
	for (int line_no = 1; rest.size > 0; line_no++) {
		const char *end = memchr(rest.data, '\n', rest.size);
		struct span line = { rest.data, end ? (size_t)(end - rest.data) : rest.size };
		struct err why = { ERR_NONE, "" };
		struct json_value value;
		struct span wrong;

		rest.data += line.size + (end != NULL);
		rest.size -= line.size + (end != NULL);
		wrong = json_read(line, files->arena, &value, &why) ? parse(files, &value, line_no)
								    : span_of(why.text);
		if (wrong.data)
			refuse_line(faults, path, line_no, wrong);
	}
	return faults->fault_count == first || summarize(faults, first, err);
}

static int compare_releases(const void *left, const void *right)
{
	const struct release *a = left, *b = right;
	int order = strcmp(a->system, b->system);

	if (order == 0)
		order = strcmp(a->version, b->version);
	return order ? order : (a->line > b->line) - (a->line < b->line);
}

static int compare_parts(const void *left, const void *right)
{
	const struct release_part *a = left, *b = right;
	int order = strcmp(a->system, b->system);

	if (order == 0)
		order = strcmp(a->version, b->version);
	if (order == 0)
		order = (int)a->kind - (int)b->kind;
	if (order == 0)
		order = strcmp(a->name, b->name);
	return order ? order : (a->line > b->line) - (a->line < b->line);
}

static void sort_releases(struct release_files *files)
{
	if (files->release_count > 1)
		qsort(files->releases, (size_t)files->release_count, sizeof(*files->releases),
		      compare_releases);
}

static void sort_parts(struct release_files *files)
{
	if (files->part_count > 1)
		qsort(files->parts, (size_t)files->part_count, sizeof(*files->parts),
		      compare_parts);
}

/* Whatever the second line says, somebody has to decide which one holds. */
static void refuse_second(struct fault_list *faults, const char *path, int line, int first_line,
			  const char *what, const char *version)
{
	refuse_line(faults, path, line,
		    arena_print(faults->arena, "line %d has %s of version %s already", first_line,
				what, version));
}

static bool is_release_again(const struct release *a, const struct release *b)
{
	return strcmp(a->system, b->system) == 0 && strcmp(a->version, b->version) == 0;
}

static bool is_part_again(const struct release_part *a, const struct release_part *b)
{
	return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->version, b->version) == 0 && strcmp(a->system, b->system) == 0;
}

/* "rules/v3.lua" -> "rules/" */
static const char *folder_of(struct arena *arena, const char *rules)
{
	const char *slash = strrchr(rules, '/');

	return slash ? arena_print(arena, "%.*s", (int)(slash - rules) + 1, rules).data : "";
}

bool release_read_sum(const char *rules, struct release_files *files, struct fault_list *faults,
		      struct err *err)
{
	size_t first = faults->fault_count;

	files->folder = folder_of(files->arena, rules);
	files->sum_path = arena_print(files->arena, "%srules.sum", files->folder).data;
	files->part_path = arena_print(files->arena, "%srules.parts", files->folder).data;
	if (!read_lines(files, files->sum_path, SUM_BYTES_MAX, parse_release, faults, err))
		return false;
	sort_releases(files);
	for (int i = 1; i < files->release_count; i++)
		if (is_release_again(&files->releases[i - 1], &files->releases[i]))
			refuse_second(faults, files->sum_path, files->releases[i].line,
				      files->releases[i - 1].line, "the release",
				      files->releases[i].version);
	return faults->fault_count == first || summarize(faults, first, err);
}

bool release_read_parts(struct release_files *files, struct fault_list *faults, struct err *err)
{
	size_t first = faults->fault_count;

	if (!read_lines(files, files->part_path, PARTS_BYTES_MAX, parse_part, faults, err))
		return false;
	sort_parts(files);
	for (int i = 1; i < files->part_count; i++)
		if (is_part_again(&files->parts[i - 1], &files->parts[i]))
			refuse_second(faults, files->part_path, files->parts[i].line,
				      files->parts[i - 1].line, files->parts[i].name,
				      files->parts[i].version);
	return faults->fault_count == first || summarize(faults, first, err);
}

struct release *release_find(const struct release_files *files,
			     const struct migration_info *migration)
{
	for (int i = 0; i < files->release_count; i++)
		if (strcmp(files->releases[i].system, migration->system) == 0 &&
		    strcmp(files->releases[i].version, migration->version) == 0)
			return &files->releases[i];
	return NULL;
}

/* ---- writing ---- */

static void put_members(struct json_writer *json, const char *const *texts, int count)
{
	for (int i = 0; i < count; i++)
		json_text(json, texts[i]);
}

static void put_release(struct buf *text, const struct release *release)
{
	const char *before[] = { release->system, release->version, release->transform,
				 release->validation };
	const char *behind[] = { release->date, release->who };
	struct json_writer json;

	json_writer_init(&json, text);
	json_open(&json, '[');
	put_members(&json, before, 4);
	json_int(&json, release->abi);
	put_members(&json, behind, 2);
	json_close(&json, ']');
	buf_put_char(text, '\n');
}

static void put_part(struct buf *text, const struct release_part *part)
{
	const char *members[PART_MEMBERS] = { part->system, part->version, kind_names[part->kind],
					      part->name,   part->value,   part->file };
	struct json_writer json;

	json_writer_init(&json, text);
	json_open(&json, '[');
	put_members(&json, members, PART_MEMBERS);
	json_close(&json, ']');
	buf_put_char(text, '\n');
}

bool release_write_sum(struct release_files *files, const char *rules, struct err *err)
{
	struct buf text;
	bool ok;

	buf_init(&text);
	sort_releases(files);
	for (int i = 0; i < files->release_count; i++)
		put_release(&text, &files->releases[i]);
	ok = file_write_like(files->sum_path, rules, buf_span(&text), err);
	buf_release(&text);
	return ok;
}

bool release_write_parts(struct release_files *files, const char *rules, struct err *err)
{
	struct buf text;
	bool ok;

	buf_init(&text);
	sort_parts(files);
	for (int i = 0; i < files->part_count; i++)
		put_part(&text, &files->parts[i]);
	ok = file_write_like(files->part_path, rules, buf_span(&text), err);
	buf_release(&text);
	return ok;
}
