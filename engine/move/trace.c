/*
 * trace.c: a record is made again, by the rule that made it, and held against what the target has.
 */
#include "engine/move/trace.h"

#include "engine/base/json.h"
#include "engine/derive/describer.h"
#include "engine/model/instant.h"
#include "engine/move/account.h"
#include "engine/target/kept.h"
#include "engine/target/payload.h"
#include "engine/target/record.h"

struct tracing {
	struct trace *trace;
	const struct trace_request *request;
	struct arena *arena;
	struct kept kept;
	int entity_index;
	struct json_value stored;  /* the payload, not masked; of kind JSON_OBJECT, or it is none */
	struct json_value derived; /* likewise */
	struct outcome *outcome;
};

/* ---- differences ---- */

static void differ(struct trace *trace, const char *name, struct span stored, struct span derived)
{
	if (trace->difference_count == TRACE_DIFFERENCES_MAX) {
		trace->untold_count++;
		return;
	}
	trace->differences[trace->difference_count++] =
	    (struct trace_difference){ name, stored, derived };
}

static struct span json_of(struct arena *arena, const struct json_value *value)
{
	struct span copy;
	struct buf buf;

	if (!value)
		return SPAN_NONE;
	buf_init(&buf);
	json_put_value(&buf, value);
	copy = arena_copy(arena, buf_span(&buf));
	buf_release(&buf);
	return copy;
}

static struct span json_text_of(struct arena *arena, struct span text)
{
	struct span copy;
	struct buf buf;

	buf_init(&buf);
	json_put_lossy(&buf, text);
	copy = arena_copy(arena, buf_span(&buf));
	buf_release(&buf);
	return copy;
}

static struct span hex_of(struct arena *arena, struct digest digest)
{
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(digest, hex);
	return json_text_of(arena, span_of(hex));
}

static struct span moment_of(struct arena *arena, int64_t at_us)
{
	char text[INSTANT_TEXT_SIZE];

	return instant_to_text(at_us, text) ? json_text_of(arena, span_of(text)) : SPAN_NONE;
}

struct shown_differences {
	struct tracing *tracing;
	const struct json_value *derived_masked;
};

static void show_difference(void *context, const char *name, const struct json_value *stored,
			    const struct json_value *derived)
{
	const struct shown_differences *differences = context;
	struct tracing *tracing = differences->tracing;
	struct trace *trace = tracing->trace;

	differ(trace, name,
	       record_show_member(trace->entity, json_member(trace->record, name), stored,
				  tracing->arena),
	       record_show_member(trace->entity, json_member(differences->derived_masked, name),
				  derived, tracing->arena));
}

static void compare_member(struct tracing *tracing, const char *name)
{
	const struct json_value *stored =
	    tracing->trace->lineage ? json_member(tracing->trace->lineage, name) : NULL;
	const struct json_value *derived =
	    json_member(json_member(&tracing->derived, "lineage"), name);

	if (!record_value_is_same(stored, derived))
		differ(tracing->trace, arena_print(tracing->arena, "lineage.%s", name).data,
		       json_of(tracing->arena, stored), json_of(tracing->arena, derived));
}

/* What a rule says of where the record came from, and the columns beside it. */
static void compare_lineage(struct tracing *tracing)
{
	static const char *const members[] = {
		"decisions",    "sourcePrimaryKeys", "sourceSystem",
		"sourceTables", "transformVersion",  "transformedAt"
	};
	struct trace *trace = tracing->trace;
	const struct account *account = &trace->account;
	struct arena *arena = tracing->arena;

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		compare_member(tracing, members[i]);
	if (!trace->legacy_changed)
		compare_member(tracing, "sourceDigest");
	if (!trace->legacy_changed && !digest_equal(account->source_digest, trace->row->digest))
		differ(trace, "source_digest", hex_of(arena, account->source_digest),
		       hex_of(arena, trace->row->digest));
	if (!span_equal_text(account->version, account->run_version))
		differ(trace, "transform_version", json_text_of(arena, account->version),
		       json_text_of(arena, span_of(account->run_version)));
	if (account->transformed_at_us != account->run_transformed_at_us)
		differ(trace, "transformed_at", moment_of(arena, account->transformed_at_us),
		       moment_of(arena, account->run_transformed_at_us));
}

/* ---- the record as stored ---- */

static void read_stored(struct tracing *tracing)
{
	struct trace *trace = tracing->trace;
	struct err ignored = { ERR_NONE, "" };
	struct digest digest;

	trace->is_edited = true;
	if (!json_read(trace->account.payload, tracing->arena, &tracing->stored, &ignored) ||
	    tracing->stored.kind != JSON_OBJECT) {
		tracing->stored = (struct json_value){ .kind = JSON_NULL };
		return;
	}
	trace->lineage = json_member(&tracing->stored, "lineage");
	if (trace->lineage && trace->lineage->kind != JSON_OBJECT)
		trace->lineage = NULL;
	trace->is_edited = !record_digest(&tracing->stored, tracing->arena, &digest) ||
			   !digest_equal(digest, trace->account.digest);
}

