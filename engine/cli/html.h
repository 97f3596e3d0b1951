/*
 * html.h: a page in one file that needs no network and runs nothing: what came from outside stands in it as text.
 *
 * Everything shown goes through html_put(), which leaves no way to write a tag. The page forbids scripts, images from elsewhere
 * and connections by its own policy, so that even a mistake here would be inert.
 */
#ifndef ENGINE_CLI_HTML_H
#define ENGINE_CLI_HTML_H

#include <stdint.h>

#include "engine/base/buf.h"

void html_begin(struct buf *buf, const char *title);
void html_end(struct buf *buf);

/* Any bytes as text of an element or of a quoted attribute; what does not show is made visible. */
void html_put(struct buf *buf, struct span text);

/* <span class="bar">: share from 0 to 1. */
void html_put_bar(struct buf *buf, double share);
/* The same in a colour, k0 to k7; NULL: in that of all bars. */
void html_put_bar_in(struct buf *buf, double share, const char *colour);

/* One thin column for each number, as high as it is of the largest; title is what a pointer over it says. */
void html_put_years(struct buf *buf, const uint32_t *years, int first_year, int count);

#endif
