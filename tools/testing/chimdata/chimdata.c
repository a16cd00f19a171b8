// SPDX-License-Identifier: GPL-2.0
/*
 * chimdata: drives the reference client.
 *
 *	chimdata run ADDRESS PORT [OPTION...]	connect, hand over, play, report
 *	chimdata peer ADDRESS PORT [OPTION...]	listen, and play on sockets
 *	chimdata call ADDRESS PORT [OPTION...]	connect, and play on sockets
 *	chimdata pattern SEED BYTES		print a stream
 *	chimdata ctl ID OPERATION [ARGUMENT...]	operations on a connection,
 *						with a comma between two
 *
 * An OPTION is NAME=VALUE, or a flag, which NAME=0 takes back; see words.c. The
 * main one is role=: source:BYTES, sink[:BYTES], both:BYTES[:BYTES], echo, idle,
 * client:BYTES:BYTES:TIMES and server:BYTES:BYTES[:TIMES] (request, response).
 * Numbers may end in k, m or g. OPERATION is query, get, terminate, cycle,
 * abort, invalidate [0|1|2], mtu BYTES, neighbor MAC, relink MAC, or update
 * NAME=VALUE... Results are JSON, one line each.
 */
#include "chimdata.h"

#include <net/ethernet.h>
#include <netinet/ether.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct {
	const char *name;
	int op;
} operations[] = {
	{ "update", CHIMC_OP_UPDATE }, { "neighbor", CHIMC_OP_NEIGHBOR },
	{ "mtu", CHIMC_OP_MTU }, { "relink", CHIMC_OP_RELINK },
	{ "query", CHIMC_OP_QUERY }, { "invalidate", CHIMC_OP_INVALIDATE },
	{ "terminate", CHIMC_OP_TERMINATE }, { "cycle", CHIMC_OP_CYCLE },
	{ "abort", CHIMC_OP_ABORT },
};

static void no_event(uint32_t id, uint32_t events)
{
	(void)id;
	(void)events;
}

static void print_result(uint32_t id)
{
	struct chimc_result r;

	client_get(id, &r);
	result_print(&r);
	printf("}\n");
}

/* Cached values as they are now, changed by words. */
static void prepare_update(uint32_t id, struct chimc_values *v, char **words)
{
	if (client_control(id, CHIMC_OP_QUERY, 0, NULL, v))
		die("nothing to update");
	for (; *words; words++)
		if (!values_set(v, *words))
			die("no such value: %s", *words);
}

static int control(uint32_t id, const char *name, char **args)
{
	const struct ether_addr *mac = NULL;
	struct chimc_values v = { 0 };
	uint32_t arg = 0, status;
	size_t i = 0;

	if (!strcmp(name, "get")) {
		print_result(id);
		return EXIT_OK;
	}
	while (strcmp(operations[i].name, name))
		if (++i == sizeof(operations) / sizeof(operations[0]))
			die("unknown operation: %s", name);
	if (operations[i].op == CHIMC_OP_UPDATE) {
		prepare_update(id, &v, args);
	} else if (*args && strchr(*args, ':')) {
		mac = ether_aton(*args);
		if (!mac)
			die("not an address: %s", *args);
	} else if (*args) {
		arg = strtoul(*args, NULL, 0);
	}
	status = client_control(id, operations[i].op, arg,
				mac ? mac->ether_addr_octet : NULL, &v);
	printf("{\"status\": \"0x%08x\"", status);
	values_print(&v);
	printf("}\n");
	return status ? EXIT_WRONG : EXIT_OK;
}

/* The words of an operation end at a comma. */
static int control_all(uint32_t id, char **words)
{
	int rc = EXIT_OK, one;
	char **next;

	while (*words) {
		for (next = words; *next && strcmp(*next, ","); next++)
			;
		if (*next)
			*next++ = NULL;
		one = control(id, *words, words + 1);
		rc = rc ? rc : one;
		words = next;
	}
	return rc;
}

static int pattern(uint64_t seed, uint64_t bytes)
{
	static uint8_t buffer[65536];
	struct chimc_hash hash = { 0 };
	uint64_t at = 0;
	size_t n;

	while (at < bytes) {
		n = bytes - at > sizeof(buffer) ? sizeof(buffer) : bytes - at;
		chimc_fill(buffer, n, at, seed, &hash);
		if (fwrite(buffer, n, 1, stdout) != 1)
			return EXIT_TROUBLE;
		at += n;
	}
	return fflush(stdout) ? EXIT_TROUBLE : EXIT_OK;
}

/* A file for each connection, and some. */
static void allow_files(uint32_t count)
{
	struct rlimit limit = { count + 256, count + 256 };
	struct rlimit now;

	if (!getrlimit(RLIMIT_NOFILE, &now) && now.rlim_cur >= limit.rlim_cur)
		return;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("%u connections are more than there may be files", count);
}

static void usage(void)
{
	fputs("usage: chimdata run|peer|call ADDRESS PORT [OPTION...]\n"
	      "       chimdata pattern SEED BYTES\n"
	      "       chimdata ctl ID OPERATION [ARGUMENT...]\n", stderr);
	exit(EXIT_TROUBLE);
}

int main(int argc, char **argv)
{
	struct sockaddr_in6 address;
	struct options o;
	socklen_t len;
	bool is_run;
	int i;

	if (argc < 4)
		usage();
	if (!strcmp(argv[1], "pattern"))
		return pattern(strtoull(argv[2], NULL, 0),
			       strtoull(argv[3], NULL, 0));
	if (!strcmp(argv[1], "ctl")) {
		client_open(no_event);
		return control_all(strtoul(argv[2], NULL, 0), argv + 3);
	}
	is_run = !strcmp(argv[1], "run");
	if (!is_run && strcmp(argv[1], "peer") && strcmp(argv[1], "call"))
		usage();
	option_defaults(&o, !is_run);
	for (i = 4; i < argc; i++)
		if (!option_parse(&o, argv[i]))
			die("no such option: %s", argv[i]);
	allow_files(o.count);
	address_parse(argv[2], argv[3], &address, &len);
	return is_run ? run(&address, len, &o) :
			peer(&address, len, !strcmp(argv[1], "call"), &o);
}
