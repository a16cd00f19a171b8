// SPDX-License-Identifier: GPL-2.0
/*
 * chimdata run: connections that are made here, handed over, played by the
 * module, and perhaps played to their end here.
 */
#include "chimdata.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum phase { NATIVE, OFFLOADED, OVER };

struct conn {
	struct stream s;
	enum phase phase;
	uint32_t id;
	uint32_t watched;	/* events of epoll that are waited for */
	uint64_t turn;		/* bytes either way at the last change of phase */
	uint32_t uploads;
	uint32_t status;
	uint32_t violations;
	uint32_t events;
	bool right;
	struct chimc_socket socket;
	struct chimc_values v;
	struct chimc_result r;
};

static const struct options *o;
static struct conn *conns;
static struct conn **by_id;
static uint32_t ids, left;
static int poll_fd, client_fd;

static void tell(const struct conn *c, const char *what)
{
	if (o->quiet)
		return;
	printf("{\"event\": \"%s\", \"id\": %u, \"sport\": %u}\n", what, c->id,
	       ntohs(c->socket.lport));
	fflush(stdout);
}

/* --- between here and there ----------------------------------------------- */

static void watch(struct conn *c, uint32_t wants)
{
	struct epoll_event event = { .events = wants, .data.ptr = c };
	int op = wants ? c->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD :
			 EPOLL_CTL_DEL;

	if (wants == c->watched)
		return;
	if (epoll_ctl(poll_fd, op, c->s.fd, &event))
		die("epoll_ctl: %s", strerror(errno));
	c->watched = wants;
}

static void set_id(struct conn *c, uint32_t id)
{
	if (id >= ids) {
		by_id = realloc(by_id, (id + 1024) * sizeof(*by_id));
		if (!by_id)
			die("no memory");
		memset(by_id + ids, 0, (id + 1024 - ids) * sizeof(*by_id));
		ids = id + 1024;
	}
	c->id = id;
	by_id[id] = c;
}

static void over(struct conn *c, bool right)
{
	/* The module has not seen the end. */
	if (c->phase == NATIVE) {
		c->r.tx_hash = chimc_hash_end(&c->s.tx_hash, c->s.tx_next);
		c->r.rx_hash = chimc_hash_end(&c->s.rx_hash, c->s.rx_next);
	}
	c->phase = OVER;
	c->right = right && !c->violations;
	watch(c, 0);
	close(c->s.fd);
	left--;
	tell(c, right ? "done" : "failed");
}

static void native_event(struct conn *c);

static void hand_over(struct conn *c, bool more)
{
	struct chimc_role role = c->s.role;
	uint8_t *data[2];
	uint32_t len[2], i;

	watch(c, 0);
	set_id(c, client_hold(c->s.fd, &c->socket, more));
	state_freeze(c->s.fd, &c->socket, &c->v, data, len);
	if (o->mtu)
		c->v.mtu = o->mtu;
	for (i = 0; i < o->n_values; i++)
		if (!values_set(&c->v, o->values[i]))
			die("no such value: %s", o->values[i]);
	for (i = 0; i < 2; i++) {
		client_give(c->id, i, data[i], len[i]);
		free(data[i]);
	}
	role.tx_offset = c->s.tx_next;
	role.rx_offset = c->s.rx_next;
	role.tx_hash = c->s.tx_hash;
	role.rx_hash = c->s.rx_hash;
	c->turn = c->s.tx_next + c->s.rx_next;
	c->phase = OFFLOADED;
	c->status = client_offload(c->id, &c->socket, &c->v, &role);
	if (c->status) {
		fprintf(stderr, "chimdata: offload: status 0x%08x\n", c->status);
		over(c, false);
	} else {
		tell(c, "offloaded");
	}
}

/* What the module says at last, or for now. */
static void read_result(struct conn *c)
{
	client_get(c->id, &c->r);
	c->violations += c->r.violations + c->r.module_violations;
	c->events |= c->r.events;
	c->s.tx_next = c->r.tx_next;
	c->s.rx_next = c->r.rx_next;
	if (c->r.bad != ALL)
		c->s.bad = c->r.bad;
	if (c->r.violations)
		fprintf(stderr, "chimdata: violation: %s\n", c->r.why);
}

