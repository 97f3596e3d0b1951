/*
 * rule_copy.h: the text of one version as that of another: byte for byte, but for its names.
 */
#ifndef ENGINE_RULES_RULE_COPY_H
#define ENGINE_RULES_RULE_COPY_H

#include <stdbool.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/span.h"

struct rule_rename {
	const char *from, *to;  /* the folders of their modules: "v3" and "v4" */
	const char *version;    /* what `version` says in the copy: "v4" */
	const char *supersedes; /* what it said before: "v3" */
};

/* Can the name be a version's, a file's and a folder's? Letters, digits, _ and -, the first a letter or a digit. */
bool rule_copy_is_name(const char *name);

/* Append the copy of one file. In `migration { … }` version and supersedes say what the rename says (a supersedes that is not there is
 * put in behind the version); `require "v3.…"` and `csv "v3/…"` name what the copy has. has_version is set where there is a version
 * to rename, and left alone where there is none. ERR_RULE when the file is not to be read, or its version is not a plain text. */
bool rule_copy_text(struct span text, const struct rule_rename *rename, struct buf *copy,
		    bool *has_version, struct err *err);

#endif
