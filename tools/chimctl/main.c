// SPDX-License-Identifier: GPL-2.0
/* chimctl: controls the TCP chimney offload target. */
#include "chimctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION		"1"
#define MAX_WORDS	512

static const char usage[] =
	"Usage: chimctl [OPTION...] OBJECT COMMAND [ARGUMENT...]\n"
	"       chimctl [OPTION...] -b FILE\n"
	"OBJECT := { adapter | neighbor | path | connection | object | stats |\n"
	"            socket | policy }\n"
	"          without an object: query, invalidate, terminate, offload, upload,\n"
	"            watch\n"
	"OPTION := { -j | --json | -b | --batch FILE | -V | --version | -h | --help }\n"
	"\"chimctl OBJECT help\" tells more.\n";

static const struct {
	const char *name;
	int (*run)(struct words *w);
} commands[] = {
	{ "adapter", cmd_adapter },
	{ "neighbor", cmd_neighbor },
	{ "path", cmd_path },
	{ "connection", cmd_connection },
	{ "query", cmd_query },
	{ "invalidate", cmd_invalidate },
	{ "terminate", cmd_terminate },
	{ "object", cmd_object },
	{ "stats", cmd_stats },
	{ "socket", cmd_socket },
	{ "offload", cmd_offload },
	{ "upload", cmd_upload },
	{ "policy", cmd_policy },
	{ "watch", cmd_watch },
};

static int run(struct words *w)
{
	const char *word;
	int i;

	if (!w->count || is_help(w)) {
		fputs(usage, w->count ? stdout : stderr);
		return w->count ? EXIT_OK : EXIT_USAGE;
	}
	word = next_word(w);
	i = match(word, &commands->name, ARRAY_SIZE(commands),
		  sizeof(*commands), "object");
	return i < 0 ? EXIT_USAGE : commands[i].run(w);
}

static int run_line(char *line)
{
	char *list[MAX_WORDS], *word, *rest = line;
	struct words w = { .list = list };

	rest[strcspn(rest, "#\n")] = '\0';
	while ((word = strsep(&rest, " \t"))) {
		if (!*word)
			continue;
		if (w.count == MAX_WORDS)
			return bad_usage("more than %d words", MAX_WORDS);
		list[w.count++] = word;
	}
	return w.count ? run(&w) : EXIT_OK;
}

/* A command a line; the first one that fails is the last one. */
static int run_batch(const char *name)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "r") : stdin;
	unsigned int number = 0;
	char *line = NULL;
	int rc = EXIT_OK;
	size_t size = 0;

	if (!file) {
		fprintf(stderr, "Error: %s: %s\n", name, strerror(errno));
		return EXIT_SYSTEM;
	}
	while (rc == EXIT_OK && getline(&line, &size, file) >= 0) {
		number++;
		rc = run_line(line);
	}
	if (rc == EXIT_OK && ferror(file)) {
		fprintf(stderr, "Error: %s: %s\n", name, strerror(errno));
		rc = EXIT_SYSTEM;
	} else if (rc != EXIT_OK) {
		fprintf(stderr, "%s:%u: stopped here\n", name, number);
	}
	free(line);
	if (file != stdin)
		fclose(file);
	return rc;
}

static int run_options(struct words *w)
{
	const char *batch = NULL, *word;

	while (w->count && w->list[0][0] == '-') {
		if (is_help(w))
			break;
		word = next_word(w);
		if (!strcmp(word, "-j") || !strcmp(word, "--json")) {
			json = true;
		} else if (!strcmp(word, "-V") || !strcmp(word, "--version")) {
			puts("chimctl " VERSION);
			return EXIT_OK;
		} else if (!strcmp(word, "-b") || !strcmp(word, "--batch")) {
			batch = next_word(w);
			if (!batch)
				return bad_usage("%s needs a file", word);
		} else {
			return bad_usage("unknown option \"%s\"", word);
		}
	}
	if (batch && w->count)
		return bad_usage("a batch leaves no room for \"%s\"",
				 w->list[0]);
	return batch ? run_batch(batch) : run(w);
}

int main(int argc, char **argv)
{
	struct words w = { .count = argc - 1, .list = argv + 1 };
	int rc = run_options(&w);

	nl_close();
	if (fflush(stdout) || ferror(stdout)) {
		fputs("Error: cannot write\n", stderr);
		rc = EXIT_SYSTEM;
	}
	return rc;
}
