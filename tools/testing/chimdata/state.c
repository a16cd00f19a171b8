// SPDX-License-Identifier: GPL-2.0
/*
 * The state of a connection, out of a socket and back into it, by TCP_REPAIR.
 * Segments must be kept from the socket meanwhile.
 */
#include "chimdata.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define SSTHRESH_INFINITE	0x7fffffff
/* TCP_OFFLOAD_CONNECTION_STATE */
#define STATE_ESTABLISHED	4
#define STATE_FIN_WAIT_1	5
#define STATE_FIN_WAIT_2	6
#define STATE_CLOSE_WAIT	7
#define STATE_CLOSING		8
#define STATE_LAST_ACK		9
#define KERNEL_CLOSE_WAIT	8	/* TCP_CLOSE_WAIT */
/* Kinds of TCP options */
#define OPT_MSS			2
#define OPT_WINDOW		3
#define OPT_SACK_PERMITTED	4
#define OPT_TIMESTAMP		8
#define QUEUE_MAX		(256 << 20)

static int get(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;

	if (getsockopt(fd, level, name, &value, &len))
		die("get option %d:%d: %s", level, name, strerror(errno));
	return value;
}

static void set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		die("set option %d:%d: %s", level, name, strerror(errno));
}

static uint32_t queued(int fd, unsigned long request)
{
	int bytes = 0;

	if (ioctl(fd, request, &bytes))
		die("queue length: %s", strerror(errno));
	return bytes;
}

static void peek(int fd, int queue, uint8_t **data, uint32_t len)
{
	ssize_t n;

	*data = NULL;
	if (!len)
		return;
	*data = malloc(len);
	if (!*data)
		die("no memory");
	set(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, queue);
	n = recv(fd, *data, len, MSG_PEEK | MSG_DONTWAIT);
	if (n != len)
		die("peek at queue %d: %zd of %u bytes: %s", queue, n, len,
		    n < 0 ? strerror(errno) : "too few");
}

static uint32_t sequence(int fd, int queue)
{
	set(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, queue);
	return get(fd, IPPROTO_TCP, TCP_QUEUE_SEQ);
}

static void read_cached(int fd, bool v4, struct chimc_values *v)
{
	v->keepalive = get(fd, SOL_SOCKET, SO_KEEPALIVE);
	v->nagle = !get(fd, IPPROTO_TCP, TCP_NODELAY);
	v->ka_probes = get(fd, IPPROTO_TCP, TCP_KEEPCNT);
	v->ka_timeout = get(fd, IPPROTO_TCP, TCP_KEEPIDLE) * 1000;
	v->ka_interval = get(fd, IPPROTO_TCP, TCP_KEEPINTVL) * 1000;
	v->prio = get(fd, SOL_SOCKET, SO_PRIORITY) & 7;
	if (v4) {
		v->ttl = get(fd, IPPROTO_IP, IP_TTL);
		v->tos = get(fd, IPPROTO_IP, IP_TOS);
	} else {
		v->ttl = get(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS);
		v->tos = get(fd, IPPROTO_IPV6, IPV6_TCLASS);
	}
}

static void read_info(int fd, struct chimc_values *v)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		die("TCP_INFO: %s", strerror(errno));
	v->state = info.tcpi_state == KERNEL_CLOSE_WAIT ? STATE_CLOSE_WAIT :
							  STATE_ESTABLISHED;
	v->timestamps = !!(info.tcpi_options & TCPI_OPT_TIMESTAMPS);
	v->sack = !!(info.tcpi_options & TCPI_OPT_SACK);
	v->wscale = !!(info.tcpi_options & TCPI_OPT_WSCALE);
	v->snd_wscale = info.tcpi_snd_wscale;
	v->rcv_wscale = info.tcpi_rcv_wscale;
	v->mtu = info.tcpi_pmtu;
	/* The kernel counts segments, the target bytes. */
	v->cwnd = info.tcpi_snd_cwnd * info.tcpi_snd_mss;
	v->ssthresh = info.tcpi_snd_ssthresh >= SSTHRESH_INFINITE ?
		      SSTHRESH_INFINITE :
		      info.tcpi_snd_ssthresh * info.tcpi_snd_mss;
	/* 8 times and 4 times, in ticks of a millisecond. */
	v->srtt = info.tcpi_rtt / 125;
	v->rttvar = info.tcpi_rttvar / 250;
}

static void read_window(int fd, struct chimc_values *v)
{
	struct tcp_repair_window window = { 0 };
	socklen_t len = sizeof(window);

	if (getsockopt(fd, IPPROTO_TCP, TCP_REPAIR_WINDOW, &window, &len))
		die("TCP_REPAIR_WINDOW: %s", strerror(errno));
	v->rcv_wnd = window.rcv_wup + window.rcv_wnd - v->rcv_nxt;
	if ((int32_t)v->rcv_wnd < 0)
		v->rcv_wnd = 0;
	v->snd_wnd = window.snd_wnd;
	v->max_snd_wnd = window.max_window;
	v->snd_wl1 = window.snd_wl1;
}