/* ---- the rule ---- */

static bool find_entity(struct tracing *tracing, const struct rule_host *host, struct err *err)
{
	const struct migration_info *migration = rule_host_migration(host);
	struct trace *trace = tracing->trace;

	for (int i = 0; i < migration->entity_count; i++)
		if (strcmp(migration->entities[i].name, trace->account.entity) == 0) {
			trace->entity = &migration->entities[i];
			tracing->entity_index = i;
			return true;
		}
	return err_set(err, ERR_DATA, "version %s has no entity %s", migration->version,
		       trace->account.entity);
}

static bool find_rule(struct tracing *tracing, struct conn *target, struct err *err)
{
	struct trace *trace = tracing->trace;
	const struct account *account = &trace->account;
	const char *version = account->run_version, *transform = account->transform;

	if (tracing->request->at_version) {
		version = tracing->request->at_version;
		if (!kept_transform_of(target, version, tracing->arena, &transform, err))
			return false;
	} else if (!account->run) {
		return err_set(err, ERR_DATA,
			       "engine_run has no run that made it, and so says no "
			       "fingerprint of its rule");
	}
	trace->version = version;
	trace->transform = transform;
	return kept_read(target, version, transform, tracing->arena, &tracing->kept, err);
}

static bool take_rule(struct tracing *tracing, const struct schema *schema, struct err *err)
{
	struct trace *trace = tracing->trace;

	if (!kept_open(&tracing->kept, schema, tracing->arena, &trace->host, err))
		return false;
	trace->texts = rule_host_migration(trace->host)->texts;
	trace->text_count = rule_host_migration(trace->host)->text_count;
	return find_entity(tracing, trace->host, err);
}

static void drop_rule(struct trace *trace)
{
	rule_host_close(trace->host);
	trace->host = NULL;
	trace->entity = NULL;
	trace->texts = NULL;
	trace->text_count = 0;
}

/* The rule against the tables that legacy has now. */
static bool fit_rule(struct tracing *tracing, struct err *err)
{
	struct trace *trace = tracing->trace;
	struct describer describer;
	struct fault_list faults;

	fault_list_init(&faults, tracing->arena);
	describer_init(&describer, trace->legacy, tracing->arena);
	if (!take_rule(tracing, &describer.schema, err)) {
		if (describer.err.code != ERR_NONE)
			*err = describer.err;
		return false;
	}
	if (describer.err.code != ERR_NONE) {
		*err = describer.err;
		return false;
	}
	return derive_check_sources(trace->legacy, rule_host_migration(trace->host), &faults,
				    err) &&
	       deriver_open(trace->legacy, trace->host, &trace->deriver, err);
}

static bool reach_legacy(struct tracing *tracing, struct err *err)
{
	if (!tracing->request->legacy)
		return err_set(err, ERR_USAGE, "no --legacy is given, so its row was not read");
	return conn_open(tracing->request->legacy, CONN_SOURCE, &tracing->trace->legacy, err);
}

/* True: a row can be derived by it. Where legacy or its tables are not there, the rule still says what of the record may be shown. */
static bool load_rule(struct tracing *tracing, struct conn *target, struct err *err)
{
	struct err ignored = { ERR_NONE, "" };

	if (!find_rule(tracing, target, err))
		return false;
	if (reach_legacy(tracing, err) && fit_rule(tracing, err))
		return true;
	drop_rule(tracing->trace);
	if (!take_rule(tracing, NULL, &ignored))
		drop_rule(tracing->trace);
	return false;
}

/* ---- deriving again ---- */

static bool read_row(struct tracing *tracing, struct err *err)
{
	struct trace *trace = tracing->trace;
	struct reading reading;

	if (!derive_read_keys(trace->deriver, tracing->entity_index, &trace->account.key, 1,
			      tracing->arena, &reading, err))
		return false;
	if (reading.joined.row_count != 1)
		return err_set(err, ERR_DATA, "legacy has no row with the key %.*s any more",
			       SPAN_ARGS(trace->account.key));
	if (!derive_outcomes(trace->deriver, tracing->entity_index, &reading.joined, tracing->arena,
			     &tracing->outcome, err))
		return false;
	trace->row = &reading.joined.rows[0];
	return true;
}

