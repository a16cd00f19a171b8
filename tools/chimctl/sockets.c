// SPDX-License-Identifier: GPL-2.0
/* Sockets of other programs, and why the host stack refused one. */
#include "sockets.h"

#include "chimctl.h"

#include <sys/syscall.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CGROUPS		"/sys/fs/cgroup/"

/**
 * struct walk - a walk through descriptors of processes
 * @pick: whose
 * @visitor: who is told
 * @seen: tree of the inodes of sockets
 * @error: why not all could be looked at, or 0
 */
struct walk {
	const struct socket_pick *pick;
	const struct socket_visitor *visitor;
	void *seen;
	int error;
};

/* --- descriptors ---------------------------------------------------------- */

/* Those that are kept serve once more, if there are no others. */
static bool try_again(struct walk *walk)
{
	int err = errno;

	if (err != EMFILE && err != ENFILE)
		return false;
	if (walk->visitor->give_back(walk->visitor->data))
		return true;
	walk->error = err;
	errno = err;
	return false;
}

static DIR *open_dir(struct walk *walk, const char *path)
{
	DIR *dir;

	do {
		dir = opendir(path);
	} while (!dir && try_again(walk));
	return dir;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Programs share sockets with their children. */
static void note_seen(struct walk *walk, const char *link)
{
	char *name = strdup(link);

	if (name && !tsearch(name, &walk->seen, compare))
		free(name);
}

static void look(struct walk *walk, int pidfd, const struct socket_place *place)
{
	char path[64], link[64];
	ssize_t len;
	int sock;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", place->pid, place->fd);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		return;
	link[len] = '\0';
	if (strncmp(link, "socket:", strlen("socket:")) ||
	    tfind(link, &walk->seen, compare))
		return;
	do {
		sock = syscall(SYS_pidfd_getfd, pidfd, place->fd, 0);
	} while (sock < 0 && try_again(walk));
	/* Not from this one, but maybe from another one that has it. */
	if (sock < 0)
		return;
	note_seen(walk, link);
	if (!walk->visitor->found(sock, place, walk->visitor->data))
		close(sock);
}

static bool is_number(const char *name)
{
	return isdigit((unsigned char)*name);
}

static int look_at_descriptors(struct walk *walk, int pid, int pidfd)
{
	struct socket_place place = { .pid = pid };
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = open_dir(walk, path);
	if (!dir)
		return errno;
	while ((entry = readdir(dir))) {
		place.fd = atoi(entry->d_name);
		if (is_number(entry->d_name) &&
		    (walk->pick->fd < 0 || walk->pick->fd == place.fd))
			look(walk, pidfd, &place);
	}
	closedir(dir);
	return 0;
}

/* Processes end; that of one nobody has asked for is no error. */
static void look_at_process(struct walk *walk, int pid)
{
	int pidfd, err;

	do {
		pidfd = syscall(SYS_pidfd_open, pid, 0);
	} while (pidfd < 0 && try_again(walk));
	err = pidfd < 0 ? errno : look_at_descriptors(walk, pid, pidfd);
	if (pidfd >= 0)
		close(pidfd);
	if (err && pid == walk->pick->pid)
		walk->error = err;
}

/* --- processes ------------------------------------------------------------ */

static void look_at_all(struct walk *walk)
{
	DIR *dir = open_dir(walk, "/proc");
	struct dirent *entry;

	if (!dir) {
		walk->error = errno;
		return;
	}
	while ((entry = readdir(dir)))
		if (is_number(entry->d_name) && atoi(entry->d_name) != getpid())
			look_at_process(walk, atoi(entry->d_name));
	closedir(dir);
}

static void look_at_members(struct walk *walk, const char *group)
{
	char path[PATH_MAX];
	FILE *file;
	int pid;

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	do {
		file = fopen(path, "r");
	} while (!file && try_again(walk));
	while (file && fscanf(file, "%d", &pid) == 1)
		if (walk->pick->pid < 0 || walk->pick->pid == pid)
			look_at_process(walk, pid);
	if (file)
		fclose(file);
}

/* Groups go, and some are not for everybody. */
static bool may_miss(int err)
{
	return err == ENOENT || err == ENODEV || err == EACCES;
}

static int look_at_group(struct walk *walk, const char *path)
{
	DIR *dir = open_dir(walk, path);
	struct dirent *entry;
	char *below;
	int err;

	if (!dir)
		return errno;
	look_at_members(walk, path);
	while ((entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		err = ENOMEM;
		if (asprintf(&below, "%s/%s", path, entry->d_name) >= 0) {
			err = look_at_group(walk, below);
			free(below);
		}
		if (err && !may_miss(err))
			walk->error = err;
	}
	closedir(dir);
	return 0;
}

/* The one that is named must be there. */
static int look_at_groups(struct walk *walk, const char *name)
{
	char path[PATH_MAX];

	if (!strncmp(name, CGROUPS, strlen(CGROUPS)))
		name += strlen(CGROUPS);
	snprintf(path, sizeof(path), CGROUPS "%s", name);
	return look_at_group(walk, path);
}

/**
 * sockets_walk() - tell somebody of each socket of some programs
 * @pick: whose
 * @visitor: who is told
 *
 * Return: EXIT_OK, or EXIT_SYSTEM after a message.
 */
int sockets_walk(const struct socket_pick *pick,
		 const struct socket_visitor *visitor)
{
	struct walk walk = { .pick = pick, .visitor = visitor };
	const char *what = "processes";
	int err = 0;

	if (pick->cgroup)
		err = look_at_groups(&walk, pick->cgroup);
	else if (pick->pid >= 0)
		look_at_process(&walk, pick->pid);
	else
		look_at_all(&walk);
	tdestroy(walk.seen, free);
	if (err)
		what = pick->cgroup;
	else
		err = walk.error;
	if (!err)
		return EXIT_OK;
	fprintf(stderr, "Error: %s: %s\n", what, strerror(err));
	return EXIT_SYSTEM;
}

/* --- refusals ------------------------------------------------------------- */

#define MAX_REASONS	64

static unsigned long long noted[MAX_REASONS];

/* Calls of the number and the text of each line, in order. */
static int read_reasons(unsigned long long *counts, char texts[][80])
{
	FILE *file = fopen("/proc/net/chimney_host", "r");
	int n = 0;

	while (file && n < MAX_REASONS &&
	       fscanf(file, "%llu %79[^\n]", &counts[n], texts[n]) == 2)
		n++;
	if (file)
		fclose(file);
	return n;
}

/**
 * refusals_note() - before something that may be refused
 */
void refusals_note(void)
{
	char texts[MAX_REASONS][80];

	read_reasons(noted, texts);
}

/**
 * refusals_why() - why it has been refused
 * @times: how often
 *
 * Return: the host stack's reason, if there have been just so many refusals since
 * refusals_note(), all for one reason; else NULL.
 */
const char *refusals_why(unsigned int times)
{
	unsigned long long counts[MAX_REASONS];
	static char texts[MAX_REASONS][80];
	int n = read_reasons(counts, texts), i, found = -1;

	for (i = 0; i < n; i++) {
		if (counts[i] == noted[i] ||
		    strncmp(texts[i], "refused", strlen("refused")))
			continue;
		if (found >= 0 || counts[i] - noted[i] != times)
			return NULL;
		found = i;
	}
	return found >= 0 ? texts[found] : NULL;
}
