/*
 * on_postgres.h: a server for tests that know it is PostgreSQL: databases, roles, and a root "t" with lists "c".
 */
#ifndef TESTS_DRIVERS_ON_POSTGRES_H
#define TESTS_DRIVERS_ON_POSTGRES_H

#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/drivers/fixture.h"

struct on_postgres {
	struct fixture fixture;
	struct conn *conn;
	struct reader *reader;
	struct arena arena;
	struct batch batch;
	struct err err;
	char database[64]; /* made for this test; "" when it is the server's own */
	char server[200];  /* where that is known */
	char role[64];     /* likewise */
};

/* Schemas of its own; a connection is made by on_postgres_connect(). */
void on_postgres_open(struct on_postgres *at);

/* In a database of its own, in this encoding. */
void on_postgres_open_encoded(struct on_postgres *at, const char *encoding);

/* With a role of its own that may use the schemas; from now on legacy is read, and the target written, as that role. */
void on_postgres_be_role(struct on_postgres *at);
void on_postgres_close(struct on_postgres *at);

/* SQL by the hand that owns legacy; "%s" is often the role. */
void on_postgres_run(struct on_postgres *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What such a statement gives: the first field of the first row. */
void on_postgres_ask(struct on_postgres *at, const char *sql, char *answer, size_t size);

void on_postgres_connect(struct on_postgres *at, enum conn_role role);

/* Open a reader; with words it must be refused with ERR_RULE and these. */
void on_postgres_prepare(struct on_postgres *at, const struct source_set *set);
void on_postgres_refuse(struct on_postgres *at, const struct source_set *set, const char *words);

/* Read everything into at->batch: must go well; or fail with this code and these words. */
void on_postgres_read(struct on_postgres *at);
void on_postgres_fail(struct on_postgres *at, enum err_code code, const char *words);

/* at->err must say this; it is empty afterwards. */
void on_postgres_expect(struct on_postgres *at, enum err_code code, const char *words);

/* Every statement is served by an index. */
void on_postgres_expect_indexes(struct on_postgres *at, const char *what);

/* t (k, v), key k; then c (p, v), key v, whose p is t's k; then r (k, v), key k, at which t's v points. */
extern const struct source t_c_r[];

/* t (k, l, v), key (k, l); then c (p, q, v), whose (p, q) is t's key. */
extern const struct source two_keys[];

#endif
