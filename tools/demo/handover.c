// SPDX-License-Identifier: GPL-2.0
/*
 * handover: takes the state of a running program's TCP connection, and gives
 * it back.
 *
 *	handover freeze PID PORT
 *	handover show PID PORT
 *	handover thaw PID PORT [NAME=VALUE...]
 *
 * PID is the program, PORT the remote port of its connection. The program
 * neither helps nor notices: its socket is borrowed with pidfd_getfd().
 *
 * freeze turns TCP_REPAIR on, in which the socket sends nothing of its own
 * accord, and prints its state as JSON, with the names that chimctl knows.
 * TCP_REPAIR does not keep received segments out and must not have to: only
 * an idle connection is frozen.
 *
 * thaw writes the values it is given into the socket and turns TCP_REPAIR off
 * without the window probe that the kernel could send: what has been written
 * must do. Sequence numbers cannot be written; they must be what the socket
 * still has.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define STATE_ESTABLISHED	1	/* the kernel's TCP_ESTABLISHED */
#define SSTHRESH_INFINITE	0x7fffffff

/* What thaw can be asked to write. */
static const struct option {
	const char *name;
	int level[2];		/* IPv4 and IPv6 */
	int name4, name6;
} options[] = {
	{ "ttl", { IPPROTO_IP, IPPROTO_IPV6 }, IP_TTL, IPV6_UNICAST_HOPS },
	{ "tos", { IPPROTO_IP, IPPROTO_IPV6 }, IP_TOS, IPV6_TCLASS },
	{ "prio", { SOL_SOCKET, SOL_SOCKET }, SO_PRIORITY, SO_PRIORITY },
	{ "rcvbuf", { SOL_SOCKET, SOL_SOCKET }, SO_RCVBUFFORCE, SO_RCVBUFFORCE },
	{ "ts_time", { IPPROTO_TCP, IPPROTO_TCP }, TCP_TIMESTAMP, TCP_TIMESTAMP },
};

static void die(const char *format, ...)
{
	va_list args;

	fputs("handover: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static int get(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;

	if (getsockopt(fd, level, name, &value, &len))
		die("option %d:%d: %s", level, name, strerror(errno));
	return value;
}

static void set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		die("option %d:%d to %d: %s", level, name, value,
		    strerror(errno));
}

static uint32_t sequence(int fd, int queue)
{
	uint32_t next;

	set(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, queue);
	next = get(fd, IPPROTO_TCP, TCP_QUEUE_SEQ);
	set(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP_NO_QUEUE);
	return next;
}

static struct tcp_info tcp_info(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		die("TCP_INFO: %s", strerror(errno));
	return info;
}

static struct tcp_repair_window repair_window(int fd)
{
	struct tcp_repair_window window = { 0 };
	socklen_t len = sizeof(window);

	if (getsockopt(fd, IPPROTO_TCP, TCP_REPAIR_WINDOW, &window, &len))
		die("TCP_REPAIR_WINDOW: %s", strerror(errno));
	return window;
}

/* --- finding the socket --------------------------------------------------- */

/* Is this a TCP connection to the port? */
static bool matches(int fd, int port)
{
	struct sockaddr_in6 peer = { 0 };
	socklen_t len = sizeof(int);
	int protocol = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) ||
	    protocol != IPPROTO_TCP)
		return false;
	len = sizeof(peer);
	/* The port is at the same place for both families. */
	return !getpeername(fd, (struct sockaddr *)&peer, &len) &&
	       ntohs(peer.sin6_port) == port;
}

static int borrow(int pid, int port)
{
	char path[sizeof("/proc/-2147483648/fd")];
	int pidfd, fd, found = -1;
	struct dirent *entry;
	DIR *dir;

	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0)
		die("process %d: %s", pid, strerror(errno));
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		die("%s: %s", path, strerror(errno));
	while (found < 0 && (entry = readdir(dir))) {
		if (!isdigit(entry->d_name[0]))
			continue;
		fd = pidfd_getfd(pidfd, atoi(entry->d_name), 0);
		if (fd < 0)
			die("descriptor %s of process %d: %s", entry->d_name,
			    pid, strerror(errno));
		if (matches(fd, port))
			found = fd;
		else
			close(fd);
	}
	closedir(dir);
	close(pidfd);
	if (found < 0)
		die("process %d has no connection to port %d", pid, port);
	return found;
}

/* --- freezing ------------------------------------------------------------- */

