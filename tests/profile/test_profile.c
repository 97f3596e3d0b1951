/*
 * test_profile.c: what is counted is what there is, whole or in blocks.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "drivers/memory/memory.h"
#include "engine/profile/profile.h"

TestSuite(profile, .timeout = 60);

struct world {
	struct memory_store *store;
	struct conn *conn;
	struct arena arena;
	struct err err;
};

static void world_open(struct world *world)
{
	memset(world, 0, sizeof(*world));
	arena_init(&world->arena);
	world->store = memory_store_open();
	cr_assert(memory_store_connect(world->store, CONN_SOURCE, &world->conn, &world->err));
}

static void world_close(struct world *world)
{
	conn_close(world->conn);
	memory_store_close(world->store);
	arena_release(&world->arena);
}

static void put(struct world *world, const char *table, int count, const char *const *texts)
{
	struct cell cells[8];

	for (int i = 0; i < count; i++)
		cells[i] = texts[i]
			       ? (struct cell){ texts[i], (uint32_t)strlen(texts[i]), CELL_TEXT }
			       : (struct cell){ .kind = CELL_NULL };
	memory_store_cells(world->store, table, cells);
}

static struct profile take(struct world *world, int64_t rows_max, const char *name)
{
	struct profile_options options = { .legacy = world->conn,
					   .names = &name,
					   .name_count = name != NULL,
					   .rows_max = rows_max };
	struct profile profile;

	cr_assert(profile_take(&options, &world->arena, &profile, &world->err), "%s",
		  world->err.text);
	return profile;
}

static const struct finding *find(const struct table_profile *table, const char *name,
				  const char *column)
{
	for (int i = 0; i < table->finding_count; i++) {
		const struct finding *finding = &table->findings[i];

		if (strcmp(finding->name, name) == 0 &&
		    (column == NULL || (finding->column && strcmp(finding->column, column) == 0)))
			return finding;
	}
	return NULL;
}

/* ---- one table of everything ---- */

static const char *const orders_key = "id";
static const struct memory_column orders[] = {
	{ "id", "INTEGER", true },   { "status", "TEXT", false }, { "created", "TEXT", false },
	{ "amount", "REAL", false }, { "active", "TEXT", false }, { "activebool", "TEXT", false },
};
enum { ORDERS_COLUMNS = 6, ORDERS = 3000 };

/* Three thousand rows over six years; PICKED begins in the fourth, and some rows are odd. */
static void fill_orders(struct world *world)
{
	memory_store_table(world->store, "orders", orders, ORDERS_COLUMNS, &orders_key, 1);
	for (int i = 0; i < ORDERS; i++) {
		int year = 2010 + i / 500;
		char id[16], created[32], amount[32];
		const char *row[ORDERS_COLUMNS] = { id, "OPEN", created, amount, "1", "t" };

		snprintf(id, sizeof(id), "%d", i + 1);
		snprintf(created, sizeof(created), "%d-%02d-05 10:00:00", year, 1 + i % 12);
		snprintf(amount, sizeof(amount), "%d.%02d", i, i % 100);
		if (i % 3 == 1)
			row[1] = "CLOSED";
		if (year >= 2013 && i % 3 == 2)
			row[1] = "PICKED";
		if (i == 100)
			row[1] = "closed";
		if (i == 200)
			row[1] = "N/A";
		if (i == 300)
			row[1] = NULL;
		if (i == 400)
			row[2] = "0000-00-00 00:00:00";
		if (i == 500)
			row[3] = "0.0500000007";
		if (i % 200 == 7)
			row[4] = "0";
		put(world, "orders", ORDERS_COLUMNS, row);
	}
}

Test(profile, counts_what_there_is)
{
	struct world world;
	struct profile profile;
	const struct table_profile *table;
	const struct column_profile *status;
	int64_t values = 0;

	world_open(&world);
	fill_orders(&world);
	profile = take(&world, 0, NULL);
	cr_assert_eq(profile.table_count, 1);
	table = &profile.tables[0];
	cr_assert_null(table->fault);
	cr_expect_eq(table->row_count, ORDERS);
	cr_expect_eq(table->read_count, ORDERS);
	cr_assert_eq(table->column_count, ORDERS_COLUMNS);
	for (int i = 0; i < table->column_count; i++) {
		const struct column_profile *column = &table->columns[i];
		int64_t forms = 0;

		for (int form = 0; form < FORM_COUNT; form++)
			forms += column->forms[form];
		cr_expect_eq(column->null_count + column->value_count, ORDERS, "%s",
			     column->info->name);
		cr_expect_eq(forms, column->value_count, "%s", column->info->name);
	}
	status = &table->columns[1];
	cr_expect(status->is_vocabulary);
	cr_expect_eq(status->distinct_count, 5);
	cr_expect_eq(status->null_count, 1);
	for (int i = 0; i < status->value_kinds; i++)
		values += status->values[i].count;
	cr_expect_eq(values, ORDERS - 1);
	cr_expect(span_equal_text(status->values[0].value, "OPEN"));
	cr_expect_not(table->columns[0].is_vocabulary);
	cr_expect(span_equal_text(table->columns[3].greatest, "2999.99"));
	world_close(&world);
}

