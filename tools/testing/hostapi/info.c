// SPDX-License-Identifier: GPL-2.0-only
/* What can be learnt of a connection: by itself, and by others. */
#include "hostapi.h"

#include <errno.h>
#include <linux/chimney_host.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void tcp_info(int fd, struct tcp_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &len))
		die("TCP_INFO");
}

/* How an end stands, as comments of KTAP, if it still does. */
void print_end(FILE *to, const char *name, int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	int in, out, unsent;

	if (!ioctl(fd, SIOCINQ, &in) && !ioctl(fd, SIOCOUTQ, &out) &&
	    !ioctl(fd, SIOCOUTQNSD, &unsent))
		fprintf(to, "# %s: queues in %d out %d unsent %d\n", name, in,
			out, unsent);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		return;
	fprintf(to, "# %s: state %u out %u lost %u retransmits %u", name,
		info.tcpi_state, info.tcpi_unacked, info.tcpi_lost,
		info.tcpi_retransmits);
	fprintf(to, " rto %u rtt %u cwnd %u window %u\n", info.tcpi_rto,
		info.tcpi_rtt, info.tcpi_snd_cwnd, info.tcpi_snd_wnd);
}

static void talk(struct pair *t)
{
	put(t, t->s, 20000);
	take(t, t->p, 20000);
	put(t, t->p, 50000);
	take(t, t->s, 50000);
	wait_queued(t->s, SIOCOUTQ, 0);
}

static void say_info(struct pair *t, const struct tcp_info *was)
{
	struct tcp_info now;

	/* What only the target knows is there when it is looked at again. */
	do {
		tcp_info(t->s, &now);
	} while (!now.tcpi_rtt);
	say(t, "state %d options %x unacked %u not sent %u", now.tcpi_state,
	    now.tcpi_options, now.tcpi_unacked, now.tcpi_notsent_bytes);
	say(t, "acknowledged %llu received %llu",
	    now.tcpi_bytes_acked - was->tcpi_bytes_acked,
	    now.tcpi_bytes_received - was->tcpi_bytes_received);
	say(t, "sent all of it: %d",
	    now.tcpi_bytes_sent - was->tcpi_bytes_sent >= 20000);
	say(t, "segments: %d %d %d",
	    now.tcpi_data_segs_out > was->tcpi_data_segs_out,
	    now.tcpi_data_segs_in > was->tcpi_data_segs_in,
	    now.tcpi_delivered > was->tcpi_delivered);
	say(t, "sizes %u %u %u", now.tcpi_snd_mss, now.tcpi_advmss,
	    now.tcpi_pmtu);
	say(t, "measured: %d %d %d", now.tcpi_snd_cwnd > 0, now.tcpi_rto > 0, now.tcpi_snd_wnd > 0);
}

/* Nothing is to be sent: no time is counted as spent on that. */
static void say_rest(struct pair *t)
{
	struct tcp_info was, now;

	tcp_info(t->s, &was);
	do {
		tcp_info(t->s, &now);
	} while (now.tcpi_last_data_sent < 100);
	say(t, "busy: %d", now.tcpi_busy_time > was.tcpi_busy_time);
	say(t, "held up by the window: %d", now.tcpi_rwnd_limited > 0);
}

static void info_idle(struct pair *t)
{
	struct tcp_info was;

	tcp_info(t->s, &was);
	talk(t);
	say_info(t, &was);
	say_rest(t);
	tcp_info(t->s, &was);
	move(t);
	talk(t);
	say_info(t, &was);
	say_rest(t);
}

