/*
 * html.c: a page in one file that needs no network and runs nothing.
 */
#include "engine/cli/html.h"

#include "engine/cli/text.h"

static const char head[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<title>";

static const char style[] =
    "</title>\n"
    "<style>\n"
    ":root { --ink: #1d2733; --dim: #66727f; --line: #dfe4ea; --fill: #4a7fb5; --soft: #eef3f8; "
    "--warn: #a85a00; --paper: #fff; }\n"
    "@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --dim: #97a3af; --line: "
    "#333d47; --fill: #6ea3d8; --soft: #1d252d; --warn: #f0a95a; --paper: #12171c; } }\n"
    "* { box-sizing: border-box; }\n"
    "body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); "
    "margin: 0 auto; max-width: 76rem; padding: 1.5rem; }\n"
    "h1 { font-size: 1.5rem; margin: 0 0 .2rem; }\n"
    "h2 { font-size: 1.2rem; margin: 2.2rem 0 .2rem; border-top: 2px solid var(--line); "
    "padding-top: 1rem; overflow-wrap: anywhere; }\n"
    "h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }\n"
    "p { margin: .2rem 0; }\n"
    ".dim { color: var(--dim); }\n"
    ".warn { color: var(--warn); font-weight: 600; }\n"
    ".scroll { overflow-x: auto; }\n"
    "table { border-collapse: collapse; width: 100%; font-size: .92rem; }\n"
    "th { text-align: left; color: var(--dim); font-weight: 500; padding: .3rem .8rem .3rem 0; "
    "border-bottom: 1px solid var(--line); white-space: nowrap; }\n"
    "td { vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid "
    "var(--line); }\n"
    ".name { font-weight: 600; overflow-wrap: break-word; }\n"
    "td.name { min-width: 9rem; max-width: 18rem; }\n"
    ".number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }\n"
    "code, .value { font-family: ui-monospace, monospace; font-size: .88rem; overflow-wrap: "
    "anywhere; }\n"
    ".value { background: var(--soft); border-radius: 3px; padding: 0 .25rem; white-space: "
    "pre-wrap; }\n"
    ".track { display: inline-block; width: 8rem; height: .7rem; background: var(--soft); "
    "border-radius: 2px; vertical-align: middle; }\n"
    ".bar { display: block; height: 100%; min-width: 1px; background: var(--fill); border-radius: "
    "2px; }\n"
    ".years { display: inline-flex; align-items: flex-end; height: 1.4rem; gap: 1px; "
    "vertical-align: middle; }\n"
    ".years i { display: block; width: 5px; background: var(--fill); }\n"
    ".values td { border: 0; padding: .1rem .8rem .1rem 0; }\n"
    ".values { width: auto; }\n"
    ".pair .track { display: block; width: 16rem; height: .55rem; margin: .25rem 0; }\n"
    ".finding { border-left: 3px solid var(--warn); padding: .1rem 0 .1rem .8rem; margin: .7rem 0; "
    "}\n"
    ".stack { display: flex; height: 1.6rem; margin: .6rem 0; border-radius: 4px; overflow: "
    "hidden; background: var(--soft); }\n"
    ".stack span { display: block; min-width: 2px; }\n"
    ".dot { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; "
    "vertical-align: -.08rem; margin-right: .4rem; }\n"
    ".k0 { background: #9db4c8; } .k1 { background: #d9822b; } .k2 { background: #3d9a5f; } .k3 { "
    "background: #c23b3b; } .k4 { background: #8e5bb5; } .k5 { background: #2f8f9d; } .k6 { "
    "background: #6b5b4d; } .k7 { background: #b8b8a8; }\n"
    ".badge { display: inline-block; padding: .1rem .6rem; border-radius: 4px; color: #fff; "
    "white-space: nowrap; "
    "font-weight: 600; }\n"
    ".old { background: #f9e3e0; } .new { background: #dff2e3; }\n"
    "@media (prefers-color-scheme: dark) { .old { background: #4a2422; } .new { background: "
    "#1f3d2a; } }\n"
    "summary { cursor: pointer; color: var(--dim); }\n"
    "nav { columns: 14rem; margin: 1rem 0; }\n"
    "nav a { display: block; color: inherit; overflow-wrap: anywhere; }\n"
    "@media print { details > * { display: block; } }\n"
    "</style>\n"
    "</head>\n"
    "<body>\n";

void html_begin(struct buf *buf, const char *title)
{
	buf_put_text(buf, head);
	html_put(buf, span_of(title));
	buf_put_text(buf, style);
}

void html_end(struct buf *buf)
{
	buf_put_text(buf, "</body>\n</html>\n");
}

/* The name of what HTML would take for itself, or NULL. */
static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_put(struct buf *buf, struct span text)
{
	struct buf inert;

	buf_init(&inert);
	text_put_inert(&inert, text);
	for (size_t i = 0; i < inert.size; i++) {
		const char *entity = entity_of(inert.data[i]);

		if (entity)
			buf_put_text(buf, entity);
		else
			buf_put_char(buf, inert.data[i]);
	}
	buf_release(&inert);
}

/* In thousandths: no locale, and the same bytes everywhere. */
static void put_percent(struct buf *buf, double share)
{
	int64_t tenths = (int64_t)(share * 1000 + 0.5);

	/* What is not all of it is not shown as all of it. */
	if (share < 1 && tenths == 1000)
		tenths = 999;

	buf_print(buf, "%lld.%lld%%", (long long)(tenths / 10), (long long)(tenths % 10));
}

void html_put_bar(struct buf *buf, double share)
{
	html_put_bar_in(buf, share, NULL);
}

void html_put_bar_in(struct buf *buf, double share, const char *colour)
{
	buf_put_text(buf, "<span class=\"track\">");
	/* Of what is there, however little, something shows. */
	if (share > 0) {
		buf_print(buf, "<span class=\"bar%s%s\" style=\"width:", colour ? " " : "",
			  colour ? colour : "");
		put_percent(buf, share > 1 ? 1 : share);
		buf_put_text(buf, "\"></span>");
	}
	buf_put_text(buf, "</span>");
}

void html_put_years(struct buf *buf, const uint32_t *years, int first_year, int count)
{
	uint32_t most = 0;

	for (int i = 0; i < count; i++)
		most = years[i] > most ? years[i] : most;
	buf_put_text(buf, "<span class=\"years\">");
	for (int i = 0; i < count; i++) {
		buf_put_text(buf, "<i style=\"height:");
		put_percent(buf, most ? (double)years[i] / most : 0);
		buf_print(buf, "\" title=\"%d: %u\"></i>", first_year + i, years[i]);
	}
	buf_put_text(buf, "</span>");
}