/* The socket has no connection any more, and keeps its port. */
static void disconnect(int fd)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct sockaddr_in6 local = { 0 };
	socklen_t len = sizeof(local);

	if (getsockname(fd, (struct sockaddr *)&local, &len) ||
	    connect(fd, &none, sizeof(none)))
		die("disconnect: %s", strerror(errno));
	get(fd, SOL_SOCKET, SO_ERROR);
	set(fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON);
	/* One that was bound by its program is still. */
	if (bind(fd, (struct sockaddr *)&local, len) && errno != EINVAL)
		die("bind again: %s", strerror(errno));
}

/**
 * state_freeze() - take the connection out of a socket
 * @fd: the socket
 * @s: what the module has read of it
 * @v: set
 * @data: set to memory with what is to be sent, and to be read
 * @len: bytes of them
 */
void state_freeze(int fd, struct chimc_socket *s, struct chimc_values *v,
		  uint8_t *data[2], uint32_t len[2])
{
	uint32_t unsent;

	memset(v, 0, sizeof(*v));
	set(fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON);
	read_info(fd, v);
	read_cached(fd, s->family == 4, v);
	/* In repair mode this is what the peer advertised. */
	v->remote_mss = get(fd, IPPROTO_TCP, TCP_MAXSEG);
	v->rcv_nxt = sequence(fd, TCP_RECV_QUEUE);
	read_window(fd, v);
	len[CHIMC_QUEUE_RECV] = queued(fd, SIOCINQ);
	peek(fd, TCP_RECV_QUEUE, &data[CHIMC_QUEUE_RECV],
	     len[CHIMC_QUEUE_RECV]);
	v->snd_nxt = sequence(fd, TCP_SEND_QUEUE);
	len[CHIMC_QUEUE_SEND] = queued(fd, SIOCOUTQ);
	unsent = queued(fd, SIOCOUTQNSD);
	v->snd_una = v->snd_nxt - len[CHIMC_QUEUE_SEND];
	v->snd_nxt -= unsent;
	v->snd_max = v->snd_nxt;
	peek(fd, TCP_SEND_QUEUE, &data[CHIMC_QUEUE_SEND],
	     len[CHIMC_QUEUE_SEND]);
	v->ts_time = get(fd, IPPROTO_TCP, TCP_TIMESTAMP);
	v->ts_recent = s->ts_recent;
	v->ts_recent_age = s->ts_recent_age;
	v->flow_label = s->flow_label;
	v->ka_left = -1;
	/* What is in flight is waited for as if it had just been sent. */
	v->rt_left = v->snd_nxt != v->snd_una ? 200 + v->srtt / 8 + v->rttvar :
						(uint32_t)-1;
	v->rcv_wnd_init = v->rcv_wnd + len[CHIMC_QUEUE_RECV];
	if (v->rcv_wnd_init < 65536)
		v->rcv_wnd_init = 65536;
	disconnect(fd);
}

/* --- back ----------------------------------------------------------------- */

static void set_sequence(int fd, int queue, uint32_t value)
{
	set(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, queue);
	set(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, value);
}

static void reconnect(int fd, const struct chimc_socket *s)
{
	struct sockaddr_in6 to6 = {
		.sin6_family = AF_INET6,
		.sin6_port = s->rport,
	};
	struct sockaddr_in to4 = {
		.sin_family = AF_INET,
		.sin_port = s->rport,
	};
	bool v4 = get(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET;
	int err;

	memcpy(&to4.sin_addr, s->remote, 4);
	memcpy(&to6.sin6_addr, s->remote, 16);
	if (!v4 && s->family == 4) {
		memset(&to6.sin6_addr, 0, 10);
		memset(to6.sin6_addr.s6_addr + 10, 0xff, 2);
		memcpy(to6.sin6_addr.s6_addr + 12, s->remote, 4);
	}
	err = v4 ? connect(fd, (struct sockaddr *)&to4, sizeof(to4)) :
		   connect(fd, (struct sockaddr *)&to6, sizeof(to6));
	if (err)
		die("connect again: %s", strerror(errno));
}

static void write_options(int fd, const struct chimc_values *v)
{
	struct tcp_repair_opt opts[4];
	int n = 0;

	opts[n++] = (struct tcp_repair_opt){ OPT_MSS, v->remote_mss };
	if (v->wscale)
		opts[n++] = (struct tcp_repair_opt){
			OPT_WINDOW, v->snd_wscale | v->rcv_wscale << 16 };
	if (v->sack)
		opts[n++] = (struct tcp_repair_opt){ OPT_SACK_PERMITTED, 0 };
	if (v->timestamps)
		opts[n++] = (struct tcp_repair_opt){ OPT_TIMESTAMP, 0 };
	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_OPTIONS, opts,
		       n * sizeof(opts[0])))
		die("TCP_REPAIR_OPTIONS: %s", strerror(errno));
	if (v->timestamps)
		set(fd, IPPROTO_TCP, TCP_TIMESTAMP, v->ts_time);
}

