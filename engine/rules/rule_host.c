/*
 * rule_host.c: opens a rule version from file to executable plan, and closes it.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/require.h"
#include "engine/rules/bytecode.h"
#include "engine/rules/compile.h"
#include "engine/rules/fingerprint.h"
#include "engine/rules/release_file.h"
#include "engine/rules/sandbox.h"

/* The plan stays in the registry between steps. */
#define PLAN_KEY "engine.rules.plan"

enum { MEMORY_BYTES_DEFAULT = 24 << 20 };
#define INSTRUCTIONS_DEFAULT UINT64_C(1000000)
#define LOAD_INSTRUCTIONS_DEFAULT UINT64_C(50000000)
enum { CPU_MS_DEFAULT = 2000 };

static struct rule_budget budget_of(const struct rule_budget *given)
{
	struct rule_budget budget = given ? *given : (struct rule_budget){ 0 };

	if (budget.instructions == 0)
		budget.instructions = INSTRUCTIONS_DEFAULT;
	if (budget.memory_bytes == 0)
		budget.memory_bytes = MEMORY_BYTES_DEFAULT;
	if (budget.load_instructions == 0)
		budget.load_instructions = LOAD_INSTRUCTIONS_DEFAULT;
	if (budget.cpu_ms == 0)
		budget.cpu_ms = CPU_MS_DEFAULT;
	return budget;
}

static struct rule_host *host_allocate(const char *path, const struct rule_budget *budget)
{
	struct arena arena;
	struct rule_host *host;

	arena_init(&arena);
	host = calloc(1, sizeof(*host));
	require(host != NULL);
	host->arena = arena;
	host->budget = budget_of(budget);
	host->path = arena_text(&host->arena, path);
	host->folder = file_folder_of(&host->arena, path);
	return host;
}

/* ---- steps; each runs protected, with the loader as its argument ---- */

static int step_trust(lua_State *lua)
{
	if (!bytecode_is_known(lua, &loader_of(lua)->scratch))
		luaL_error(lua, "this build of LuaJIT writes bytecode that cannot be checked");
	return 0;
}

static int step_check(lua_State *lua)
{
	struct loader *loader = loader_of(lua);

	if (!modules_run_main(lua, loader))
		return 0;
	lua_getfield(lua, LUA_REGISTRYINDEX, SHARED_KEY);
	lua_getfield(lua, -1, "check");
	lua_pushvalue(lua, -3);
	lua_pushstring(lua, loader->host->path);
	lua_call(lua, 2, 1);
	lua_setfield(lua, LUA_REGISTRYINDEX, PLAN_KEY);
	return 0;
}

static int step_lint(lua_State *lua)
{
	lua_getfield(lua, LUA_REGISTRYINDEX, SHARED_KEY);
	lua_getfield(lua, -1, "lint");
	lua_getfield(lua, LUA_REGISTRYINDEX, PLAN_KEY);
	lua_call(lua, 1, 0);
	return 0;
}

static int step_fingerprint(lua_State *lua)
{
	struct loader *loader = loader_of(lua);

	lua_getfield(lua, LUA_REGISTRYINDEX, SHARED_KEY);
	lua_getfield(lua, -1, "fingerprint");
	lua_getfield(lua, LUA_REGISTRYINDEX, PLAN_KEY);
	lua_call(lua, 1, 1);
	fingerprint_fill(lua, loader->host);
	for (int i = 0; i < loader->file_count; i++) /* nobody asks for functions any more */
		luaL_unref(lua, LUA_REGISTRYINDEX, loader->files[i].chunk_ref);
	return 0;
}

static int step_compile(lua_State *lua)
{
	lua_getfield(lua, LUA_REGISTRYINDEX, PLAN_KEY);
	compile_migration(lua, loader_of(lua));
	lua_pushnil(lua);
	lua_setfield(lua, LUA_REGISTRYINDEX, PLAN_KEY);
	return 0;
}

