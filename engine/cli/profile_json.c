/*
 * profile_json.c: a profile for programs.
 */
#include "engine/base/json.h"
#include "engine/cli/profile_show.h"

static const char *form_name(int form)
{
	static const char *const names[FORM_COUNT] = {
		"empty",   "integer", "decimal", "float", "boolean", "date", "local",
		"instant", "badTime", "uuid",    "json",  "php",     "text", "bytes",
	};

	return names[form];
}

static void put_day(struct json_writer *json, const char *key, int32_t day)
{
	struct buf text;

	buf_init(&text);
	profile_put_day(&text, day);
	json_key_string(json, key, buf_span(&text));
	buf_release(&text);
}

static void put_value(struct json_writer *json, const struct value_count *value)
{
	json_open(json, '{');
	json_key_string(json, "value", value->value);
	json_key_int(json, "rows", value->count);
	if (value->first_day != DAY_UNKNOWN) {
		put_day(json, "first", value->first_day);
		put_day(json, "last", value->last_day);
	}
	json_close(json, '}');
}

static void put_names(struct json_writer *json, const char *key,
		      const struct column_profile *column, const int *values, int count)
{
	json_key(json, key);
	json_open(json, '[');
	for (int i = 0; i < count; i++)
		json_string(json, column->values[values[i]].value);
	json_close(json, ']');
}

static void put_eras(struct json_writer *json, const struct column_profile *column,
		     const struct era *eras, int count)
{
	json_key(json, "eras");
	json_open(json, '[');
	for (int i = 0; i < count; i++) {
		json_open(json, '{');
		json_key_int(json, "from", eras[i].first_year);
		json_key_int(json, "to", eras[i].last_year);
		put_names(json, "begun", column, eras[i].begun, eras[i].begun_count);
		put_names(json, "ended", column, eras[i].ended, eras[i].ended_count);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_column(struct json_writer *json, const struct column_profile *column,
		       const struct era *eras, int era_count)
{
	json_open(json, '{');
	json_key(json, "column");
	json_text(json, column->info->name);
	json_key(json, "type");
	json_text(json, column->info->type);
	json_key_int(json, "nulls", column->null_count);
	json_key_int(json, "values", column->value_count);
	json_key_int(json, "distinct", column->distinct_count);
	json_key(json, "distinctIsExact");
	json_bool(json, column->is_vocabulary);
	json_key_int(json, "lengthMin", column->length_min);
	json_key_int(json, "lengthMax", column->length_max);
	json_key_string(json, "least", column->least);
	json_key_string(json, "greatest", column->greatest);
	json_key(json, "forms");
	json_open(json, '{');
	for (int form = 0; form < FORM_COUNT; form++)
		if (column->forms[form] > 0)
			json_key_int(json, form_name(form), column->forms[form]);
	json_close(json, '}');
	json_key(json, "vocabulary");
	json_open(json, '[');
	for (int i = 0; i < column->value_kinds; i++)
		put_value(json, &column->values[i]);
	json_close(json, ']');
	json_key(json, "samples");
	json_open(json, '[');
	for (int i = 0; i < column->sample_count; i++)
		json_string(json, column->samples[i]);
	json_close(json, ']');
	put_eras(json, column, eras, era_count);
	json_close(json, '}');
}

static void put_finding(struct json_writer *json, const struct finding *finding)
{
	static const char *const weights[FINDING_WEIGHTS] = { "decide", "say", "note" };

	json_open(json, '{');
	json_key(json, "finding");
	json_text(json, finding->name);
	json_key(json, "weight");
	json_text(json, weights[finding->weight]);
	json_key(json, "column");
	json_text(json, finding->column);
	json_key_int(json, "rows", finding->count);
	json_key(json, "text");
	json_string(json, span_of(finding->text));
	json_key(json, "advice");
	json_text(json, finding->advice);
	json_key(json, "options");
	json_open(json, '{');
	for (int i = 0; i < FINDING_OPTIONS_MAX && finding->options[i].name; i++) {
		json_key(json, finding->options[i].name);
		json_text(json, finding->options[i].text);
	}
	json_close(json, '}');
	json_key_string(json, "key", finding->key);
	json_key_string(json, "value", finding->value);
	json_close(json, '}');
}

static void put_table(struct json_writer *json, const struct table_profile *table)
{
	json_open(json, '{');
	json_key(json, "table");
	json_text(json, table->name);
	json_key(json, "fault");
	json_text(json, table->fault);
	json_key_int(json, "rows", table->row_count);
	json_key_int(json, "read", table->read_count);
	json_key(json, "key");
	json_open(json, '[');
	for (int i = 0; i < table->key_count; i++)
		json_text(json, table->key[i]);
	json_close(json, ']');
	json_key(json, "datedBy");
	json_text(json, table->dated_by >= 0 ? table->info->columns[table->dated_by].name : NULL);
	json_key(json, "columns");
	json_open(json, '[');
	for (int i = 0; i < table->column_count; i++)
		put_column(json, &table->columns[i], table->eras[i], table->era_counts[i]);
	json_close(json, ']');
	json_key(json, "findings");
	json_open(json, '[');
	for (int i = 0; i < table->finding_count; i++)
		put_finding(json, &table->findings[i]);
	json_close(json, ']');
	json_close(json, '}');
}

void profile_put_json(struct buf *buf, const struct shown_profile *shown)
{
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '{');
	json_key(&json, "legacy");
	json_text(&json, shown->legacy);
	json_key(&json, "sampled");
	json_bool(&json, shown->is_sampled);
	json_key(&json, "tables");
	json_open(&json, '[');
	for (int i = 0; i < shown->profile->table_count; i++)
		put_table(&json, &shown->profile->tables[i]);
	json_close(&json, ']');
	json_close(&json, '}');
	buf_put_char(buf, '\n');
}