static int queued(int fd, unsigned long request)
{
	int bytes = 0;

	if (ioctl(fd, request, &bytes))
		die("queue length: %s", strerror(errno));
	return bytes;
}

/* Why the connection cannot be handed over now, or NULL. */
static const char *busy(int fd)
{
	struct tcp_info info = tcp_info(fd);

	if (info.tcpi_state != STATE_ESTABLISHED)
		return "it is not established";
	if (queued(fd, SIOCOUTQ) || info.tcpi_unacked || info.tcpi_notsent_bytes)
		return "it has data to send";
	if (queued(fd, SIOCINQ))
		return "it has data to read";
	if (info.tcpi_retransmits || info.tcpi_probes)
		return "it is retransmitting";
	return NULL;
}

static void number(const char *name, uint32_t value)
{
	printf(",\n \"%s\": %u", name, value);
}

static void boolean(const char *name, bool value)
{
	printf(",\n \"%s\": %s", name, value ? "true" : "false");
}

static void print_end(const char *name, const struct sockaddr_in6 *end)
{
	const struct sockaddr_in *end4 = (const struct sockaddr_in *)end;
	bool mapped = end->sin6_family == AF_INET6 &&
		      IN6_IS_ADDR_V4MAPPED(&end->sin6_addr);
	char text[INET6_ADDRSTRLEN];

	if (end->sin6_family == AF_INET)
		inet_ntop(AF_INET, &end4->sin_addr, text, sizeof(text));
	else if (mapped)
		inet_ntop(AF_INET, &end->sin6_addr.s6_addr[12], text,
			  sizeof(text));
	else
		inet_ntop(AF_INET6, &end->sin6_addr, text, sizeof(text));
	printf(",\n \"%s\": \"%s\"", name, text);
}

/* Returns the family, that of the frames. */
static int print_ends(int fd)
{
	struct sockaddr_in6 local = { 0 }, remote = { 0 };
	socklen_t len = sizeof(local);
	int family;

	if (getsockname(fd, (struct sockaddr *)&local, &len))
		die("local address: %s", strerror(errno));
	len = sizeof(remote);
	if (getpeername(fd, (struct sockaddr *)&remote, &len))
		die("remote address: %s", strerror(errno));
	family = remote.sin6_family;
	if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&remote.sin6_addr))
		family = AF_INET;
	number("family", family == AF_INET ? 4 : 6);
	print_end("src", &local);
	print_end("dst", &remote);
	number("sport", ntohs(local.sin6_port));
	number("dport", ntohs(remote.sin6_port));
	return family;
}

static void print_cached(int fd, int family)
{
	bool v6 = family == AF_INET6;
	size_t i;

	boolean("keepalive", get(fd, SOL_SOCKET, SO_KEEPALIVE));
	boolean("nagle", !get(fd, IPPROTO_TCP, TCP_NODELAY));
	number("ka_probes", get(fd, IPPROTO_TCP, TCP_KEEPCNT));
	number("ka_timeout", get(fd, IPPROTO_TCP, TCP_KEEPIDLE) * 1000);
	number("ka_interval", get(fd, IPPROTO_TCP, TCP_KEEPINTVL) * 1000);
	number("rcvbuf", get(fd, SOL_SOCKET, SO_RCVBUF));
	for (i = 0; i < 3; i++)
		number(options[i].name,
		       get(fd, options[i].level[v6],
			   v6 ? options[i].name6 : options[i].name4));
}

static void print_delegated(int fd, const struct tcp_info *info)
{
	struct tcp_repair_window window = repair_window(fd);
	uint32_t rcv_nxt = sequence(fd, TCP_RECV_QUEUE);
	uint32_t snd_nxt = sequence(fd, TCP_SEND_QUEUE);

	number("rcv_nxt", rcv_nxt);
	/* What is left of the window promised last. */
	number("rcv_wnd", window.rcv_wup + window.rcv_wnd - rcv_nxt);
	/* Nothing is in flight: the three are one. */
	number("snd_una", snd_nxt);
	number("snd_nxt", snd_nxt);
	number("snd_max", snd_nxt);
	number("snd_wnd", window.snd_wnd);
	number("max_snd_wnd", window.max_window);
	number("snd_wl1", window.snd_wl1);
	/* The kernel counts segments, the target bytes. */
	number("cwnd", info->tcpi_snd_cwnd * info->tcpi_snd_mss);
	number("ssthresh", info->tcpi_snd_ssthresh >= SSTHRESH_INFINITE ?
	       SSTHRESH_INFINITE :
	       info->tcpi_snd_ssthresh * info->tcpi_snd_mss);
	/* 8 times and 4 times, in ticks of a millisecond. */
	number("srtt", info->tcpi_rtt / 125);
	number("rttvar", info->tcpi_rttvar / 250);
	number("ts_time", get(fd, IPPROTO_TCP, TCP_TIMESTAMP));
}

