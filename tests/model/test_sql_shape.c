/*
 * test_sql_shape.c: statements that differ in literals, blanks, letters and comments have one shape; others have another.
 */
#include <criterion/criterion.h>

#include "engine/base/buf.h"
#include "engine/model/sql_shape.h"
#include "tests/model/random.h"

TestSuite(sql_shape, .timeout = 60);

static struct arena arena;
static uint64_t random_state = 1;

static void begin(void)
{
	arena_init(&arena);
}

static void end(void)
{
	arena_release(&arena);
}

static struct sql_shape shape_in(const char *text, enum sql_dialect dialect)
{
	struct sql_reader reader = sql_reader_of(span_of(text), dialect);
	struct sql_shape shape, next;

	cr_assert(sql_next_shape(&reader, &arena, &shape), "%s: no statement", text);
	cr_assert_not(sql_next_shape(&reader, &arena, &next), "%s: two statements", text);
	return shape;
}

static const char *text_of(const char *text)
{
	struct sql_shape shape = shape_in(text, SQL_POSTGRES);

	cr_assert_eq(shape.ask, SQL_QUESTION, "%s: %d", text, (int)shape.ask);
	return shape.text.data;
}

/* Statement, and its shape. */
static const char *const shapes[][2] = {
	{ "select a from t where b = 1", "select a from t where b = ?" },
	{ "SELECT\tA FROM  T\nWHERE B=1;", "select a from t where b = ?" },
	{ "select \"A\" from \"t\"", "select \"A\" from \"t\"" },
	{ "select 'it''s', 'a;b' , E'\\'--' from t", "select ?, ?, ? from t" },
	{ "select 'a'\n'b', e'a\\''\n -- and\n 'b\\'' from t", "select ?, ? from t" },
	{ "select $$a;'b$$, $x$ $y$ $$ $x$, $1 from t", "select ?, ?, ? from t" },
	{ "select U&'d\\0061t', x'1F', B'01', n'a' from t", "select ?, ?, ?, ? from t" },
	{ "select u&\"d\\0061t\", u & \"d\" from t", "select u&\"d\\0061t\", u & \"d\" from t" },
	{ "select /* a /* 'nested */ ; */ 1 -- 'and\n from t", "select ? from t" },
	{ "select 1.5e-3, .5, 0x1F, 1_000, 1., 1e5 from t", "select ?, ?, ?, ?, ?, ? from t" },
	{ "select a where b=-1 and c - 1 > - 2 and d=- -3",
	  "select a where b = ? and c - ? > ? and d = ?" },
	{ "select a-1, (a)-1, a[1]-1, -a from t", "select a - ?, (a) - ?, a[?] - ?, - a from t" },
	{ "select true, b is true, c is not null, null from t where d = false",
	  "select ?, b is true, c is not null, ? from t where d = ?" },
	{ "select x.true, a isnull from t", "select x.true, a isnull from t" },
	{ "select a from t where b = :b and c=?and d=$12",
	  "select a from t where b = ? and c = ? and d = ?" },
	{ "select a::text, b :: numeric(12,2), '1'::int from t",
	  "select a::text, b::numeric(?, ?), ?::int from t" },
	{ "select a[1:n], a[i : 2], a[:n] from t", "select a[? : n], a[i : ?], a[: n] from t" },
	{ "select array[:n,:m], a[f(:x):n] from t", "select array[?], a[f(?) : n] from t" },
	{ "select a from t where b ? 'k' and c ?| array['x','y'] and d ?& e and f @? '$.a'",
	  "select a from t where b ? ? and c ?| array[?] and d ?& e and f @? ?" },
	{ "select a from t where b=?||'x'", "select a from t where b = ? || ?" },
	{ "select a->'b'->>0, c#>>'{a}', d@>'{}' from t",
	  "select a -> ? ->> ?, c #>> ?, d @> ? from t" },
	{ "select a from t where b in (1)", "select a from t where b in (?)" },
	{ "select a from t where b not in (1,-2,$3 , 'x',null)",
	  "select a from t where b not in (?)" },
	{ "select a from t where b in ($1 /*, ... */)", "select a from t where b in (?)" },
	{ "select a from t where (b,c) in ((1,2),(3,4),(5,6))",
	  "select a from t where (b, c) in ((?, ?))" },
	{ "select a from t where b in (1::int, 2::int)", "select a from t where b in (?::int)" },
	{ "select a from t where b in ('1'::pg_catalog.\"char\", 2, 3)",
	  "select a from t where b in (?::pg_catalog.\"char\", ?)" },
	{ "select a from t where b in (date '2020-01-01', date '2020-01-02')",
	  "select a from t where b in (date ?)" },
	{ "select a from t where b in (c, 1, 2)", "select a from t where b in (c, ?, ?)" },
	{ "select a from t where b in (1 + 1, 2)", "select a from t where b in (? + ?, ?)" },
	{ "select a from t where b in (select c from u where d in (1, 2))",
	  "select a from t where b in (select c from u where d in (?))" },
	{ "select a from t where b in (1,,2)", "select a from t where b in (?,, ?)" },
	{ "select a from t where b in (1,2,)", "select a from t where b in (?, ?,)" },
	{ "select a from t where b in ()", "select a from t where b in ()" },
	{ "select a from t where b = any (array[1,2]::int[])",
	  "select a from t where b = any (array[?]::int[])" },
	{ "select a from t order by 1 limit 10 offset 20",
	  "select a from t order by ? limit ? offset ?" },
	{ "select count( * ), coalesce(a , 'x') from s.t",
	  "select count(*), coalesce(a, ?) from s.t" },
	{ "(select a from t) union all (select b from u)",
	  "(select a from t) union all (select b from u)" },
	{ "with x as (select 1) select * from x", "with x as (select ?) select * from x" },
	{ "with recursive x(n) as materialized (values (1)) table x",
	  "with recursive x(n) as materialized (values (?)) table x" },
	{ "with \"delete\" as (select 1), update as (select 2) select * from update",
	  "with \"delete\" as (select ?), update as (select ?) select * from update" },
	{ "values (1, 'a')", "values (?, ?)" },
	{ "table t", "table t" },
	{ "prepare p (int, text) as select a from t where b = $1", "select a from t where b = ?" },
	{ "declare c no scroll cursor with hold for select a from t for update",
	  "select a from t for update" },
	{ "select a from t where überName = 'ü'", "select a from t where übername = ?" },
	{ "select a\"b\"c from t", "select a \"b\" c from t" },
	{ "select 1a from t", "select ? a from t" },
	{ "select a <@ b, a<-1, a@-1, a*-1 from t", "select a <@ b, a < ?, a @- ?, a * ? from t" },
	{ "select interval '1 day', timestamp with time zone '2020-01-01' from t",
	  "select interval ?, timestamp with time zone ? from t" },
};

