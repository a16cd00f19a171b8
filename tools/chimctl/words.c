// SPDX-License-Identifier: GPL-2.0
/* What the user typed. */
#include "chimctl.h"

#include <net/if.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * next_word() - take a word off the command
 * @w: the words
 *
 * Return: the word, or NULL at the end.
 */
const char *next_word(struct words *w)
{
	if (!w->count)
		return NULL;
	w->count--;
	return *w->list++;
}

/**
 * is_help() - does the user ask for help here?
 * @w: the words
 *
 * Return: true if the next word says so.
 */
bool is_help(const struct words *w)
{
	return w->count && (!strcmp(w->list[0], "help") ||
			    !strcmp(w->list[0], "-h") ||
			    !strcmp(w->list[0], "--help"));
}

/**
 * need_word() - take a word that must be there
 * @w: the words
 * @after: what it belongs to
 * @word: set
 *
 * Return: EXIT_OK or EXIT_USAGE.
 */
int need_word(struct words *w, const char *after, const char **word)
{
	*word = next_word(w);
	return *word ? EXIT_OK : bad_usage("%s needs a value", after);
}

/**
 * match() - find a name by an unambiguous prefix
 * @word: what was typed
 * @names: the first name
 * @count: how many there are
 * @stride: bytes from one to the next
 * @what: what they are, for the message
 *
 * Return: its number, or -1 after a message.
 */
int match(const char *word, const char *const *names, size_t count,
	  size_t stride, const char *what)
{
	size_t i, len = strlen(word);
	int found = -1;

	for (i = 0; i < count; i++) {
		const char *name = *(const char *const *)
				   ((const char *)names + i * stride);

		if (!strcmp(name, word))
			return i;
		if (strncmp(name, word, len))
			continue;
		if (found >= 0) {
			(void)bad_usage("%s \"%s\" is ambiguous", what, word);
			return -1;
		}
		found = i;
	}
	if (found < 0)
		(void)bad_usage("unknown %s \"%s\"", what, word);
	return found;
}

/**
 * read_number() - a number, decimal or hexadecimal
 * @word: what was typed
 * @what: what it is, for the message
 * @max: largest one that can be sent; what is too large for the target is its
 *	to say
 * @value: set
 *
 * Return: EXIT_OK or EXIT_USAGE.
 */
int read_number(const char *word, const char *what, uint64_t max,
		uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(word, &end, 0);
	if (errno || end == word || *end || strchr(word, '-'))
		return bad_usage("%s: \"%s\" is not a number", what, word);
	if (*value > max)
		return bad_usage("%s: %s is too large", what, word);
	return EXIT_OK;
}

/**
 * read_switch() - on or off
 * @word: what was typed
 * @what: what it is, for the message
 * @value: set
 *
 * Return: EXIT_OK or EXIT_USAGE.
 */
int read_switch(const char *word, const char *what, bool *value)
{
	*value = !strcmp(word, "on");
	if (*value || !strcmp(word, "off"))
		return EXIT_OK;
	return bad_usage("%s: \"%s\" is neither on nor off", what, word);
}

/**
 * read_device() - the name of a device
 * @w: the words; the name may have "dev" before it
 * @ifindex: set
 *
 * Return: EXIT_OK, EXIT_USAGE or EXIT_SYSTEM.
 */
int read_device(struct words *w, uint32_t *ifindex)
{
	const char *word = next_word(w);

	if (word && !strcmp(word, "dev"))
		word = next_word(w);
	if (!word)
		return bad_usage("device is missing");
	*ifindex = if_nametoindex(word);
	if (*ifindex)
		return EXIT_OK;
	fprintf(stderr, "Error: cannot find device \"%s\"\n", word);
	return EXIT_SYSTEM;
}

/**
 * read_handle() - a handle
 * @word: what was typed
 * @handle: set
 *
 * Return: EXIT_OK or EXIT_USAGE.
 */
int read_handle(const char *word, uint64_t *handle)
{
	return read_number(word, "handle", UINT64_MAX, handle);
}

/**
 * read_handles() - handles with commas between
 * @word: what was typed
 * @handles: set, for the caller to free
 * @count: set
 *
 * Return: EXIT_OK, EXIT_USAGE or EXIT_SYSTEM.
 */
int read_handles(const char *word, uint64_t **handles, size_t *count)
{
	char *copy = strdup(word), *rest = copy, *one;
	size_t max = 1;
	int rc = EXIT_OK;

	for (; *word; word++)
		max += *word == ',';
	*handles = calloc(max, sizeof(**handles));
	*count = 0;
	if (!copy || !*handles) {
		free(copy);
		fputs("Error: out of memory\n", stderr);
		return EXIT_SYSTEM;
	}
	while (rc == EXIT_OK && (one = strsep(&rest, ",")))
		rc = read_handle(one, *handles + (*count)++);
	free(copy);
	return rc;
}
