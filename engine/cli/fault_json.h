/*
 * fault_json.h: faults for programs: the parts that people are told, by name.
 */
#ifndef ENGINE_CLI_FAULT_JSON_H
#define ENGINE_CLI_FAULT_JSON_H

#include "engine/base/json.h"
#include "engine/model/fault.h"

/* The members of a fault; the caller opens and closes the object. */
void fault_put_members(struct json_writer *json, const char *kind, const struct fault *fault);

#endif