Test(sql_shape, is_what_is_asked, .init = begin, .fini = end)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		cr_expect_str_eq(text_of(shapes[i][0]), shapes[i][1], "%s: %s", shapes[i][0],
				 text_of(shapes[i][0]));
}

Test(sql_shape, of_a_shape_is_itself, .init = begin, .fini = end)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		cr_expect_str_eq(text_of(shapes[i][1]), shapes[i][1], "%s: %s", shapes[i][1],
				 text_of(shapes[i][1]));
}

/* ---- what else is asked is another shape ---- */

Test(sql_shape, differs_where_the_question_does, .init = begin, .fini = end)
{
	static const char *const pairs[][2] = {
		{ "select a from t", "select b from t" },
		{ "select a from t", "select \"A\" from t" },
		{ "select a from t where b = 1", "select a from t where b <> 1" },
		{ "select a from t where b is null", "select a from t where b is not null" },
		{ "select a from t where b is true", "select a from t where b is false" },
		{ "select a from t limit 1", "select a from t" },
		{ "select a from t where b in (1)", "select a from t where b = 1" },
		{ "select a from t where b in (c, d)", "select a from t where b in (c)" },
		{ "select a[1:n] from t", "select a[1:m] from t" },
		{ "select a - 1 from t", "select a + 1 from t" },
		{ "select a from t where b ?| c", "select a from t where b ?& c" },
		{ "select a from t", "select a from u" },
		{ "select a from t", "select distinct a from t" },
		{ "select a from t order by b", "select a from t order by b desc" },
		{ "select a from t where b = '1'::int", "select a from t where b = '1'::text" },
		{ "select 'a' 'b' from t", "select 'a'\n'b' from t" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		cr_expect_str_neq(text_of(pairs[i][0]), text_of(pairs[i][1]), "%s", pairs[i][0]);
}

/* ---- kinds ---- */

struct kind_case {
	const char *text;
	enum sql_ask ask;
};

static const struct kind_case kinds[] = {
	{ "insert into t values (1)", SQL_ORDER },
	{ "with x as (delete from t returning *) select * from x", SQL_ORDER },
	{ "with x as (select 1) insert into t select * from x", SQL_ORDER },
	{ "with x as not materialized (update t set a = 1 returning a) table x", SQL_ORDER },
	{ "select a into u from t", SQL_ORDER },
	{ "(((update t set a = 1)))", SQL_ORDER },
	{ "BEGIN", SQL_ORDER },
	{ "set search_path = 'a'", SQL_ORDER },
	{ "copy (select a from t) to stdout", SQL_ORDER },
	{ "explain select a from t", SQL_ORDER },
	{ "execute p(1)", SQL_ORDER },
	{ "deallocate p", SQL_ORDER },
	{ "declare c cursor", SQL_ORDER },
	{ "prepare p", SQL_ORDER },
	{ "prepare p as insert into t values ($1)", SQL_ORDER },
	{ "<insufficient privilege>", SQL_STRANGE },
	{ "hello world", SQL_STRANGE },
	{ "\"select\" 1", SQL_STRANGE },
	{ "1", SQL_STRANGE },
	{ "{\"query\": 1}", SQL_STRANGE },
	{ "select 'a", SQL_CUT },
	{ "select e'a\\'", SQL_CUT },
	{ "select \"a", SQL_CUT },
	{ "select /* /* */", SQL_CUT },
	{ "select $x$ $y$", SQL_CUT },
	{ "select (1", SQL_CUT },
	{ "select 1)", SQL_CUT },
	{ "select ([1)]", SQL_QUESTION }, /* brackets are counted, not understood */
	{ "/*", SQL_CUT },
	{ "select 1", SQL_QUESTION },
};

Test(sql_shape, knows_questions_by_their_words, .init = begin, .fini = end)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		cr_expect_eq(shape_in(kinds[i].text, SQL_POSTGRES).ask, kinds[i].ask, "%s: %d",
			     kinds[i].text, (int)shape_in(kinds[i].text, SQL_POSTGRES).ask);
}

/* ---- tables ---- */

static const char *const tables[][2] = {
	{ "select a from t", "t" },
	{ "select a from only s.t x, \"U\" as u, v", "t U v" },
	{ "select a from t join u using (a) left join lateral (select * from v, w) x on true, y",
	  "t u v w y" },
	{ "select a from (t join u on a = b), ((v))", "t u v" },
	{ "select extract(year from a), substring(b from 1), trim(both from c) from t", "t" },
	{ "select a from t where b is distinct from c, d", "t" },
	{ "select a from f(1), t where b in (select c from u)", "t u" },
	{ "select a, (select max(b) from u), c from t order by d, e", "u t" },
	{ "with x as (select * from t) select * from x", "t x" },
	{ "table t", "t" },
	{ "select a from t union select b from u, t", "t u" },
	{ "select 1", "" },
};

Test(sql_shape, names_the_tables, .init = begin, .fini = end)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct sql_shape shape = shape_in(tables[i][0], SQL_POSTGRES);
		struct buf names;

		buf_init(&names);
		buf_put_text(&names, "");
		for (int t = 0; t < shape.table_count; t++)
			buf_print(&names, "%s%s", t ? " " : "", shape.tables[t]);
		cr_expect_str_eq(names.data, tables[i][1], "%s: %s", tables[i][0], names.data);
		buf_release(&names);
	}
}