static bool played(const struct conn *c)
{
	const struct chimc_role *role = &c->s.role;

	if (c->r.bad != ALL)
		return false;
	if (o->expect == EXPECT_RESET)
		return c->r.events & CHIMC_EV_ABORT;
	if (!(c->r.events & CHIMC_EV_DONE))
		return false;
	if (role->rx_total != ALL && c->r.rx_next != role->rx_total)
		return false;
	return role->tx_total == ALL || c->r.tx_done == role->tx_total;
}

/* The stream's hashes cannot be had out of the module: they are made again. */
static void rehash(struct conn *c)
{
	static uint8_t buffer[65536];
	struct chimc_hash hash[2] = { 0 };
	uint64_t at, n;

	for (at = 0; at < c->s.tx_next; at += n) {
		n = c->s.tx_next - at;
		n = n > sizeof(buffer) ? sizeof(buffer) : n;
		chimc_fill(buffer, n, at, c->s.role.tx_seed, &hash[0]);
	}
	for (at = 0; at < c->s.rx_next; at += n) {
		n = c->s.rx_next - at;
		n = n > sizeof(buffer) ? sizeof(buffer) : n;
		chimc_fill(buffer, n, at, c->s.role.rx_seed, &hash[1]);
	}
	c->s.tx_hash = hash[0];
	c->s.rx_hash = hash[1];
}

static void take_data(struct conn *c, uint8_t *data[2])
{
	uint32_t len[2] = { c->v.send_bytes, c->v.recv_bytes };
	uint32_t sent = state_sent(&c->v);
	int i;

	for (i = 0; i < 2; i++) {
		data[i] = malloc(len[i] + 1);
		if (!data[i])
			die("no memory");
		client_take(c->id, i, data[i], len[i]);
	}
	if (sent > c->v.send_bytes)
		die("more is in flight than came back");
	c->s.raw_len = c->v.send_bytes - sent;
	c->s.raw = realloc(c->s.raw, c->s.raw_len + 1);
	memcpy(c->s.raw, data[CHIMC_QUEUE_SEND] + sent, c->s.raw_len);
}

/* Back into the socket, which goes on from there. */
static void restore(struct conn *c)
{
	uint8_t *data[2];

	if (!state_open(&c->v)) {
		client_release(c->id, -1, NULL);
		by_id[c->id] = NULL;
		over(c, played(c));
		return;
	}
	take_data(c, data);
	rehash(c);
	state_thaw(c->s.fd, &c->socket, &c->v, data);
	free(data[0]);
	free(data[1]);
	c->socket.ts_recent = c->v.ts_recent;
	client_release(c->id, c->s.fd, &c->socket);
	by_id[c->id] = NULL;
	state_resume(c->s.fd);
	if (state_fin_out(&c->v))
		c->s.fin_out = !shutdown(c->s.fd, SHUT_WR);
	if (state_fin_in(&c->v))
		c->s.fin_at = c->s.rx_next + c->v.recv_bytes;
	c->turn = c->s.tx_next + c->s.rx_next;
	c->phase = NATIVE;
	c->uploads++;
	tell(c, "restored");
	native_event(c);
}

static void on_event(uint32_t id, uint32_t events)
{
	struct conn *c = id < ids ? by_id[id] : NULL;

	if (!c || c->phase != OFFLOADED)
		return;
	if (events & CHIMC_EV_RETRIEVE)
		tell(c, "retrieve");
	if (events & CHIMC_EV_ABORT)
		tell(c, "abort");
	if (!(events & (CHIMC_EV_DONE | CHIMC_EV_UPLOADED)))
		return;
	/* The values come back a second time if it has been uploaded. */
	client_control(id, CHIMC_OP_TERMINATE, 0, NULL, &c->v);
	read_result(c);
	if (c->r.events & CHIMC_EV_ABORT) {
		client_release(id, -1, NULL);
		by_id[id] = NULL;
		over(c, played(c));
	} else {
		restore(c);
	}
}

/* --- the whole ------------------------------------------------------------ */

static void set(int fd, int level, int name, uint32_t value)
{
	int number = value;

	if (value && setsockopt(fd, level, name, &number, sizeof(number)))
		die("set option %d:%d: %s", level, name, strerror(errno));
}