/* True when the step ran to its end; else why stands in the faults. */
static bool run_step(struct loader *loader, lua_CFunction step)
{
	lua_State *lua = loader->host->lua;
	size_t fault_count = loader->faults->fault_count;
	int status;

	loader->error_code = NULL;
	loader->error_file = NULL;
	loader->error_line = 0;
	lua_settop(lua, 0);
	lua_pushcfunction(lua, modules_on_error);
	lua_pushcfunction(lua, step);
	status = lua_pcall(lua, 0, 0, 1);
	if (status)
		modules_explain(loader, status);
	lua_settop(lua, 0);
	return loader->faults->fault_count == fault_count && status == 0;
}

static void fill_texts(struct loader *loader)
{
	struct rule_host *host = loader->host;
	int count = loader->file_count + loader->table_count;
	struct text_info *texts = arena_zalloc(&host->arena, ((size_t)count + 1) * sizeof(*texts));

	for (int i = 0; i < loader->file_count; i++)
		texts[i] = (struct text_info){ .path = loader->files[i].relative,
					       .text = loader->files[i].text };
	for (int i = 0; i < loader->table_count; i++)
		texts[loader->file_count + i] =
		    (struct text_info){ .path = loader->tables[i].relative,
					.text = loader->tables[i].text };
	for (int i = 0; i < count; i++)
		sha256_hex(texts[i].text, texts[i].hash);
	host->migration.texts = texts;
	host->migration.text_count = count;
}

