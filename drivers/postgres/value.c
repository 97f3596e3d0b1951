/*
 * value.c: values of the target's tables in PostgreSQL's binary form.
 */
#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "drivers/postgres/postgres_internal.h"
#include "engine/base/require.h"

/* Of the types in pg_type.dat; they never change. */
enum { OID_INT8 = 20, OID_TEXT = 25, OID_TIMESTAMPTZ = 1184, OID_JSON = 114, OID_JSONB = 3802 };

/* 2000-01-01, from where PostgreSQL counts. */
static const int64_t epoch_us = INT64_C(946684800000000);

const char *pg_value_type(enum table_kind kind)
{
	static const char *const types[] = {
		[TABLE_TEXT] = "text",
		[TABLE_INT] = "bigint",
		[TABLE_INSTANT] = "timestamp with time zone",
		[TABLE_JSON] = "jsonb",
		[TABLE_DOCUMENT] = "json",
	};

	return types[kind];
}

void pg_value_put_number(const struct datum *datum, char bytes[PG_NUMBER_SIZE])
{
	int64_t number = datum->kind == DATUM_INSTANT ? datum->number - epoch_us : datum->number;
	uint64_t big_endian = htobe64((uint64_t)number);

	memcpy(bytes, &big_endian, PG_NUMBER_SIZE);
}

static int64_t read_number(const char *bytes)
{
	uint64_t big_endian;

	memcpy(&big_endian, bytes, sizeof(big_endian));
	return (int64_t)be64toh(big_endian);
}

static Oid oid_of(enum table_kind kind)
{
	static const Oid oids[] = {
		[TABLE_TEXT] = OID_TEXT,           [TABLE_INT] = OID_INT8,
		[TABLE_INSTANT] = OID_TIMESTAMPTZ, [TABLE_JSON] = OID_JSONB,
		[TABLE_DOCUMENT] = OID_JSON,
	};

	return oids[kind];
}

/* The room must not move while its bytes are in use: it was reserved. */
static struct parameter in_room(Oid type, struct buf *room, size_t size)
{
	require(room->capacity - room->size > size);
	return (struct parameter){ room->data + room->size, type, (int)size };
}

struct parameter pg_value_of(enum table_kind kind, const struct datum *datum, struct buf *room)
{
	struct parameter value = { NULL, oid_of(kind), 0 };
	char bytes[PG_NUMBER_SIZE];

	switch (datum->kind) {
	case DATUM_NULL:
		break;
	case DATUM_TEXT:
		require(datum->text.size < INT32_MAX);
		if (kind != TABLE_JSON)
			return (struct parameter){ datum->text.data, value.type,
						   (int)datum->text.size };
		value = in_room(value.type, room, datum->text.size + 1);
		buf_put_char(room, PG_JSONB_VERSION);
		buf_put_span(room, datum->text);
		break;
	case DATUM_INSTANT:
	case DATUM_INT:
	case DATUM_NOW: /* microseconds to add to the store's clock */
		value =
		    in_room(datum->kind == DATUM_NOW ? OID_INT8 : value.type, room, PG_NUMBER_SIZE);
		pg_value_put_number(datum, bytes);
		buf_put(room, bytes, PG_NUMBER_SIZE);
		break;
	}
	return value;
}

static bool read_fixed(const PGresult *result, int row, int column, enum table_kind kind,
		       struct datum *datum, struct err *err)
{
	const char *bytes = PQgetvalue(result, row, column);

	if (PQgetlength(result, row, column) != 8)
		return err_set(err, ERR_DATA, "column %s holds a value of another type",
			       PQfname(result, column));
	if (kind == TABLE_INT)
		*datum = datum_int(read_number(bytes));
	else
		*datum = datum_instant(read_number(bytes) + epoch_us);
	return true;
}

bool pg_value_read(const PGresult *result, int row, int column, enum table_kind kind,
		   struct datum *datum, struct err *err)
{
	struct span text = pg_field_text(result, row, column);

	if (PQgetisnull(result, row, column)) {
		*datum = datum_null();
		return true;
	}
	if (kind == TABLE_INT || kind == TABLE_INSTANT)
		return read_fixed(result, row, column, kind, datum, err);
	if (kind == TABLE_JSON && text.size > 0)
		text = (struct span){ text.data + 1, text.size - 1 };
	*datum = datum_span(text);
	return true;
}
