/*
 * fuzz_rule.c: rule files on disk as long as the process lives, rows without a store.
 */
#include "tests/fuzz/fuzz_rule.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/derive/derive.h"
#include "engine/model/canonical.h"
#include "tests/fuzz/fuzz.h"

static char folder[PATH_MAX];

static void remove_folder(void)
{
	DIR *entries = opendir(folder);
	const struct dirent *entry;

	while (entries && (entry = readdir(entries)) != NULL)
		unlinkat(dirfd(entries), entry->d_name, 0);
	if (entries)
		closedir(entries);
	rmdir(folder);
}

static void make_folder(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/fuzz-XXXXXX", parent && *parent ? parent : "/tmp");
	law(mkdtemp(folder) != NULL, "no folder can be made like %s", folder);
	atexit(remove_folder);
}

const char *fuzz_path(const char *name)
{
	static char path[PATH_MAX + 64];

	if (!folder[0])
		make_folder();
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

void fuzz_write(const char *name, struct span bytes)
{
	const char *path = fuzz_path(name);
	int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	law(file >= 0, "%s cannot be written", path);
	law(write(file, bytes.data, bytes.size) == (ssize_t)bytes.size, "%s is cut", path);
	close(file);
}

struct rule_host *fuzz_rule(const char *name, const char *text)
{
	struct fault_list faults, warnings;
	struct rule_host *host = NULL;
	struct err err = { 0 };
	struct arena arena;

	arena_init(&arena);
	fault_list_init(&faults, &arena);
	fault_list_init(&warnings, &arena);
	fuzz_write(name, span_of(text));
	law(rule_host_open(fuzz_path(name), NULL, NULL, &host, &faults, &warnings, &err), "%s",
	    err.text);
	arena_release(&arena);
	return host;
}

/* ---- faults ---- */

static bool is_line(struct span text)
{
	for (size_t i = 0; i < text.size; i++)
		if ((unsigned char)text.data[i] < ' ')
			return false;
	return fuzz_first_bad(text) == text.size;
}

static bool contains(struct span text, const char *part)
{
	return memmem(text.data, text.size, part, strlen(part)) != NULL;
}

/* Words of machinery, which mean nothing to whoever wrote the rule. */
static void check_words(const struct fault *fault, struct span words, struct span given)
{
	static const char *const inner[] = { "[string",    "prelude",    "traceback", "table: 0x",
					     "function: ", "userdata: ", "0x5",       "0x7f",
					     "(null)",     "builtin",    ".c:",       "%s" };

	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
		law(!contains(words, inner[i]) || contains(given, inner[i]), "%s: %.*s",
		    fault->code, SPAN_ARGS(words));
}

void fuzz_check_fault(const struct fault *fault, struct span given)
{
	const struct span words[] = { fault->message, fault->where,     fault->field,
				      fault->nearest, fault_why(fault), fault_help(fault) };

	law(fault->code != NULL, "a fault without a code");
	law(fault_title(fault->code) != NULL, "there is no code %s", fault->code);
	law(fault->message.size > 0, "%s says nothing", fault->code);
	law(fault_help(fault).size > 0, "%s does not help: %.*s", fault->code,
	    SPAN_ARGS(fault->message));
	law(fault->line >= 0, "%s at line %d", fault->code, fault->line);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!words[i].data)
			continue;
		law(is_line(words[i]), "%s: word %zu is no line of text: %.*s", fault->code, i,
		    SPAN_ARGS(words[i]));
		check_words(fault, words[i], given);
	}
}

static void check_faults(const struct outcome *outcome)
{
	struct json_value value;
	struct err err = { 0 };
	struct arena arena;
	struct buf buf;

	arena_init(&arena);
	buf_init(&buf);
	law(outcome->fault_count > 0, "rejected without a fault");
	for (size_t i = 0; i < outcome->fault_count; i++)
		law(fault_title(outcome->faults[i].code) != NULL, "no code %s",
		    outcome->faults[i].code);
	fault_put_json(&buf, outcome->faults, outcome->fault_count);
	law(json_read(buf_span(&buf), &arena, &value, &err), "%s in %.*s", err.text,
	    SPAN_ARGS(buf_span(&buf)));
	law(value.item_count == outcome->fault_count, "%zu faults", value.item_count);
	buf_reset(&buf);
	for (size_t i = 0; i < outcome->fault_count; i++)
		fault_put_saw(&buf, &outcome->faults[i]);
	law(fuzz_first_bad(buf_span(&buf)) == buf.size, "seen: %.*s", SPAN_ARGS(buf_span(&buf)));
	buf_release(&buf);
	arena_release(&arena);
}