static int compare_ints(const void *one, const void *other)
{
	const int *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

/* Which lines somebody could ask about: those of functions, each once. */
static void fill_function_lines(struct loader *loader)
{
	struct rule_host *host = loader->host;
	struct function_lines *files =
	    arena_zalloc(&host->arena, sizeof(*files) * ((size_t)loader->file_count + 1));

	for (int f = 0; f < loader->file_count; f++) {
		const struct rule_text *file = &loader->files[f];
		size_t size = sizeof(int) * (size_t)file->function_line_count;
		int *lines = arena_alloc(&host->arena, size + sizeof(int));
		int kept = 0;

		if (size > 0) {
			memcpy(lines, file->function_lines, size);
			qsort(lines, (size_t)file->function_line_count, sizeof(int), compare_ints);
		}
		for (int i = 0; i < file->function_line_count; i++)
			if (kept == 0 || lines[kept - 1] != lines[i])
				lines[kept++] = lines[i];
		files[f] =
		    (struct function_lines){ arena_text(&host->arena, file->path), lines, kept };
	}
	host->function_lines = files;
	host->function_file_count = loader->file_count;
}

/* Of a file that holds, on a budget of its own: what nobody asks of a run must not keep a version from loading. Where it does not
 * come to its end, that is said among what it found. */
static void run_lint(struct loader *loader)
{
	struct rule_host *host = loader->host;
	size_t fault_count = loader->faults->fault_count;
	struct fault *fault;

	budget_arm(host, host->budget.load_instructions);
	if (!run_step(loader, step_lint)) {
		if (loader->lint->fault_count == FAULTS_MAX) { /* this one is not left untold */
			loader->lint->fault_count--;
			loader->lint->untold_count++;
		}
		fault = fault_add(loader->lint, "E1012");
		fault->file = arena_text(loader->lint->arena, host->path);
		fault->message = SPAN("looking for what may be lost took more than loading may");
		loader->faults->fault_count = fault_count;
	}
	budget_arm(host, host->budget.load_instructions);
}

/* Even pushing a function needs memory, which only a protected call may ask for. */
static int run_steps(lua_State *lua)
{
	static const lua_CFunction steps[] = { step_trust, step_check, step_fingerprint,
					       step_compile };
	bool *loaded = lua_touserdata(lua, 1);
	struct loader *loader = loader_of(lua);

	*loaded = true;
	for (size_t i = 0; *loaded && i < sizeof(steps) / sizeof(steps[0]); i++) {
		*loaded = run_step(loader, steps[i]);
		if (*loaded && loader->lint && steps[i] == step_check)
			run_lint(loader);
	}
	return 0;
}

static bool load(struct loader *loader)
{
	bool loaded = false;
	int status;

	budget_arm(loader->host, loader->host->budget.load_instructions);
	status = lua_cpcall(loader->host->lua, run_steps, &loaded);
	if (status) {
		modules_explain(loader, status);
		loaded = false;
	}
	lua_settop(loader->host->lua, 0);
	if (loaded) {
		fill_texts(loader);
		fill_function_lines(loader);
	}
	return loaded && loader->faults->fault_count == 0;
}

static int compare_faults(const void *left, const void *right)
{
	const struct fault *const *a = left, *const *b = right;
	int order = strcmp((*a)->file ? (*a)->file : "", (*b)->file ? (*b)->file : "");

	if (order != 0)
		return order;
	if ((*a)->line != (*b)->line)
		return (*a)->line < (*b)->line ? -1 : 1;
	return (*a < *b) ? -1 : *a > *b; /* as they were found */
}

/* By file and line, so that people go through the file once. */
static void sort_faults(struct fault_list *list, size_t first)
{
	size_t count = list->fault_count - first;
	const struct fault **order;
	struct fault *sorted;

	if (count < 2)
		return;
	order = arena_alloc(list->arena, count * sizeof(*order));
	sorted = arena_alloc(list->arena, count * sizeof(*sorted));
	for (size_t i = 0; i < count; i++)
		order[i] = &list->faults[first + i];
	qsort(order, count, sizeof(*order), compare_faults);
	for (size_t i = 0; i < count; i++)
		sorted[i] = *order[i];
	memcpy(list->faults + first, sorted, count * sizeof(*sorted));
}

static bool summarize(const char *path, const struct fault_list *list, size_t first,
		      struct err *err)
{
	size_t count = list->fault_count - first;
	const struct fault *fault = &list->faults[first];

	if (fault->line > 0 && fault->file && strcmp(fault->file, path) != 0)
		return err_set(err, ERR_RULE, "%s: %zu error%s, first at %s:%d: %.*s", path, count,
			       count == 1 ? "" : "s", fault->file, fault->line,
			       SPAN_ARGS(fault->message));
	if (fault->line > 0)
		return err_set(err, ERR_RULE, "%s: %zu error%s, first at line %d: %.*s", path,
			       count, count == 1 ? "" : "s", fault->line,
			       SPAN_ARGS(fault->message));
	return err_set(err, ERR_RULE, "%s: %zu error%s: %.*s", path, count, count == 1 ? "" : "s",
		       SPAN_ARGS(fault->message));
}

/* The entity and what of it the line belongs to, for faults that only know their line. */
static void place_faults(struct loader *loader, size_t first)
{
	for (size_t i = first; i < loader->faults->fault_count; i++) {
		struct fault *fault = &loader->faults->faults[i];
		const struct rule_text *file =
		    fault->file ? loader_file(loader, fault->file) : NULL;
		struct outline_place place;

		if (!file || !file->outline.list || fault->where.size > 0 || fault->line == 0)
			continue;
		place = outline_place_of(&file->outline, fault->line);
		if (!place.entity.data)
			continue;
		fault->where = loader_text(loader, "%.*s", SPAN_ARGS(place.entity));
		for (int key = 0; key < place.key_count; key++)
			if (key > 0 || !span_equal_text(place.keys[key], "fields"))
				fault->where =
				    loader_text(loader, "%.*s.%.*s", SPAN_ARGS(fault->where),
						SPAN_ARGS(place.keys[key]));
	}
}

static void loader_release(struct loader *loader)
{
	loader->host->loader = NULL;
	free(loader->folder_real);
	arena_release(&loader->scratch);
	free(loader);
}

/* What an opening is for, besides deriving. */
struct opening {
	const struct schema *schema;
	struct fault_list *faults, *warnings;
	struct fault_list *lint;      /* NULL: nobody asks what may be lost */
	bool is_told;                 /* parts have their entries */
	const struct text_info *kept; /* the version's texts; NULL: they are files */
	int kept_count;
};

/* Everything between an open state and a host that can derive. */
static bool load_into(struct rule_host *host, const struct opening *opening, struct err *err)
{
	struct loader *loader = calloc(1, sizeof(*loader));
	struct fault_list *faults = opening->faults;
	size_t first = faults->fault_count, first_warning = opening->warnings->fault_count;
	bool loaded;

	require(loader != NULL);
	loader->host = host;
	loader->schema = opening->schema;
	loader->is_told = opening->is_told;
	loader->kept = opening->kept;
	loader->kept_count = opening->kept_count;
	loader->faults = faults;
	loader->warnings = opening->warnings;
	loader->lint = opening->lint;
	arena_init(&loader->scratch);
	host->loader = loader;
	loaded = load(loader);
	place_faults(loader, first);
	loader_release(loader);
	fault_list_make_lines(faults, first);
	fault_list_make_lines(opening->warnings, first_warning);
	if (opening->lint) {
		fault_list_make_lines(opening->lint, 0);
		sort_faults(opening->lint, 0);
	}
	if (!loaded) {
		require(faults->fault_count > first);
		if (!opening->kept && release_explains_failure(host->path, faults, first, err))
			return false;
		sort_faults(faults, first);
		return summarize(host->path, faults, first, err);
	}
	return sandbox_strip(host, err) && evaluator_open(host, err);
}

static bool open_host(const char *path, const struct rule_budget *budget,
		      const struct opening *opening, struct rule_host **host, struct err *err)
{
	struct rule_host *opened = host_allocate(path, budget);

	*host = NULL;
	if (!sandbox_open(opened, err) || !load_into(opened, opening, err)) {
		rule_host_close(opened);
		return false;
	}
	*host = opened;
	return true;
}

bool rule_host_open(const char *path, const struct schema *schema, const struct rule_budget *budget,
		    struct rule_host **host, struct fault_list *faults, struct fault_list *warnings,
		    struct err *err)
{
	const struct opening opening = { .schema = schema, .faults = faults, .warnings = warnings };

	return open_host(path, budget, &opening, host, err);
}

bool rule_host_open_lint(const char *path, const struct schema *schema,
			 const struct rule_budget *budget, struct rule_host **host,
			 struct fault_list *faults, struct fault_list *warnings,
			 struct fault_list *lint, struct err *err)
{
	const struct opening opening = {
		.schema = schema, .faults = faults, .warnings = warnings, .lint = lint
	};

	return open_host(path, budget, &opening, host, err);
}

bool rule_host_open_to_tell(const char *path, const struct schema *schema,
			    const struct rule_budget *budget, struct rule_host **host,
			    struct fault_list *faults, struct fault_list *warnings, struct err *err)
{
	const struct opening opening = {
		.schema = schema, .faults = faults, .warnings = warnings, .is_told = true
	};

	return open_host(path, budget, &opening, host, err);
}

bool rule_host_open_kept(const char *path, const struct text_info *texts, int text_count,
			 const struct schema *schema, struct rule_host **host,
			 struct fault_list *faults, struct fault_list *warnings, struct err *err)
{
	const struct opening opening = { .schema = schema,
					 .faults = faults,
					 .warnings = warnings,
					 .kept = texts,
					 .kept_count = text_count };

	require(texts != NULL);
	return open_host(path, NULL, &opening, host, err);
}

void rule_host_close(struct rule_host *host)
{
	if (!host)
		return;
	evaluator_close(host);
	sandbox_close(host);
	zones_close(&host->zones);
	patterns_close(host->patterns);
	arena_release(&host->arena);
	free(host);
}

const struct migration_info *rule_host_migration(const struct rule_host *host)
{
	return &host->migration;
}