static int connect_one(const struct sockaddr_in6 *to, socklen_t len, uint32_t nr)
{
	struct sockaddr_in6 from = {
		.sin6_family = to->sin6_family,
		.sin6_port = htons(o->port + nr),
	};
	int fd = socket(to->sin6_family, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket: %s", strerror(errno));
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set(fd, SOL_SOCKET, SO_RCVBUF, o->rcvbuf);
	set(fd, SOL_SOCKET, SO_SNDBUF, o->sndbuf);
	set(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, o->nodelay);
	set(fd, IPPROTO_TCP, 2 /* TCP_MAXSEG */, o->mss);
	if (o->port && bind(fd, (struct sockaddr *)&from, len))
		die("bind: %s", strerror(errno));
	if (connect(fd, (const struct sockaddr *)to, len))
		die("connect: %s", strerror(errno));
	return fd;
}

/* Too late for another hand-over? */
static bool ending(const struct stream *s)
{
	return s->fin_in || (s->tx_next >= s->role.tx_total &&
			     s->rx_next >= s->role.rx_total);
}

static void native_event(struct conn *c)
{
	uint64_t bytes, wait = c->uploads ? o->again : o->after;

	if (c->phase != NATIVE)
		return;
	do {
		c->s.open = wait && !ending(&c->s);
		stream_step(&c->s, o);
	} while (c->s.open && ending(&c->s));
	bytes = c->s.tx_next + c->s.rx_next;
	if (c->s.over)
		over(c, stream_right(&c->s));
	else if (wait && bytes - c->turn >= wait && !c->s.fin_in &&
		 !c->s.fin_out && !c->s.raw_len)
		hand_over(c, false);
	else
		watch(c, stream_wants(&c->s));
}

static void print_conn(const struct conn *c)
{
	result_print(&c->r);
	member("id", c->id);
	member("status", c->status);
	member("bad", c->s.bad);
	member("uploads", c->uploads);
	member("all_events", c->events);
	printf(", \"error\": \"%s\"", c->s.error ? strerror(c->s.error) : "");
	printf(", \"values\": {\"end\": %u", c->phase);
	values_print(&c->v);
	printf("}}");
}

static int print_all(void)
{
	uint64_t tx = 0, rx = 0;
	uint32_t right = 0, violations = 0, i;

	for (i = 0; i < o->count; i++) {
		tx += conns[i].s.tx_next;
		rx += conns[i].s.rx_next;
		right += conns[i].right;
		violations += conns[i].violations;
	}
	printf("{\"count\": %u", o->count);
	member("right", right);
	member("violations", violations);
	member("tx", tx);
	member("rx", rx);
	member("late", left);
	if (o->count == 1) {
		printf(", \"connection\": ");
		print_conn(&conns[0]);
	}
	printf("}\n");
	if (left)
		return EXIT_TIME;
	return right == o->count ? EXIT_OK : EXIT_WRONG;
}

static void begin(const struct sockaddr_in6 *to, socklen_t len)
{
	struct epoll_event event = { .events = EPOLLIN };
	uint32_t i;

	if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, client_fd, &event))
		die("epoll_ctl: %s", strerror(errno));
	for (i = 0; i < o->count; i++)
		stream_start(&conns[i].s, connect_one(to, len, i), &o->role);
	for (i = 0; i < o->count; i++) {
		if (o->after)
			watch(&conns[i], stream_wants(&conns[i].s));
		else
			hand_over(&conns[i], i + 1 < o->count && i % 64);
		client_poll();
	}
}

static void give_up(void)
{
	uint32_t i;

	for (i = 0; i < o->count; i++)
		if (conns[i].phase == OFFLOADED) {
			client_control(conns[i].id, CHIMC_OP_QUERY, 0, NULL,
				       &conns[i].v);
			read_result(&conns[i]);
		}
}

/**
 * run() - the whole of it
 * @to: peer
 * @len: length of its address
 * @options: what is to be done
 *
 * Return: exit code.
 */
int run(const struct sockaddr_in6 *to, socklen_t len,
	const struct options *options)
{
	struct epoll_event events[256];
	time_t end;
	int n, i;

	o = options;
	end = time(NULL) + o->timeout;
	conns = calloc(o->count, sizeof(*conns));
	poll_fd = epoll_create1(0);
	client_fd = client_open(on_event);
	if (!conns || poll_fd < 0)
		die("no memory");
	left = o->count;
	begin(to, len);
	while (left && time(NULL) < end) {
		n = epoll_wait(poll_fd, events, 256, 1000);
		for (i = 0; i < n; i++)
			if (events[i].data.ptr)
				native_event(events[i].data.ptr);
		client_poll();
	}
	if (left)
		give_up();
	return print_all();
}