static void put(int fd, int queue, const uint8_t *data, uint32_t len)
{
	uint32_t piece;
	ssize_t n;

	set(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, queue);
	for (; len; len -= n, data += n) {
		piece = len > 65536 ? 65536 : len;
		n = send(fd, data, piece, MSG_DONTWAIT);
		if (n <= 0)
			die("put %u bytes in queue %d: %s", piece, queue,
			    strerror(errno));
	}
}

static void write_window(int fd, const struct chimc_values *v,
			 uint32_t rcv_nxt)
{
	struct tcp_repair_window window = {
		.snd_wl1 = v->snd_wl1,
		.snd_wnd = v->snd_wnd,
		.max_window = v->max_snd_wnd > v->snd_wnd ? v->max_snd_wnd :
							    v->snd_wnd,
		.rcv_wnd = v->rcv_wnd,
		.rcv_wup = rcv_nxt,
	};

	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_WINDOW, &window,
		       sizeof(window)))
		die("TCP_REPAIR_WINDOW: %s", strerror(errno));
}

/**
 * state_open() - is there anything to put back?
 * @v: values
 *
 * Return: false for connections that are closed both ways.
 */
bool state_open(const struct chimc_values *v)
{
	return v->state >= STATE_ESTABLISHED && v->state <= STATE_LAST_ACK;
}

/**
 * state_fin_out() - has our FIN been sent?
 * @v: values
 *
 * Return: true if so.
 */
bool state_fin_out(const struct chimc_values *v)
{
	return v->state == STATE_FIN_WAIT_1 || v->state == STATE_FIN_WAIT_2 ||
	       v->state == STATE_CLOSING || v->state == STATE_LAST_ACK;
}

/**
 * state_fin_in() - has the peer's FIN been received?
 * @v: values
 *
 * Return: true if so.
 */
bool state_fin_in(const struct chimc_values *v)
{
	return v->state == STATE_CLOSE_WAIT || v->state == STATE_CLOSING ||
	       v->state == STATE_LAST_ACK;
}

/* Where data begin that may have to be sent again. */
static uint32_t unacked(const struct chimc_values *v)
{
	return v->snd_una - (v->state == STATE_FIN_WAIT_2);
}

/**
 * state_sent() - how much of the send data has been sent?
 * @v: values
 *
 * Return: bytes, without a FIN.
 */
uint32_t state_sent(const struct chimc_values *v)
{
	return v->snd_max - state_fin_out(v) - unacked(v);
}

/**
 * state_thaw() - put a connection into a socket
 * @fd: the socket, as state_freeze() left it
 * @s: the addresses
 * @v: values
 * @data: of both queues; what has never been sent is not put
 *
 * The socket gets an established connection. Where our FIN has been sent, it
 * must be sent again, which the peer takes for a repetition; where the peer's
 * FIN has been received, the socket does not know of it, and the caller must.
 *
 * It stays in repair mode until state_resume().
 */
void state_thaw(int fd, const struct chimc_socket *s,
		const struct chimc_values *v, uint8_t *data[2])
{
	int sndbuf = get(fd, SOL_SOCKET, SO_SNDBUF) / 2;
	int rcvbuf = get(fd, SOL_SOCKET, SO_RCVBUF) / 2;

	uint32_t rcv_nxt = v->rcv_nxt - state_fin_in(v);
	bool much = v->recv_bytes + state_sent(v) > 32768;

	/* A size that is set is not tuned any more. */
	if (much) {
		set(fd, SOL_SOCKET, SO_SNDBUFFORCE, QUEUE_MAX);
		set(fd, SOL_SOCKET, SO_RCVBUFFORCE, QUEUE_MAX);
	}
	set(fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON);
	set_sequence(fd, TCP_SEND_QUEUE, unacked(v));
	set_sequence(fd, TCP_RECV_QUEUE, rcv_nxt - v->recv_bytes);
	reconnect(fd, s);
	write_options(fd, v);
	put(fd, TCP_RECV_QUEUE, data[CHIMC_QUEUE_RECV], v->recv_bytes);
	put(fd, TCP_SEND_QUEUE, data[CHIMC_QUEUE_SEND], state_sent(v));
	set(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP_NO_QUEUE);
	write_window(fd, v, rcv_nxt);
	if (much) {
		set(fd, SOL_SOCKET, SO_SNDBUFFORCE, sndbuf);
		set(fd, SOL_SOCKET, SO_RCVBUFFORCE, rcvbuf);
	}
}

/**
 * state_resume() - let it go on
 * @fd: thawed socket
 *
 * The kernel asks the peer where it is.
 */
void state_resume(int fd)
{
	set(fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_OFF);
}
