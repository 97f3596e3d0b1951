/*
 * sql.c: names in SQL.
 */
#include "drivers/sqlite/sqlite_internal.h"

void sql_put_name(struct buf *sql, const char *name)
{
	buf_put_char(sql, '"');
	for (const char *c = name; *c; c++) {
		if (*c == '"')
			buf_put_char(sql, '"');
		buf_put_char(sql, *c);
	}
	buf_put_char(sql, '"');
}