Test(profile, finds_what_somebody_has_to_decide)
{
	struct world world;
	struct profile profile;
	const struct table_profile *table;
	const struct finding *finding;

	world_open(&world);
	fill_orders(&world);
	profile = take(&world, 0, NULL);
	table = &profile.tables[0];
	cr_assert_eq(table->dated_by, 2);
	finding = find(table, "kinds-of-null", "status");
	cr_assert_not_null(finding);
	cr_expect_eq(finding->count, 1);
	cr_expect(span_equal_text(finding->key, "[\"201\"]"));
	cr_assert_not_null(find(table, "spellings", "status"));
	cr_expect_eq(find(table, "spellings", "status")->count, 1);
	cr_assert_not_null(find(table, "zero-date", "created"));
	cr_expect_eq(find(table, "no-offset", "created")->count, ORDERS - 1);
	finding = find(table, "money-as-float", "amount");
	cr_assert_not_null(finding);
	cr_expect(span_equal_text(finding->value, "0.0500000007"));
	finding = find(table, "disagreement", NULL);
	cr_assert_not_null(finding);
	cr_expect_eq(finding->count, 15);
	cr_assert_not_null(find(table, "constant", "activebool"));
	finding = find(table, "eras", "status");
	cr_assert_not_null(finding);
	cr_expect_not_null(strstr(finding->text, "from 2013 on also \"PICKED\""), "%s",
			   finding->text);
	cr_expect_null(strstr(finding->text, "closed"), "one row is a chance: %s", finding->text);
	world_close(&world);
}

Test(profile, one_column_alone_is_the_same)
{
	struct world world;
	struct profile profile;

	world_open(&world);
	fill_orders(&world);
	profile = take(&world, 0, "orders.status");
	cr_assert_eq(profile.table_count, 1);
	cr_assert_eq(profile.tables[0].column_count, 1);
	cr_expect_eq(profile.tables[0].columns[0].distinct_count, 5);
	cr_expect_null(find(&profile.tables[0], "zero-date", NULL));
	cr_expect_not_null(find(&profile.tables[0], "eras", "status"));
	world_close(&world);
}

Test(profile, what_is_not_there_is_named)
{
	static const char *const names[] = { "order", "orders.stat", "a.b.c" };
	struct world world;

	world_open(&world);
	fill_orders(&world);
	for (int i = 0; i < 3; i++) {
		struct profile_options options = { .legacy = world.conn,
						   .names = &names[i],
						   .name_count = 1 };
		struct profile profile;

		cr_assert_not(profile_take(&options, &world.arena, &profile, &world.err));
		cr_expect_eq(world.err.code, ERR_USAGE);
		err_reset(&world.err);
	}
	world_close(&world);
}

/* ---- samples ---- */

static const char *const number_key = "n";
static const struct memory_column numbers[] = { { "n", "INTEGER", true },
						{ "third", "TEXT", false },
						{ "code", "TEXT", false } };

static void fill_numbers(struct world *world, int count)
{
	memory_store_table(world->store, "numbers", numbers, 3, &number_key, 1);
	for (int i = 0; i < count; i++) {
		char n[16], code[16];
		const char *row[] = { n,
				      i * 3 < count       ? "first"
				      : i * 3 < 2 * count ? "second"
							  : "last",
				      code };

		snprintf(n, sizeof(n), "%d", i);
		snprintf(code, sizeof(code), "C-%d", i);
		put(world, "numbers", 3, row);
	}
}

Test(profile, a_sample_is_spread_over_the_keys_and_the_count_is_exact)
{
	static const int counts[] = { 0, 1, 999, 1000, 1001, 4000, 4001, 20000, 50001, 100000 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct world world;
		struct profile profile;
		const struct table_profile *table;

		world_open(&world);
		fill_numbers(&world, counts[i]);
		profile = take(&world, 4000, NULL);
		table = &profile.tables[0];
		cr_expect_eq(table->row_count, counts[i], "%lld of %d", (long long)table->row_count,
			     counts[i]);
		cr_expect_leq(table->read_count, 8000, "%lld", (long long)table->read_count);
		cr_expect_geq(table->read_count, counts[i] < 4000 ? counts[i] : 4000, "%lld of %d",
			      (long long)table->read_count, counts[i]);
		/* Thirds of the keys are thirds of the sample, within a block. */
		for (int v = 0; counts[i] >= 20000 && v < table->columns[1].value_kinds; v++)
			cr_expect_leq(
			    llabs(table->columns[1].values[v].count * 3 - table->read_count), 3000);
		world_close(&world);
	}
}