/* ---- several statements, another store's words ---- */

Test(sql_shape, statements_end_with_semicolons, .init = begin, .fini = end)
{
	static const char text[] = ";; select 1;/*;*/;\nselect ';' from t -- ;\n; begin";
	static const char *const expected[] = { "select ?", "select ? from t", NULL };
	struct sql_reader reader = sql_reader_of(span_of(text), SQL_POSTGRES);
	struct sql_shape shape;

	for (int i = 0; i < 3; i++) {
		cr_assert(sql_next_shape(&reader, &arena, &shape), "%d", i);
		if (expected[i])
			cr_assert_str_eq(shape.text.data, expected[i]);
		else
			cr_assert_eq(shape.ask, SQL_ORDER);
	}
	cr_assert_eq(*shape.begin, 'b');
	cr_assert_not(sql_next_shape(&reader, &arena, &shape));
}

Test(sql_shape, knows_sqlite, .init = begin, .fini = end)
{
	static const char *const pairs[][2] = {
		{ "select [a b], `c\"`, \"d\" from [t] where e = ?1 and f=@f and g = $g",
		  "select [a b], `c\"`, \"d\" from [t] where e = ? and f = ? and g = ?" },
		{ "select 'a\\' /* /* */ from t", "select ? from t" },
		{ "select e from t where a=?and b==1", "select e from t where a = ? and b == ?" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct sql_shape shape = shape_in(pairs[i][0], SQL_SQLITE);

		cr_expect_eq(shape.ask, SQL_QUESTION);
		cr_expect_str_eq(shape.text.data, pairs[i][1], "%s", shape.text.data);
		cr_expect_str_eq(shape_in(pairs[i][1], SQL_SQLITE).text.data, pairs[i][1]);
	}
}

/* ---- laws ---- */

/* What stands for the next word of a statement is drawn: a literal for a literal, other letters, other blanks. */
static const char *const blanks[] = { " ", "\n", "\t\t", " /* ' */ ", " --\"x\n", "/*;/**/*/" };
static const char *const literals[] = { "1",     "-1",       "- 2.5e3", "'a''b;'", "E'\\''",
					"$$'$$", "$t$(;$t$", "$3",      ":named",  "null",
					"TRUE",  "0xA",      "x'0F'",   "'a'\n'b'" };

static const char *draw(const char *const *texts, size_t count)
{
	return texts[random_below(&random_state, count)];
}

/* '~' is a literal, '^' a list of them, a blank is blanks. */
static void put_variant(struct buf *buf, const char *pattern)
{
	for (const char *at = pattern; *at; at++) {
		int repeats = *at == '^' ? 1 + (int)(random_below(&random_state, 4)) : 1;

		for (int i = 0; i < repeats; i++) {
			if (i > 0)
				buf_put_text(buf, ",");
			if (*at == ' ')
				buf_put_text(buf, draw(blanks, sizeof(blanks) / sizeof(*blanks)));
			else if (*at == '~' || *at == '^')
				buf_put_text(buf,
					     draw(literals, sizeof(literals) / sizeof(*literals)));
			else
				buf_put_char(buf, (char)(*at >= 'a' && *at <= 'z' &&
								 random_below(&random_state, 2)
							     ? *at - 'a' + 'A'
							     : *at));
		}
	}
}

Test(sql_shape, literals_blanks_letters_and_comments_do_not_count, .init = begin, .fini = end)
{
	static const char *const patterns[] = {
		"select a , b from t where c = ~ and d >= ~ ",
		"select a from t where b in (^) or c not in ( ^ ) limit ~ offset ~ ",
		"select coalesce( a , ~ ) , count(*) from s.t group by ~ having sum(x) > ~ ",
		"with x as ( select ~ ) select * from x join t on x.a = t.b where t.c between ~ "
		"and ~ ",
		"select a::text from t where b = any ( array[^] ) and c ?| d ",
		"select case when a = ~ then ~ else ~ end from t ; ",
		"values ( ~ , ~ ) ",
	};

	for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
		const char *first = NULL;

		for (int round = 0; round < 500; round++) {
			struct buf text;
			const char *shape;

			buf_init(&text);
			put_variant(&text, patterns[p]);
			shape = text_of(text.data);
			if (first == NULL)
				first = shape;
			cr_assert_str_eq(shape, first, "%s\n%s\n%s", text.data, shape, first);
			cr_assert_str_eq(text_of(shape), shape, "%s", text_of(shape));
			buf_release(&text);
		}
	}
}

