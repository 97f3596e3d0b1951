/*
 * load_fixture.c: rule files in a folder of their own, loaded and looked at.
 */
#include "tests/rules/load_fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "engine/base/require.h"
#include "tests/rules/load_v3.h"

struct loaded loaded;

void load_begin(void)
{
	const char *parent = getenv("TMPDIR");

	memset(&loaded, 0, sizeof(loaded));
	snprintf(loaded.folder, sizeof(loaded.folder), "%s/rules-XXXXXX", parent ? parent : "/tmp");
	require(mkdtemp(loaded.folder) != NULL);
	snprintf(loaded.path, sizeof(loaded.path), "%s/v1.lua", loaded.folder);
	arena_init(&loaded.arena);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status;
	(void)kind;
	(void)at;
	return remove(path);
}

void load_end(void)
{
	rule_host_close(loaded.host);
	loaded.host = NULL;
	arena_release(&loaded.arena);
	nftw(loaded.folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void load_write_bytes(const char *name, const char *bytes, size_t size)
{
	char path[512];
	struct err err = { 0 };
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", loaded.folder, name);
	require(file_make_folder(file_folder_of(&loaded.arena, path), &err));
	file = fopen(path, "wb");
	require(file != NULL);
	require(fwrite(bytes, 1, size, file) == size);
	fclose(file);
}

void load_write(const char *name, const char *text)
{
	load_write_bytes(name, text, strlen(text));
}

bool load_again(void)
{
	rule_host_close(loaded.host);
	loaded.host = NULL;
	err_reset(&loaded.err);
	fault_list_init(&loaded.faults, &loaded.arena);
	fault_list_init(&loaded.warnings, &loaded.arena);
	return rule_host_open(loaded.path, loaded.schema, &loaded.budget, &loaded.host,
			      &loaded.faults, &loaded.warnings, &loaded.err);
}

bool load_text(const char *text)
{
	load_write("v1.lua", text);
	return load_again();
}

bool load_parts(const char *head, const char *fields, const char *rest)
{
	return load_text(
	    arena_print(
		&loaded.arena,
		"%s\n"
		"return migration { version = \"v1\", system = \"s\",\n"
		" entity \"job\" {\n"
		"  source = { root = table \"t\" { key = \"id\" },\n"
		"   kids = children \"k\" { parent = \"t_id\", key = \"no\" } },\n"
		"  fields = { jobId = id { from = \"id\", prefix = \"j_\" },\n%s },\n%s } }\n",
		head, fields, rest)
		.data);
}

const char *load_v3_text(void)
{
	size_t count = sizeof(v3_lines) / sizeof(v3_lines[0]), size = 1;
	char *text, *at;

	load_write("authority.lua", v3_authority);
	for (size_t i = 0; i < count; i++)
		size += strlen(v3_lines[i]);
	at = text = arena_alloc(&loaded.arena, size);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, v3_lines[i]);
	return text;
}

static bool has(const struct fault_list *list, const char *code, int line, const char *text)
{
	for (size_t i = 0; i < list->fault_count; i++) {
		const struct fault *fault = &list->faults[i];

		if (strcmp(fault->code, code) == 0 && (line == 0 || fault->line == line) &&
		    fault->message.data && strstr(fault->message.data, text))
			return true;
	}
	return false;
}

bool load_has_fault(const char *code, int line, const char *text)
{
	return has(&loaded.faults, code, line, text);
}

bool load_has_warning(const char *code, const char *text)
{
	return has(&loaded.warnings, code, 0, text);
}

const char *load_faults_text(void)
{
	static char text[8192];
	size_t size = 0;

	snprintf(text, sizeof(text), "%s", loaded.err.text);
	size = strlen(text);
	for (size_t i = 0; i < loaded.faults.fault_count && size + 1 < sizeof(text); i++) {
		const struct fault *fault = &loaded.faults.faults[i];

		snprintf(text + size, sizeof(text) - size, "\n  %s line %d [%.*s] %.*s (%.*s)",
			 fault->code, fault->line, SPAN_ARGS(fault->where),
			 SPAN_ARGS(fault->message), SPAN_ARGS(fault->nearest));
		size += strlen(text + size);
	}
	return text;
}

const struct source *load_source(const char *name)
{
	const struct source_set *set = &rule_host_migration(loaded.host)->entities[0].sources;

	for (int i = 0; i < set->source_count; i++) {
		if (strcmp(set->sources[i].name, name) == 0)
			return &set->sources[i];
	}
	return NULL;
}

const char *load_columns(const char *name)
{
	static char text[1024];
	const struct source *source = load_source(name);
	size_t size = 0;

	text[0] = '\0';
	for (int i = 0; source && i < source->column_count && size < sizeof(text) - 1; i++) {
		snprintf(text + size, sizeof(text) - size, "%s%s", i ? " " : "",
			 source->columns[i]);
		size += strlen(text + size);
	}
	return text;
}

bool load_run_example(int index)
{
	const struct example_result *results;
	int count;

	fault_list_init(&loaded.faults, &loaded.arena);
	err_reset(&loaded.err);
	if (!rule_host_run_examples(loaded.host, &loaded.arena, &results, &count, &loaded.err) ||
	    index >= count)
		return false;
	loaded.faults = results[index].differences;
	return results[index].passed;
}
