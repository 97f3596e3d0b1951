/*
 * fault_json.c: faults for programs: the parts that people are told, by name.
 */
#include "engine/cli/fault_json.h"

void fault_put_members(struct json_writer *json, const char *kind, const struct fault *fault)
{
	json_key_text(json, "kind", kind);
	json_key_text(json, "code", fault->code);
	json_key_string(json, "where", fault->where);
	json_key_string(json, "field", fault->field);
	json_key_text(json, "file", fault->file);
	json_key_int(json, "line", fault->line);
	json_key_string(json, "message", fault->message);
	json_key_string(json, "nearest", fault->nearest);
	json_key_string(json, "why", fault_why(fault));
	json_key_string(json, "help", fault_help(fault));
}