static uint64_t abs_diff(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* What has not been sent is not counted, however often it is handed over. */
static void info_counts(struct pair *t)
{
	size_t total = fill_up(t, t->s);
	struct tcp_info was, now;
	int i;

	move(t);
	tcp_info(t->s, &was);
	for (i = 0; i < 10 && t->mode != NATIVE; i++) {
		if (!offload_again(t))
			die("refused");
		upload(t->s);
	}
	tcp_info(t->s, &now);
	say(t, "segments: %d %d", abs_diff(now.tcpi_segs_out, was.tcpi_segs_out) > 30,
	    abs_diff(now.tcpi_data_segs_out, was.tcpi_data_segs_out) > 30);
	say(t, "bytes: %d",
	    abs_diff(now.tcpi_bytes_sent, was.tcpi_bytes_sent) > 20000);
	take(t, t->p, total);
}

/* What the peer does not take has not been sent, or not been acknowledged. */
static void info_full(struct pair *t)
{
	int total = fill_up(t, t->s);
	struct tcp_info info;

	move(t);
	do {
		tcp_info(t->s, &info);
	} while (info.tcpi_unacked > 1);
	say(t, "waits: %d", info.tcpi_notsent_bytes > 0);
	say(t, "as in the queue: %d", (int)info.tcpi_notsent_bytes ==
	    queued(t->s, SIOCOUTQNSD));
	take(t, t->p, total);
	wait_queued(t->s, SIOCOUTQ, 0);
	tcp_info(t->s, &info);
	say(t, "waits: %u", info.tcpi_notsent_bytes);
}

/* --- from outside --------------------------------------------------------- */

/* Natively the socket has no ULP; otherwise it keeps it until it is let go. */
static bool has_ulp(const struct pair *t, bool moved)
{
	return (is_first_offloaded(t) && !(t->mode == LEFT && moved)) ||
	       (t->mode == GOES && moved);
}

static void see(const struct pair *t, char *line, size_t size)
{
	FILE *file = popen(t->accepted ? "ss -tinHO sport = 5100" :
					 "ss -tinHO dport = 5100", "r");

	if (!file || !fgets(line, size, file) || pclose(file))
		die("ss");
}

static unsigned long value(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

static void say_ss(struct pair *t, bool moved)
{
	char line[4096];

	/* What only the target knows is there when it is looked at again. */
	see(t, line, sizeof(line));
	do {
		see(t, line, sizeof(line));
	} while (strstr(line, " rtt:0/"));
	say(t, "name of the ULP as it is to be: %d",
	    !!strstr(line, "tcp-ulp-chimney") == has_ulp(t, moved));
	say(t, "acknowledged %lu received %lu",
	    value(line, " bytes_acked:") - 1, value(line, " bytes_received:"));
	say(t, "sent all of it: %d",
	    value(line, " bytes_sent:") >= (moved ? 40000 : 20000));
	say(t, "measured: %d", value(line, " cwnd:") > 0);
	say(t, "established: %d", !strncmp(line, "ESTAB", 5));
}

static void seen_by_ss(struct pair *t)
{
	talk(t);
	say_ss(t, false);
	move(t);
	talk(t);
	say_ss(t, true);
}

static struct rtattr *find(struct rtattr *at, int len, int type)
{
	for (; RTA_OK(at, len); at = RTA_NEXT(at, len))
		if (at->rta_type == type)
			return at;
	return NULL;
}

/* 0 or 1; -1: there is no such attribute. */
static int state_in(struct nlmsghdr *reply)
{
	struct inet_diag_msg *msg = NLMSG_DATA(reply);
	struct tcp_chimney_info info;
	struct rtattr *at;

	at = find((void *)(msg + 1), reply->nlmsg_len -
		  NLMSG_LENGTH(sizeof(*msg)), INET_DIAG_ULP_INFO);
	if (!at)
		return -1;
	at = find(RTA_DATA(at), RTA_PAYLOAD(at), INET_ULP_INFO_CHIMNEY);
	if (!at || RTA_PAYLOAD(at) != sizeof(info))
		return -1;
	memcpy(&info, RTA_DATA(at), sizeof(info));
	return info.offloaded;
}

/* As sock_diag(7) says of the one connection of the namespace. */
static int state_by_diag(struct pair *t)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
	} ask = {
		.head = {
			.nlmsg_len = sizeof(ask),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.req = {
			.sdiag_family = t->family == 4 ? AF_INET : AF_INET6,
			.sdiag_protocol = IPPROTO_TCP,
			.idiag_ext = 1 << (INET_DIAG_INFO - 1),
			.idiag_states = 1 << 1,	/* established */
		},
	};
	uint64_t buf[1024];
	struct nlmsghdr *reply = (void *)buf;
	int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_SOCK_DIAG);
	ssize_t len;

	if (fd < 0 || send(fd, &ask, sizeof(ask), 0) != sizeof(ask))
		die("sock_diag");
	len = recv(fd, buf, sizeof(buf), 0);
	if (len < 0 || !NLMSG_OK(reply, len) ||
	    reply->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		die("no answer of sock_diag");
	close(fd);
	return state_in(reply);
}

static void seen_by_diag(struct pair *t)
{
	static const int before[N_MODES] = { -1, 1, -1, 1, 1 };
	static const int after[N_MODES] = { -1, 1, 1, 0, -1 };

	say(t, "before: %d", state_by_diag(t) == before[t->mode]);
	move(t);
	say(t, "after: %d", state_by_diag(t) == after[t->mode]);
	talk(t);
	say(t, "after: %d", state_by_diag(t) == after[t->mode]);
}

static atomic_bool enough;

static void ask_ulp(struct task *task)
{
	char name[16];
	socklen_t len;

	while (!atomic_load(&enough)) {
		len = sizeof(name);
		if (getsockopt(task->fd, IPPROTO_TCP, TCP_ULP, name, &len))
			die("TCP_ULP");
	}
}

/* It has a name or none at any time, however often it gets one and loses it. */
static void ulp_asked(struct pair *t)
{
	struct task task = {};
	int i;

	task_start(&task, t, ask_ulp);
	move(t);
	for (i = 0; i < 40 && is_first_offloaded(t); i++) {
		if (!offload_again(t))
			die("refused");
		move(t);
	}
	atomic_store(&enough, true);
	task_join(&task);
}

const struct test info_tests[] = {
	{ "info_counts", info_counts, 65536 },
	{ "info_idle", info_idle, 0 },
	{ "info_full", info_full, 32768 },
	{ "seen_by_ss", seen_by_ss, 0 },
	{ "seen_by_diag", seen_by_diag, 0 },
	{ "ulp_asked", ulp_asked, 0 },
	{}
};