static void note_legacy(struct tracing *tracing)
{
	struct trace *trace = tracing->trace;
	const struct json_value *said =
	    trace->lineage ? json_member(trace->lineage, "sourceDigest") : NULL;
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(trace->row->digest, hex);
	trace->legacy_changed =
	    !digest_equal(trace->row->digest, trace->account.source_digest) &&
	    !(said && said->kind == JSON_STRING && span_equal_text(said->text, hex));
}

/* The row does not become a record: what it becomes instead is the difference. */
static void tell_ending(struct tracing *tracing)
{
	const struct outcome *outcome = tracing->outcome;
	struct trace *trace = tracing->trace;

	trace->answer = TRACE_DIFFERS;
	if (outcome->kind == OUTCOME_SKIP)
		trace->why = arena_print(tracing->arena, "%s skips the row: %.*s", trace->version,
					 SPAN_ARGS(outcome->skip_text))
				 .data;
	else
		trace->why =
		    arena_print(tracing->arena, "%s rejects the row: %s %.*s", trace->version,
				outcome->faults[0].code, SPAN_ARGS(outcome->faults[0].message))
			.data;
}

static bool print_derived(struct tracing *tracing, struct buf *buf)
{
	struct trace *trace = tracing->trace;
	char moment[INSTANT_TEXT_SIZE];
	struct payload_form form;

	if (!instant_to_text(trace->account.run ? trace->account.run_transformed_at_us
						: trace->account.transformed_at_us,
			     moment))
		return false;
	payload_form_init(&form, tracing->arena, rule_host_migration(trace->host), trace->entity,
			  moment, PAYLOAD_CANONICAL);
	payload_put(buf, &form, trace->row, tracing->outcome);
	return true;
}

static bool compare(struct tracing *tracing, struct err *err)
{
	struct trace *trace = tracing->trace;
	struct json_value masked;
	struct shown_differences differences = { tracing, &masked };
	struct buf buf;
	bool ok;

	buf_init(&buf);
	ok = (print_derived(tracing, &buf) ||
	      err_set(err, ERR_DATA, "the moment it was made at is none")) &&
	     json_read(arena_copy(tracing->arena, buf_span(&buf)), tracing->arena,
		       &tracing->derived, err);
	ok = ok && (record_read_masked(trace->entity, buf_span(&buf), tracing->arena, &masked) ||
		    err_set(err, ERR_BUG, "the record that was derived is no JSON"));
	buf_release(&buf);
	if (!ok)
		return false;
	if (tracing->stored.kind != JSON_OBJECT)
		differ(trace, "payload_json", SPAN_NONE, SPAN_NONE);
	else
		record_each_difference(&tracing->stored, &tracing->derived, tracing->arena,
				       show_difference, &differences);
	if (!span_equal(tracing->outcome->id, trace->account.id))
		differ(trace, "id", json_text_of(tracing->arena, trace->account.id),
		       json_text_of(tracing->arena, tracing->outcome->id));
	if (!tracing->request->at_version)
		compare_lineage(tracing);
	trace->answer =
	    trace->difference_count || trace->is_edited ? TRACE_DIFFERS : TRACE_IDENTICAL;
	return true;
}

static void show_record(struct tracing *tracing)
{
	struct json_value *record = arena_alloc(tracing->arena, sizeof(*record));

	if (tracing->stored.kind == JSON_OBJECT &&
	    record_read_masked(tracing->trace->entity, tracing->trace->account.payload,
			       tracing->arena, record))
		tracing->trace->record = record;
}

static bool derive_again(struct tracing *tracing, struct conn *target, struct err *err)
{
	struct trace *trace = tracing->trace;
	bool is_fit = load_rule(tracing, target, err);

	if (trace->entity)
		show_record(tracing);
	if (!is_fit || !read_row(tracing, err))
		return false;
	note_legacy(tracing);
	if (tracing->outcome->kind == OUTCOME_RECORD)
		return compare(tracing, err);
	tell_ending(tracing);
	return true;
}

bool move_trace(struct conn *target, const struct trace_request *request, struct arena *arena,
		struct trace *trace, struct err *err)
{
	struct tracing tracing = { .trace = trace, .request = request, .arena = arena };
	struct err why = { ERR_NONE, "" };

	*trace = (struct trace){ .answer = TRACE_UNKNOWN };
	if (!account_find(target, request->entity, request->id, arena, &trace->account, err))
		return false;
	read_stored(&tracing);
	if (derive_again(&tracing, target, &why))
		return true;
	if (why.code == ERR_BUG) {
		move_trace_release(trace);
		*err = why;
		return false;
	}
	trace->why = arena_text(arena, why.text);
	return true;
}

void move_trace_release(struct trace *trace)
{
	deriver_close(trace->deriver);
	rule_host_close(trace->host);
	conn_close(trace->legacy);
}