Test(profile, how_many_values_differ_is_estimated)
{
	struct world world;
	struct profile profile;
	int64_t distinct;

	world_open(&world);
	fill_numbers(&world, 100000);
	profile = take(&world, 0, NULL);
	cr_expect_eq(profile.tables[0].columns[0].distinct_count, 100000, "a key is known");
	distinct = profile.tables[0].columns[2].distinct_count;
	cr_expect(distinct > 80000 && distinct < 120000, "%lld", (long long)distinct);
	world_close(&world);
}

/* ---- more than one table ---- */

static const char *const person_key = "person_id";
static const struct memory_column persons[] = { { "person_id", "TEXT", true } };
static const char *const visit_key = "visit_id";
static const struct memory_column visits[] = { { "visit_id", "INTEGER", true },
					       { "person_id", "TEXT", false } };

Test(profile, rows_that_name_a_row_that_is_not_there_are_counted)
{
	struct world world;
	struct profile profile;
	const struct finding *finding;

	world_open(&world);
	memory_store_table(world.store, "person", persons, 1, &person_key, 1);
	memory_store_table(world.store, "visit", visits, 2, &visit_key, 1);
	put(&world, "person", 1, (const char *[]){ "A" });
	put(&world, "person", 1, (const char *[]){ "a " });
	put(&world, "person", 1, (const char *[]){ "B" });
	put(&world, "visit", 2, (const char *[]){ "1", "A" });
	put(&world, "visit", 2, (const char *[]){ "2", "C" });
	put(&world, "visit", 2, (const char *[]){ "3", NULL });
	put(&world, "visit", 2, (const char *[]){ "4", "C" });
	profile = take(&world, 0, NULL);
	cr_assert_eq(profile.table_count, 2);
	finding = find(&profile.tables[0], "twin-keys", NULL);
	cr_assert_not_null(finding, "A and \"a \" differ in case and a blank");
	cr_expect_eq(finding->count, 1);
	finding = find(&profile.tables[1], "lost-rows", NULL);
	cr_assert_not_null(finding);
	cr_expect_eq(finding->count, 2);
	cr_expect(span_equal_text(finding->value, "C"));
	world_close(&world);
}

Test(profile, a_table_without_a_key_is_looked_at_too)
{
	struct world world;
	struct profile profile;

	world_open(&world);
	memory_store_table(world.store, "visit", visits, 2, NULL, 0);
	put(&world, "visit", 2, (const char *[]){ "1", "A" });
	put(&world, "visit", 2, (const char *[]){ "1", "A" });
	put(&world, "visit", 2, (const char *[]){ "2", "A" });
	profile = take(&world, 0, NULL);
	cr_assert_null(profile.tables[0].fault);
	cr_expect_eq(profile.tables[0].key_count, 0);
	cr_expect_not_null(find(&profile.tables[0], "no-key", NULL));
	cr_expect_eq(find(&profile.tables[0], "equal-rows", NULL)->count, 1);
	cr_expect(span_equal_text(profile.tables[0].columns[1].values[0].value, "A"));
	world_close(&world);
}

static const struct memory_column users[] = { { "id", "INTEGER", true },
					      { "password", "TEXT", false } };
static const char *const user_key = "id";

Test(profile, what_a_name_calls_secret_is_masked_everywhere)
{
	struct world world;
	struct profile profile;
	const struct column_profile *column;

	world_open(&world);
	memory_store_table(world.store, "users", users, 2, &user_key, 1);
	put(&world, "users", 2, (const char *[]){ "1", "hunter2" });
	put(&world, "users", 2, (const char *[]){ "2", "Hunter2" });
	put(&world, "users", 2, (const char *[]){ "3", " hunter2" });
	profile = take(&world, 0, NULL);
	column = &profile.tables[0].columns[1];
	cr_expect_eq(column->distinct_count, 3);
	for (int i = 0; i < column->value_kinds; i++)
		cr_expect_null(strcasestr(column->values[i].value.data, "hunter"));
	for (int i = 0; i < column->sample_count; i++)
		cr_expect_null(strcasestr(column->samples[i].data, "hunter"));
	for (int i = 0; i < profile.tables[0].finding_count; i++) {
		const struct finding *finding = &profile.tables[0].findings[i];

		cr_expect_null(strcasestr(finding->text, "hunter"), "%s", finding->text);
		cr_expect(finding->value.data == NULL ||
			  !strcasestr(finding->value.data, "hunter"));
	}
	cr_expect_not_null(find(&profile.tables[0], "padding", "password"));
	world_close(&world);
}
