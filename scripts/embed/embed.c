/*
 * embed.c: writes every Lua, SQL, bash and zsh file of a folder as a C header, so that the binary carries its prelude.
 *
 *   embedtool HEADERS-FOLDER FOLDER
 *   embedtool HEADERS-FOLDER --texts FOLDER
 *
 * prelude.lua becomes HEADERS-FOLDER/prelude.lua.inc with `static const char prelude_lua[]`, ending in
 * NUL, session.sql likewise. With --texts all *.txt of the folder become one header of its name: E2103.txt is E2103_txt[], and the
 * macro EMBEDDED_TEXTS lists them as { "E2103", E2103_txt }, in order of their names. A header whose text stays the same is not touched, so that nothing is compiled again.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, BYTES_A_LINE = 20 };

static bool complain(const char *path)
{
	fprintf(stderr, "embedtool: %s: %s\n", path, strerror(errno));
	return false;
}

static bool join(char path[PATH_SIZE], const char *folder, const char *name, const char *ending)
{
	int length = snprintf(path, PATH_SIZE, "%s/%s%s", folder, name, ending);

	if (length >= 0 && length < PATH_SIZE)
		return true;
	errno = ENAMETOOLONG;
	return complain(folder);
}

static bool make_folders(const char *folder)
{
	char path[PATH_SIZE];

	if (!join(path, folder, "", ""))
		return false;
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			return complain(path);
		*at = '/';
	}
	return true;
}

static void put_symbol(FILE *header, const char *name)
{
	for (; *name; name++)
		fputc(isalnum((unsigned char)*name) ? *name : '_', header);
}

/* Numbers, because a string literal this long is beyond what C11 promises; with their sign, because
 * char has one here. */
static bool put_header(FILE *header, FILE *lua, const char *name)
{
	int column = 0;
	int byte;

	fprintf(header, "/* %s.inc: %s as bytes; made by the build. */\nstatic const char ", name,
		name);
	put_symbol(header, name);
	fputs("[] = {\n", header);
	while ((byte = getc(lua)) != EOF) {
		fprintf(header, "%d,", byte < 128 ? byte : byte - 256);
		if (++column % BYTES_A_LINE == 0)
			fputc('\n', header);
	}
	fputs("0 };\n", header);
	return !ferror(lua) && !ferror(header);
}

static bool same_bytes(const char *one_path, const char *other_path)
{
	FILE *one = fopen(one_path, "rb");
	FILE *other = fopen(other_path, "rb");
	bool same = one && other;

	while (same) {
		int byte = getc(one);

		same = byte == getc(other);
		if (byte == EOF)
			break;
	}
	if (one)
		fclose(one);
	if (other)
		fclose(other);
	return same;
}

/* Keep the header as it is where fresh has the same bytes. */
static bool replace_header(const char *fresh_path, const char *header_path)
{
	if (same_bytes(fresh_path, header_path))
		return remove(fresh_path) == 0 || complain(fresh_path);
	return rename(fresh_path, header_path) == 0 || complain(header_path);
}

static bool write_header(const char *lua_path, const char *header_path, const char *name)
{
	FILE *lua = fopen(lua_path, "rb");
	FILE *header;
	bool ok;

	if (!lua)
		return complain(lua_path);
	header = fopen(header_path, "wb");
	ok = header && put_header(header, lua, name);
	if (header && fclose(header) != 0)
		ok = false;
	fclose(lua);
	return ok || complain(header_path);
}

static bool embed(const char *headers, const char *folder, const char *name)
{
	char lua_path[PATH_SIZE], header_path[PATH_SIZE], fresh_path[PATH_SIZE];
	char fresh_ending[40];

	/* The process id keeps two configurations that build at once apart. */
	snprintf(fresh_ending, sizeof(fresh_ending), ".inc.%ld", (long)getpid());
	if (!join(lua_path, folder, name, "") || !join(header_path, headers, name, ".inc") ||
	    !join(fresh_path, headers, name, fresh_ending))
		return false;
	if (!write_header(lua_path, fresh_path, name)) {
		remove(fresh_path);
		return false;
	}
	return replace_header(fresh_path, header_path);
}

static bool ends_in(const char *name, const char *ending)
{
	size_t size = strlen(name), end = strlen(ending);

	return size > end && strcmp(name + size - end, ending) == 0;
}

static bool is_embedded(const char *name)
{
	return ends_in(name, ".lua") || ends_in(name, ".sql") || ends_in(name, ".bash") ||
	       ends_in(name, ".zsh");
}

static int is_text(const struct dirent *entry)
{
	return ends_in(entry->d_name, ".txt");
}

static bool put_text(FILE *header, const char *folder, const char *name)
{
	char path[PATH_SIZE];
	FILE *text;
	bool ok;

	if (!join(path, folder, name, ""))
		return false;
	text = fopen(path, "rb");
	if (!text)
		return complain(path);
	ok = put_header(header, text, name);
	fclose(text);
	return ok || complain(path);
}

static bool put_texts(FILE *header, const char *folder, struct dirent **entries, int count)
{
	for (int i = 0; i < count; i++)
		if (!put_text(header, folder, entries[i]->d_name))
			return false;
	fputs("#define EMBEDDED_TEXTS", header);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		fprintf(header, " \\\n\t{ \"%.*s\", ", (int)strlen(name) - 4, name);
		put_symbol(header, name);
		fputs(" },", header);
	}
	fputc('\n', header);
	return !ferror(header);
}

static bool embed_texts(const char *headers, const char *folder)
{
	const char *slash = strrchr(folder, '/');
	const char *name = slash ? slash + 1 : folder;
	char header_path[PATH_SIZE], fresh_path[PATH_SIZE], fresh_ending[40];
	struct dirent **entries;
	int count = scandir(folder, &entries, is_text, alphasort);
	FILE *header;
	bool ok;

	snprintf(fresh_ending, sizeof(fresh_ending), ".inc.%ld", (long)getpid());
	if (count < 0)
		return complain(folder);
	ok = join(header_path, headers, name, ".inc") &&
	     join(fresh_path, headers, name, fresh_ending);
	header = ok ? fopen(fresh_path, "wb") : NULL;
	ok = header && put_texts(header, folder, entries, count);
	if (header && fclose(header) != 0)
		ok = false;
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return ok ? replace_header(fresh_path, header_path) : complain(folder);
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	DIR *folder;
	bool ok = true;

	if (argc != 3 && !(argc == 4 && strcmp(argv[2], "--texts") == 0)) {
		fputs("usage: embedtool HEADERS-FOLDER FOLDER | --texts FOLDER\n", stderr);
		return EXIT_FAILURE;
	}
	if (!make_folders(argv[1]))
		return EXIT_FAILURE;
	if (argc == 4)
		return embed_texts(argv[1], argv[3]) ? EXIT_SUCCESS : EXIT_FAILURE;
	folder = opendir(argv[2]);
	if (!folder) {
		complain(argv[2]);
		return EXIT_FAILURE;
	}
	while (ok && (entry = readdir(folder)))
		ok = !is_embedded(entry->d_name) || embed(argv[1], argv[2], entry->d_name);
	closedir(folder);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
