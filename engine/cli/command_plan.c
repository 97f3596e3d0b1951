/*
 * command_plan.c: engine plan: what a run would do, found out without writing anything.
 */
#include "engine/base/json.h"
#include "engine/cli/loaded.h"
#include "engine/cli/text.h"
#include "engine/move/move.h"

struct plan {
	struct cli *cli;
	struct loaded loaded;
	struct buf out;
	struct json_writer json;
	bool scans; /* a statement has no index to serve it */
};

/* Queries may have lines and columns of their own. */
static void put_on_one_line(struct buf *buf, struct span text)
{
	bool is_blank = true;

	for (size_t i = 0; i < text.size; i++) {
		bool was_blank = is_blank;

		is_blank = strchr(" \t\r\n", text.data[i]) != NULL;
		if (!is_blank)
			buf_put_char(buf, text.data[i]);
		else if (!was_blank)
			buf_put_char(buf, ' ');
	}
}

static bool has_query_root(const struct migration_info *migration)
{
	for (int i = 0; i < migration->entity_count; i++)
		if (migration->entities[i].sources.sources[0].query)
			return true;
	return false;
}

static bool put_statements(struct plan *plan, int entity, struct err *err)
{
	struct json_value statements;
	struct buf text;
	bool ok;

	buf_init(&text);
	ok = derive_explain(plan->loaded.deriver, entity, &text, err) &&
	     json_read(arena_copy(&plan->cli->arena, buf_span(&text)), &plan->cli->arena,
		       &statements, err);
	if (ok && plan->cli->options.json) {
		json_key(&plan->json, "statements");
		json_raw(&plan->json, buf_span(&text));
	}
	for (size_t i = 0; ok && i < statements.item_count; i++) {
		const struct json_value *source = json_member(&statements.items[i], "source");
		const struct json_value *statement = json_member(&statements.items[i], "statement");
		const struct json_value *index = json_member(&statements.items[i], "index");

		if (!source || !statement || !index) {
			ok = err_set(err, ERR_BUG, "the driver explains itself badly");
			break;
		}
		plan->scans = plan->scans || index->text.size == 0;
		if (plan->cli->options.json)
			continue;
		buf_print(&plan->out, "    %-10.*s ", SPAN_ARGS(source->text));
		put_on_one_line(&plan->out, statement->text);
		buf_print(&plan->out, "\n               %s%.*s\n",
			  index->text.size ? "index: "
					   : "NO INDEX: every chunk scans the whole table",
			  SPAN_ARGS(index->text));
	}
	buf_release(&text);
	return ok;
}

static bool put_entity(struct plan *plan, int index, struct err *err)
{
	const struct options *options = &plan->cli->options;
	const struct entity_info *entity = &rule_host_migration(plan->loaded.host)->entities[index];
	int64_t chunk_rows = options->chunk ? options->chunk : MOVE_CHUNK_ROWS;
	int64_t roots;
	int64_t chunks;

	if (!derive_count_roots(plan->loaded.deriver, index, &roots, err))
		return false;
	chunks = roots / chunk_rows + (roots % chunk_rows > 0 || roots == 0);
	if (options->json) {
		json_open(&plan->json, '{');
		json_key(&plan->json, "entity");
		json_text(&plan->json, entity->name);
		json_key(&plan->json, "roots");
		json_int(&plan->json, roots);
		json_key(&plan->json, "chunks");
		json_int(&plan->json, chunks);
		if (!put_statements(plan, index, err))
			return false;
		json_close(&plan->json, '}');
		return true;
	}
	buf_print(&plan->out, "%s\n  ", entity->name);
	text_put_number(&plan->out, roots);
	buf_print(&plan->out, " rows of %s in ", entity->sources.sources[0].table);
	text_put_number(&plan->out, chunks);
	buf_print(&plan->out, " chunks of at most %lld, into %s_final\n  reads, for every chunk\n",
		  (long long)chunk_rows, entity->record);
	return put_statements(plan, index, err);
}

static bool put_plan(struct plan *plan, struct err *err)
{
	const struct fault_list *warnings = &plan->loaded.warnings;
	const struct migration_info *migration = rule_host_migration(plan->loaded.host);
	bool json = plan->cli->options.json;

	json_writer_init(&plan->json, &plan->out);
	if (json) {
		json_open(&plan->json, '{');
		json_key(&plan->json, "version");
		json_text(&plan->json, migration->version);
		json_key(&plan->json, "fingerprint");
		json_text(&plan->json, migration->transform);
		json_key(&plan->json, "entities");
		json_open(&plan->json, '[');
	} else {
		buf_print(&plan->out,
			  "version %s, fingerprint %.16s…; nothing is written by this\n",
			  migration->version, migration->transform);
	}
	for (int i = 0; i < migration->entity_count; i++)
		if (!put_entity(plan, i, err))
			return false;
	if (json) {
		json_close(&plan->json, ']');
		json_key(&plan->json, "warnings");
		json_int(&plan->json, (int64_t)warnings->fault_count);
		json_key(&plan->json, "scans");
		json_bool(&plan->json, plan->scans);
		json_close(&plan->json, '}');
		buf_put_char(&plan->out, '\n');
	} else {
		buf_print(&plan->out,
			  "checks\n  the key of every root is unique and never NULL: %s\n"
			  "  every named table and column exists: yes\n"
			  "  every column is accounted for: %s\n  every statement is served by an "
			  "index: %s\n",
			  has_query_root(migration)
			      ? "yes of tables; of a query it is looked for row by row"
			      : "yes",
			  warnings->fault_count ? "NO, see above" : "yes",
			  plan->scans ? "NO" : "yes");
	}
	return true;
}

static void put_tables(struct plan *plan, const struct driver *driver)
{
	move_put_ddl(rule_host_migration(plan->loaded.host), driver, plan->cli->options.is_staged,
		     &plan->cli->arena, &plan->out);
}

static bool put_ddl(struct plan *plan, struct err *err)
{
	struct conn *target;

	/* The statements are the driver's; a target that does not exist yet is not made for them. */
	if (!plan->cli->options.target) {
		put_tables(plan, plan->loaded.legacy->driver);
		return true;
	}
	if (conn_open(plan->cli->options.target, CONN_TARGET_READ, &target, err)) {
		put_tables(plan, target->driver);
		conn_close(target);
		return true;
	}
	if (err->code != ERR_UNAVAILABLE)
		return false;
	err_reset(err);
	put_tables(plan, plan->loaded.legacy->driver);
	return true;
}

int command_plan(struct cli *cli, struct err *err)
{
	struct plan plan = { .cli = cli };
	bool ok;

	if (!loaded_open(cli, &plan.loaded, err))
		return 0;
	buf_init(&plan.out);
	ok = loaded_as_released(cli, plan.loaded.host, err) &&
	     (cli->options.ddl ? put_ddl(&plan, err) : put_plan(&plan, err)) &&
	     text_to_stdout(&plan.out, err);
	loaded_close(&plan.loaded);
	buf_release(&plan.out);
	return ok && plan.loaded.warnings.fault_count > 0 && !cli->options.ddl ? 1 : 0;
}
