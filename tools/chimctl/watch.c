// SPDX-License-Identifier: GPL-2.0
/* chimctl watch: a live table of the sockets of the Linux host stack. */
#include "chimctl.h"

#include <linux/chimney_host_netlink.h>

#include <arpa/inet.h>
#include <net/if.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS_PER_S	1000
#define NS_PER_MS	1000000
#define DAY_S		86400

static const char usage[] =
	"Usage: chimctl watch [ interval SECONDS ] [ count N ]\n";

static const char *const states[] = {
	[CHIMNEY_HOST_STATE_NATIVE] = "native",
	[CHIMNEY_HOST_STATE_HELD] = "moving",
	[CHIMNEY_HOST_STATE_OFFLOADED] = "offloaded",
};

/**
 * struct row - a socket as it was when it was looked at
 * @cookie: which one
 * @local: its address and port
 * @remote: the peer's
 * @device: of its route
 * @state: enum chimney_host_state
 * @moves: how often it was offloaded
 * @why: the last reason
 * @sent: bytes acknowledged
 * @received: bytes received
 */
struct row {
	uint64_t cookie;
	char local[INET6_ADDRSTRLEN + 8];
	char remote[INET6_ADDRSTRLEN + 8];
	char device[IF_NAMESIZE];
	unsigned int state;
	unsigned int moves;
	char why[64];
	uint64_t sent;
	uint64_t received;
};

/**
 * struct table - all sockets at one time
 * @rows: ordered by cookie
 * @count: how many
 * @room: how many there is memory for
 * @ms: when, by a clock that only goes forward
 */
struct table {
	struct row *rows;
	size_t count;
	size_t room;
	uint64_t ms;
};

/* --- reading -------------------------------------------------------------- */

static void format_end(const struct nlattr *address, const struct nlattr *port,
		       char *text, size_t size)
{
	int v4 = mnl_attr_get_payload_len(address) == 4;
	char name[INET6_ADDRSTRLEN];

	inet_ntop(v4 ? AF_INET : AF_INET6, mnl_attr_get_payload(address), name,
		  sizeof(name));
	snprintf(text, size, v4 ? "%s:%u" : "[%s]:%u", name,
		 ntohs(mnl_attr_get_u16(port)));
}

static void read_row(const struct nlattr **tb, struct row *row)
{
	memset(row, 0, sizeof(*row));
	row->cookie = nl_number(tb[CHIMNEY_HOST_A_SOCKET_COOKIE]);
	format_end(tb[CHIMNEY_HOST_A_SOCKET_LOCAL],
		   tb[CHIMNEY_HOST_A_SOCKET_LOCAL_PORT], row->local,
		   sizeof(row->local));
	format_end(tb[CHIMNEY_HOST_A_SOCKET_REMOTE],
		   tb[CHIMNEY_HOST_A_SOCKET_REMOTE_PORT], row->remote,
		   sizeof(row->remote));
	strcpy(row->device, "-");
	if (tb[CHIMNEY_HOST_A_SOCKET_IFINDEX])
		if_indextoname(nl_number(tb[CHIMNEY_HOST_A_SOCKET_IFINDEX]),
			       row->device);
	row->state = nl_number(tb[CHIMNEY_HOST_A_SOCKET_STATE]);
	row->moves = nl_number(tb[CHIMNEY_HOST_A_SOCKET_MOVES]);
	snprintf(row->why, sizeof(row->why), "%s",
		 mnl_attr_get_str(tb[CHIMNEY_HOST_A_SOCKET_REASON_TEXT]));
	row->sent = nl_number(tb[CHIMNEY_HOST_A_SOCKET_BYTES_SENT]);
	row->received = nl_number(tb[CHIMNEY_HOST_A_SOCKET_BYTES_RECEIVED]);
}

static int add_row(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[CHIMNEY_HOST_A_SOCKET_MAX + 1];
	struct table *table = data;

	if (table->count == table->room) {
		size_t room = table->room ? 2 * table->room : 64;
		struct row *rows = realloc(table->rows, room * sizeof(*rows));

		if (!rows) {
			fputs("Error: no memory\n", stderr);
			return EXIT_SYSTEM;
		}
		table->rows = rows;
		table->room = room;
	}
	nl_parse_msg(nlh, tb, CHIMNEY_HOST_A_SOCKET_MAX);
	read_row(tb, &table->rows[table->count++]);
	return EXIT_OK;
}

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

static uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * (uint64_t)MS_PER_S + now.tv_nsec / NS_PER_MS;
}

