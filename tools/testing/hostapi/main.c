// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostapi list: names of the cases.
 * hostapi run NAME [FAMILY [accepted]]: a case in each mode; exits with 0 if all saw
 *	the same. FAMILY is 4, 6 or 46, see hostapi.h; without one, 4 and 6. The end
 *	that is moved is the one that connects, if not said otherwise.
 * hostapi soak, cycles, many: see soak.c; asleep: see asleep.c.
 */
#include "hostapi.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const struct test *const tables[] = {
	send_tests, recv_tests, ready_tests, ring_tests, life_tests,
	info_tests, brief_tests, stamps_tests, held_tests,
};

#define N_TABLES	(sizeof(tables) / sizeof(tables[0]))
#define LOG_MAX		8192

static const char *const mode_names[N_MODES] = {
	"native", "offloaded", "offloaded meanwhile", "uploaded meanwhile",
	"let go meanwhile",
};

static void list(void)
{
	const struct test *test;
	size_t i;

	for (i = 0; i < N_TABLES; i++)
		for (test = tables[i]; test->name; test++)
			puts(test->name);
}

static const struct test *find(const char *name)
{
	const struct test *test;
	size_t i;

	for (i = 0; i < N_TABLES; i++)
		for (test = tables[i]; test->name; test++)
			if (!strcmp(test->name, name))
				return test;
	die("no case %s", name);
}

static struct pair *running;

/* What there is to say of a case that hangs. The second one ends it. */
static void on_alarm(int signal_number)
{
	const struct pair *t = running;

	alarm(5);
	fprintf(t->log, "sent %llu %llu received %llu %llu offloaded %d\n",
		(unsigned long long)t->tx[0].bytes,
		(unsigned long long)t->tx[1].bytes,
		(unsigned long long)t->rx[0].bytes,
		(unsigned long long)t->rx[1].bytes, offloaded(t->s));
	print_end(t->log, "far", t->p);
	print_end(t->log, "near", t->s);
	_exit(128 + signal_number);
}

/* Cases that have TCP itself do something at last, close the socket, or move it. */
static const char *const ends[] = {
	"cork_shutdown", "cork_times_out", "urgent", "stamps", "stamps_queued",
	"stamps_corked", "zerocopy_reset", "ipsec", "urgent_in", "urgent_inline", "ring_zerocopy",
	"shutdown_write", "shutdown_unsent", "shutdown_both", "peer_closes",
	"peer_closes_meanwhile", "peer_resets", "peer_resets_unseen",
	"close_plain", "close_unsent", "close_unread", "close_overfull",
	"linger_reset", "destroyed", "destroyed_again", "linger_wait",
	"linger_expires", "handed_on", "kept_open", "listens", "info_counts",
};

static bool stays(const struct test *test)
{
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!strcmp(test->name, ends[i]))
			return false;
	return true;
}

/* What behaves as natively because it is native would prove nothing. */
static void check_end(const struct test *test, const struct pair *t)
{
	bool want = t->mode == OFFLOADED || t->mode == GOES;

	if (stays(test) && offloaded(t->s) != want)
		die("%s in the end", want ? "not offloaded" : "offloaded");
}

/* Nothing of a run is left to the next one; one that hangs ends. */
static void child(const struct test *test, struct pair *t, int out)
{
	/* It may hang there as well. */
	const struct sigaction action = {
		.sa_handler = on_alarm, .sa_flags = SA_NODEFER | SA_RESETHAND,
	};
	const char *slow = getenv("CHIM_SLOW");

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	t->log = fdopen(out, "w");
	setlinebuf(t->log);
	t->s = -1;
	t->p = -1;
	running = t;
	sigaction(SIGALRM, &action, NULL);
	alarm(60 * (slow ? atoi(slow) : 1));
	pair_open(t, test->buffers);
	test->run(t);
	check_end(test, t);
	say_streams(t);
	exit(0);
}

static bool run_once(const struct test *test, enum mode mode,
		     const struct pair *kind, char *text)
{
	struct pair t = *kind;
	int fds[2], rc;
	size_t at = 0;
	ssize_t n;
	pid_t pid;

	t.mode = mode;
	fflush(stdout);
	if (pipe(fds))
		die("pipe");
	pid = fork();
	if (!pid)
		child(test, &t, fds[1]);
	close(fds[1]);
	while ((n = read(fds[0], text + at, LOG_MAX - 1 - at)) > 0)
		at += n;
	text[at] = 0;
	close(fds[0]);
	rc = wait_child(pid);
	if (mode == LEFT)
		drain("0");
	if (rc)
		printf("# IPv%d%s, %s: %s %d\n", t.family,
		       t.accepted ? " accepted" : "", mode_names[mode],
		       rc == 128 + SIGALRM ? "hangs," : "ends with", rc);
	return !rc;
}

/* As comments of KTAP. */
static void show(const char *title, const char *text)
{
	printf("# %s:\n#   ", title);
	for (; *text; text++) {
		putchar(*text);
		if (*text == '\n' && text[1])
			printf("#   ");
	}
}

static bool run(const struct test *test, int family, bool accepted)
{
	const struct pair kind = { .family = family, .accepted = accepted };
	char native[LOG_MAX], text[LOG_MAX];
	bool ok = run_once(test, NATIVE, &kind, native);
	enum mode mode;

	if (!ok)
		show("native", native);
	for (mode = OFFLOADED; mode < N_MODES; mode++) {
		if (run_once(test, mode, &kind, text) && !strcmp(text, native))
			continue;
		ok = false;
		printf("# IPv%d%s\n", family, accepted ? " accepted" : "");
		show("native", native);
		show(mode_names[mode], text);
	}
	return ok;
}

int main(int argc, char **argv)
{
	bool ok, accepted = argc == 5 && !strcmp(argv[4], "accepted");

	signal(SIGPIPE, SIG_IGN);
	setlinebuf(stdout);
	if (argc == 2 && !strcmp(argv[1], "list")) {
		list();
		return 0;
	}
	pair_namespaces();
	if (argc > 2 && !strcmp(argv[1], "soak"))
		return soak(argc - 2, argv + 2);
	if (argc > 3 && !strcmp(argv[1], "cycles"))
		return cycles(argc - 2, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "many"))
		return many(argc - 2, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "asleep"))
		return asleep(argc - 2, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "groups"))
		return groups(argc - 2, argv + 2);
	if (argc < 3 || argc > 4 + accepted || strcmp(argv[1], "run"))
		die("usage: hostapi list | run NAME [FAMILY [accepted]] | soak etc.");
	if (argc > 3)
		return run(find(argv[2]), atoi(argv[3]), accepted) ? 0 : 1;
	ok = run(find(argv[2]), 4, false);
	return run(find(argv[2]), 6, false) && ok ? 0 : 1;
}
