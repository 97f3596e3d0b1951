/*
 * authority_text.c: who is believed for which buckets, for people and as JSON.
 */
#include "engine/cli/authority_text.h"

#include "engine/model/instant.h"

void authority_put_range_json(struct json_writer *json, const struct authority_range *range)
{
	char since[INSTANT_TEXT_SIZE];
	bool is_told = instant_to_text(range->since_us, since);

	json_open(json, '{');
	json_key_string(json, "entity", range->entity);
	json_key_text(json, "facet", authority_facet_name(range->facet));
	json_key_int(json, "bucketFirst", range->bucket_first);
	json_key_int(json, "bucketLast", range->bucket_last);
	json_key_text(json, "holder", authority_side_name(range->holder));
	json_key_text(json, "since", is_told ? since : NULL);
	json_key_int(json, "entry", range->entry_no);
	json_close(json, '}');
}