/* ---- outcomes ---- */

static void check_canonical(struct span text)
{
	struct err err = { 0 };
	struct arena arena;
	struct buf again;

	arena_init(&arena);
	buf_init(&again);
	law(canonical_rewrite(text, &arena, &again, &err), "%s in %.*s", err.text, SPAN_ARGS(text));
	law(span_equal(buf_span(&again), text), "%.*s\nis written\n%.*s", SPAN_ARGS(text),
	    SPAN_ARGS(buf_span(&again)));
	buf_release(&again);
	arena_release(&arena);
}

/* Its fields one after the other are its body, each of them `"name":…` or not there. */
static void check_members(const struct outcome *outcome, const struct entity_info *entity)
{
	struct span body = outcome->body;
	size_t end = 0;

	for (int i = 0; i < entity->field_count; i++) {
		size_t begin = end;
		struct buf name;

		end = outcome->member_ends[i];
		law(end >= begin && end < body.size, "a member from %zu to %zu", begin, end);
		if (end == begin)
			continue;
		buf_init(&name);
		buf_put_char(&name, begin == 0 ? '{' : ',');
		canonical_put_string(&name, span_of(entity->fields[i].name));
		buf_put_char(&name, ':');
		law(end - begin > name.size && memcmp(body.data + begin, name.data, name.size) == 0,
		    "%s is not at %zu of %.*s", entity->fields[i].name, begin, SPAN_ARGS(body));
		buf_release(&name);
	}
	law((end > 0 ? end : 1) + 1 == body.size, "members to %zu of %.*s", end, SPAN_ARGS(body));
}

static void check_record(const struct outcome *outcome, const struct entity_info *entity)
{
	struct digest digest = digest_of(outcome->body);
	struct span body = outcome->body;

	law(outcome->id.size > 0, "a record without an id");
	law(fuzz_first_bad(body) == body.size, "a body that is no text: %.*s", SPAN_ARGS(body));
	check_canonical(body);
	law(memcmp(&digest, &outcome->digest, sizeof(digest)) == 0, "another digest");
	check_members(outcome, entity);
}

void fuzz_check_outcome(const struct outcome *outcome, const struct entity_info *entity)
{
	switch (outcome->kind) {
	case OUTCOME_RECORD:
		check_record(outcome, entity);
		break;
	case OUTCOME_SKIP:
		law(fuzz_first_bad(outcome->skip_text) == outcome->skip_text.size,
		    "skipped for no text: %.*s", SPAN_ARGS(outcome->skip_text));
		break;
	case OUTCOME_REJECT:
		check_faults(outcome);
		break;
	}
}

void fuzz_derive(struct rule_host *host, const struct fuzz_cell *cells, int cell_count,
		 struct arena *arena, struct outcome *outcome)
{
	const struct source_set *sources = &rule_host_migration(host)->entities[0].sources;
	const struct source *root = &sources->sources[0];
	struct err err = { 0 };
	struct joined joined;
	struct batch batch;
	struct cell *row;

	batch_init(&batch, arena, sources);
	row = batch_add_row(&batch, 0);
	for (int c = 0; c < root->column_count; c++) {
		row[c] = (struct cell){ .kind = CELL_NULL };
		for (int i = 0; i < cell_count; i++)
			if (cells[i].text.data && strcmp(cells[i].column, root->columns[c]) == 0)
				row[c] = (struct cell){ cells[i].text.data,
							(uint32_t)cells[i].text.size, CELL_TEXT };
	}
	join_batch(&batch, &joined);
	law(derive_joined(host, 0, &joined, 0, 1, arena, outcome, &err), "%s", err.text);
	fuzz_check_outcome(outcome, &rule_host_migration(host)->entities[0]);
}

const struct json_value *fuzz_field(const struct outcome *outcome, const char *name,
				    struct arena *arena)
{
	struct json_value *body = arena_alloc(arena, sizeof(*body));
	struct err err = { 0 };

	if (outcome->kind != OUTCOME_RECORD)
		return NULL;
	law(json_read(outcome->body, arena, body, &err), "%s", err.text);
	return json_member(body, name);
}