/* Whatever the words are. */
Test(sql_shape, of_any_words_settles, .init = begin, .fini = end)
{
	static const char *const words[] = {
		"a",     "\"B\"",  "1",  "'x'", "?",    "-", "+",  "(",  ")",    "[",    "]",
		",",     ".",      "::", ":",   ":=",   "=", "?|", "@",  "$1",   ":n",   "in",
		"array", "select", "is", "not", "null", "e", "u",  "&",  "--\n", "/**/", "true",
		"from",  "$",      "*",  "/",   "|",    "`", "~",  "0x", "1.5.", "$$",
	};

	for (int round = 0; round < 200000; round++) {
		int count = 1 + (int)(random_below(&random_state, 12));
		enum sql_dialect dialect =
		    random_below(&random_state, 2) ? SQL_POSTGRES : SQL_SQLITE;
		struct sql_shape shape;
		struct sql_reader reader;
		struct buf text;

		arena_reset(&arena);
		buf_init(&text);
		buf_put_text(&text, "select ");
		for (int i = 0; i < count; i++)
			buf_print(&text, "%s%s", draw(words, sizeof(words) / sizeof(*words)),
				  random_below(&random_state, 2) ? " " : "");
		reader = sql_reader_of(buf_span(&text), dialect);
		if (sql_next_shape(&reader, &arena, &shape) && shape.ask == SQL_QUESTION) {
			struct sql_shape again = shape_in(shape.text.data, dialect);

			cr_assert_eq(again.ask, SQL_QUESTION, "%s\n%s", text.data, shape.text.data);
			cr_assert_str_eq(again.text.data, shape.text.data, "%s", text.data);
		}
		buf_release(&text);
	}
}

Test(sql_shape, of_a_very_long_statement_is_found_in_time, .init = begin, .fini = end)
{
	static const char *const parts[] = {
		"in(", "in(1,", "in(1::a ", "array[1::", "(",     "-",   "a,", "from a,",
		"'",   "/*",    "in(?",     "[",         "with ", "as(", "1,", "in((1::"
	};

	for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
		struct sql_shape shape;
		struct sql_reader reader;
		struct buf text;

		arena_reset(&arena);
		buf_init(&text);
		buf_put_text(&text, "select a from t where b in (1, ");
		while (text.size < 1 << 20)
			buf_put_text(&text, parts[p]);
		for (int round = 0; round < 2; round++) {
			reader = sql_reader_of(buf_span(&text), SQL_POSTGRES);
			cr_assert(sql_next_shape(&reader, &arena, &shape));
			while (text.size < 2 << 20)
				buf_put_text(&text, ")");
		}
		buf_release(&text);
	}
}