static void print_state(int fd)
{
	struct tcp_info info = tcp_info(fd);
	int family;

	printf("{\"state\": %u", info.tcpi_state);
	family = print_ends(fd);
	boolean("timestamps", info.tcpi_options & TCPI_OPT_TIMESTAMPS);
	boolean("sack", info.tcpi_options & TCPI_OPT_SACK);
	boolean("wscale", info.tcpi_options & TCPI_OPT_WSCALE);
	number("snd_wscale", info.tcpi_snd_wscale);
	number("rcv_wscale", info.tcpi_rcv_wscale);
	/* In repair mode this is what the peer advertised. */
	number("remote_mss", get(fd, IPPROTO_TCP, TCP_MAXSEG));
	number("pmtu", info.tcpi_pmtu);
	print_cached(fd, family);
	print_delegated(fd, &info);
	printf("}\n");
}

static void freeze(int fd)
{
	const char *why = busy(fd);

	if (why)
		die("not now: %s", why);
	set(fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON);
	/* Something may have come in between. */
	why = busy(fd);
	if (why) {
		set(fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);
		die("not now: %s", why);
	}
	print_state(fd);
}

static void show(int fd)
{
	if (!get(fd, IPPROTO_TCP, TCP_REPAIR))
		die("it is not frozen");
	print_state(fd);
}

/* --- thawing -------------------------------------------------------------- */

static void must_be(const char *name, uint32_t have, uint32_t value)
{
	if (have != value)
		die("%s: the socket has %u, not %u", name, have, value);
}

static bool thaw_window(struct tcp_repair_window *window, const char *name,
			uint32_t value)
{
	if (!strcmp(name, "rcv_wnd"))
		window->rcv_wnd = value;
	else if (!strcmp(name, "snd_wnd"))
		window->snd_wnd = value;
	else if (!strcmp(name, "max_snd_wnd"))
		window->max_window = value;
	else if (!strcmp(name, "snd_wl1"))
		window->snd_wl1 = value;
	else
		return false;
	return true;
}

static void thaw_option(int fd, const char *name, uint32_t value)
{
	bool v6 = get(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(options[i].name, name))
			continue;
		set(fd, options[i].level[v6],
		    v6 ? options[i].name6 : options[i].name4, value);
		return;
	}
	die("unknown value: %s", name);
}

static void thaw(int fd, int count, char **values)
{
	struct tcp_repair_window window = repair_window(fd);
	uint32_t rcv_nxt = sequence(fd, TCP_RECV_QUEUE);
	uint32_t snd_nxt = sequence(fd, TCP_SEND_QUEUE);
	const char *why = busy(fd);
	int i;

	if (why)
		die("did not stay frozen: %s", why);
	window.rcv_wnd -= rcv_nxt - window.rcv_wup;
	window.rcv_wup = rcv_nxt;
	for (i = 0; i < count; i++) {
		char *text = strchr(values[i], '=');
		uint32_t value;

		if (!text)
			die("not NAME=VALUE: %s", values[i]);
		*text++ = 0;
		value = strtoul(text, NULL, 0);
		if (!strcmp(values[i], "rcv_nxt"))
			must_be("rcv_nxt", rcv_nxt, value);
		else if (!strncmp(values[i], "snd_", 4) &&
			 !thaw_window(&window, values[i], value))
			must_be(values[i], snd_nxt, value);
		else if (!thaw_window(&window, values[i], value))
			thaw_option(fd, values[i], value);
	}
	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_WINDOW, &window,
		       sizeof(window)))
		die("TCP_REPAIR_WINDOW: %s", strerror(errno));
	print_state(fd);
	set(fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc < 4)
		die("usage: handover freeze|show|thaw PID PORT [NAME=VALUE...]");
	fd = borrow(atoi(argv[2]), atoi(argv[3]));
	if (!strcmp(argv[1], "freeze"))
		freeze(fd);
	else if (!strcmp(argv[1], "show"))
		show(fd);
	else if (!strcmp(argv[1], "thaw"))
		thaw(fd, argc - 4, argv + 4);
	else
		die("freeze, show or thaw, not %s", argv[1]);
	return 0;
}