/* Sockets come and go meanwhile: what could be had after some tries will do. */
static int read_table(struct table *table)
{
	int tries = DUMP_TRIES, rc;

	do {
		table->count = 0;
		rc = nl_talk(nl_request(CHIMNEY_HOST_CMD_SOCKET_GET,
					NLM_F_DUMP), add_row, table);
	} while (rc == NL_AGAIN && --tries);
	table->ms = clock_ms();
	if (table->count)
		qsort(table->rows, table->count, sizeof(*table->rows), compare);
	return rc == NL_AGAIN ? EXIT_OK : rc;
}

/* --- showing -------------------------------------------------------------- */

static uint64_t rate(uint64_t now, uint64_t before, uint64_t ms)
{
	return ms && now > before ? (now - before) * MS_PER_S / ms : 0;
}

/* Three digits and a unit. */
static void format_rate(uint64_t value, char *text, size_t size)
{
	static const char units[] = " kMGTPE";
	double scaled = value;
	int unit = 0;

	while (scaled >= 999.5 && units[unit + 1]) {
		scaled /= 1000;
		unit++;
	}
	snprintf(text, size, "%.*f%c", unit && scaled < 9.995 ? 2 :
		 unit && scaled < 99.95 ? 1 : 0, scaled, units[unit]);
}

static void show_row(const struct row *row, uint64_t tx, uint64_t rx)
{
	const char *state = row->state < ARRAY_SIZE(states) ?
			    states[row->state] : "?";
	char tx_text[16], rx_text[16];

	if (!json) {
		format_rate(tx, tx_text, sizeof(tx_text));
		format_rate(rx, rx_text, sizeof(rx_text));
		printf("%-24s %-24s %-8s %-9s %6s %6s %5u  %s\n", row->local,
		       row->remote, row->device, state, tx_text, rx_text,
		       row->moves, row->why);
		return;
	}
	js_item();
	js_handle("cookie", row->cookie);
	js_string("local", row->local);
	js_string("remote", row->remote);
	js_string("dev", row->device);
	js_string("state", state);
	js_number("tx-rate", tx);
	js_number("rx-rate", rx);
	js_number("bytes-sent", row->sent);
	js_number("bytes-received", row->received);
	js_number("moves", row->moves);
	js_string("why", row->why);
	js_close('}');
}

static void show_table(const struct table *table, const struct table *before)
{
	uint64_t ms = before->ms ? table->ms - before->ms : 0;
	const struct row *row, *old;
	size_t i;

	if (!json && isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
	if (!json)
		printf("%-24s %-24s %-8s %-9s %6s %6s %5s  %s\n", "LOCAL",
		       "REMOTE", "DEV", "STATE", "TX/s", "RX/s", "MOVES",
		       "WHY");
	for (i = 0; i < table->count; i++) {
		row = &table->rows[i];
		old = before->count ? bsearch(row, before->rows, before->count,
					      sizeof(*row), compare) : NULL;
		show_row(row, old ? rate(row->sent, old->sent, ms) : 0,
			 old ? rate(row->received, old->received, ms) : 0);
	}
}

/* True if somebody still looks. */
static bool end_table(void)
{
	js_finish(EXIT_OK);
	if (!json && !isatty(STDOUT_FILENO))
		putchar('\n');
	return !fflush(stdout) && !ferror(stdout);
}

static int watch(uint64_t interval, uint64_t count)
{
	struct timespec pause = { .tv_sec = interval };
	struct table tables[2] = { 0 };
	uint64_t i;
	int rc;

	for (i = 0;; i++) {
		rc = read_table(&tables[i & 1]);
		if (rc != EXIT_OK)
			break;
		show_table(&tables[i & 1], &tables[!(i & 1)]);
		if (!end_table() || (count && i + 1 == count))
			break;
		nanosleep(&pause, NULL);
	}
	free(tables[0].rows);
	free(tables[1].rows);
	return rc;
}

/**
 * cmd_watch() - chimctl watch
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_watch(struct words *w)
{
	static const char *const names[] = { "interval", "count" };
	uint64_t values[] = { 1, 0 };
	const char *name, *word;
	int i, rc;

	if (is_help(w)) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	while (w->count) {
		name = next_word(w);
		i = match(name, names, ARRAY_SIZE(names), sizeof(*names),
			  "argument");
		if (i < 0 || need_word(w, names[i], &word) != EXIT_OK ||
		    read_number(word, names[i], i ? UINT32_MAX : DAY_S,
				&values[i]) != EXIT_OK)
			return EXIT_USAGE;
	}
	rc = nl_open(NL_HOST);
	return rc == EXIT_OK ? watch(values[0], values[1]) : rc;
}
