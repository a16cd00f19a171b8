// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostapi soak SECONDS [SEED]: connections under random load both ways, moved
 * at random; what they do, and how they end, is random as well. One of them at a
 * time also has urgent data and zero-copy sends, for which it comes back.
 * hostapi cycles COUNT: one under full load both ways, moved back and forth.
 * hostapi many COUNT: idle ones that wait to be moved from outside; input that
 * says "go" has all of them used.
 */
#include "hostapi.h"
#include "ways.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/chimney_host.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define N_LOADS		6
#define ROUND_SECONDS	5

struct load;

/* One thread: one direction at one end. */
struct end {
	struct load *load;
	pthread_t thread;
	struct way way;
};

struct load {
	struct pair t;
	struct end send[2];
	struct end recv[2];
	struct end mover;
	bool odd;		/* does what only TCP can */
	atomic_bool stop;
	atomic_bool torn;	/* disconnected: errors are to be expected */
	atomic_ullong moved;	/* bytes taken */
};

static atomic_uint moves;

/* A child has all sockets there are: with a listener, its address is in use. */
static pthread_mutex_t no_child = PTHREAD_MUTEX_INITIALIZER;

/* What is set again and again, and what becomes of a socket that the target obeys. */
static const struct option {
	int level;
	int name;
	int odd;
	int normal;
} options[] = {
	{ IPPROTO_TCP, TCP_NODELAY, 1, 0 },
	{ IPPROTO_TCP, TCP_KEEPIDLE, 1, 7200 },
	{ SOL_SOCKET, SO_KEEPALIVE, 1, 0 },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, 600000, 0 },
	{ IPPROTO_TCP, TCP_QUICKACK, 0, 1 },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, 10000, 1 << 30 },
	{ IPPROTO_TCP, TCP_WINDOW_CLAMP, 30000, 1 << 20 },
	{ SOL_SOCKET, SO_RCVLOWAT, 3000, 1 },
	{ SOL_SOCKET, SO_RCVBUF, 20000, 100000 },
	{ SOL_SOCKET, SO_SNDBUF, 20000, 100000 },
	{ SOL_SOCKET, SO_PRIORITY, 5, 0 },
	{ IPPROTO_IP, IP_TOS, 8, 0 },
	{ IPPROTO_IP, IP_TTL, 33, 64 },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, 34, 64 },
	/* Only TCP itself obeys these. */
	{ SOL_SOCKET, SO_MARK, 1, 0 },
	{ IPPROTO_IP, IP_MINTTL, 10, 0 },
	{ SOL_SOCKET, SO_MAX_PACING_RATE, 1 << 28, -1 },
};

/* --- one connection ------------------------------------------------------- */

static void *sender(void *arg)
{
	struct end *end = arg;
	struct load *load = end->load;

	while (!load->stop)
		if (!put_somehow(&end->way) && !load->torn)
			die("send");
	if (shutdown(end->way.fd, SHUT_WR) && !load->torn)
		die("shutdown");
	way_close(&end->way);
	return NULL;
}

static void *receiver(void *arg)
{
	struct end *end = arg;
	struct load *load = end->load;
	ssize_t n;

	while ((n = take_somehow(&end->way)) > 0)
		load->moved += n;
	if (n < 0 && !load->torn)
		die("recv");
	way_close(&end->way);
	return NULL;
}

static void start(struct end *end, struct load *load, int fd,
		  unsigned int seed, void *(*fn)(void *))
{
	end->load = load;
	end->way = (struct way){ .t = &load->t, .fd = fd, .seed = seed,
				 .odd = load->odd };
	if (pthread_create(&end->thread, NULL, fn, end))
		die("thread");
}

static void load_start(struct load *load, int family, int buffers,
		       unsigned int seed, bool odd)
{
	struct pair *t = &load->t;

	memset(load, 0, sizeof(*load));
	load->odd = odd;
	t->family = family;
	pthread_mutex_lock(&no_child);
	pair_open(t, buffers);
	pthread_mutex_unlock(&no_child);
	/* Part of the stream like any other byte. */
	set(t->s, SOL_SOCKET, SO_OOBINLINE, 1);
	set(t->p, SOL_SOCKET, SO_OOBINLINE, 1);
	start(&load->send[0], load, t->s, seed, sender);
	start(&load->send[1], load, t->p, seed + 1, sender);
	start(&load->recv[0], load, t->s, seed + 2, receiver);
	start(&load->recv[1], load, t->p, seed + 3, receiver);
}

/* Every byte has arrived, or the connection has been torn. */
static void load_stop(struct load *load)
{
	struct pair *t = &load->t;
	int i;

	load->stop = true;
	for (i = 0; i < 2; i++) {
		pthread_join(load->send[i].thread, NULL);
		pthread_join(load->recv[i].thread, NULL);
	}
	for (i = 0; i < 2; i++)
		if (!load->torn &&
		    memcmp(&t->tx[i], &t->rx[!i], sizeof(t->tx[i])))
			die("%llu bytes sent, %llu received",
			    (unsigned long long)t->tx[i].bytes,
			    (unsigned long long)t->rx[!i].bytes);
	close(t->s);
	close(t->p);
}

static void tear(struct load *load, int fd, bool gently)
{
	struct sockaddr addr = { .sa_family = AF_UNSPEC };

	load->torn = true;
	load->stop = true;
	if (gently)
		shutdown(fd, SHUT_RDWR);
	else
		connect(fd, &addr, sizeof(addr));
}

/* --- soak ----------------------------------------------------------------- */

/* Some do not exist everywhere, or not for this family. */
static void set_some(struct way *by)
{
	const struct option *o = &options[dice(by, sizeof(options) /
					       sizeof(options[0]))];

	setsockopt(by->fd, o->level, o->name, &o->odd, sizeof(o->odd));
	poll(NULL, 0, dice(by, 5));
	setsockopt(by->fd, o->level, o->name, &o->normal, sizeof(o->normal));
}

/* Another descriptor of the same socket, in a message to oneself. */
static int handed_over(int fd)
{
	int fds[2], got;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		die("hand over");
	pass(fds[0], fd);
	got = passed(fds[1]);
	close(fds[0]);
	close(fds[1]);
	return got;
}

/* Moves it one way or the other by a descriptor that goes right afterwards. */
static void by_other(int fd, bool there)
{
	int off = 0;

	if (there)
		offload_once(fd);
	else
		setsockopt(fd, IPPROTO_TCP, TCP_CHIMNEY, &off, sizeof(off));
	close(fd);
}

/* A child has it as well, and leaves without a word. */
static void by_child(struct way *by)
{
	bool there = dice(by, 2);
	pid_t child;

	pthread_mutex_lock(&no_child);
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		by_other(by->fd, there);
		_exit(0);
	}
	if (wait_child(child))
		die("child");
	pthread_mutex_unlock(&no_child);
}

static void by_many(struct way *by)
{
	switch (dice(by, 3)) {
	case 0:
		by_other(dup(by->fd), dice(by, 2));
		break;
	case 1:
		by_other(handed_over(by->fd), dice(by, 2));
		break;
	default:
		by_child(by);
	}
}

/* What may be done to a socket at any time. */
static void disturb(struct way *by)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	int fd = by->fd, off = 0;

	switch (dice(by, 9)) {
	case 0:
	case 1:
	case 2:
		moves += offload_once(fd) == 0;
		break;
	case 3:
	case 4:
		setsockopt(fd, IPPROTO_TCP, TCP_CHIMNEY, &off, sizeof(off));
		break;
	case 5:
		getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
		break;
	case 6:
		queued(fd, SIOCOUTQ);
		break;
	case 7:
		by_many(by);
		break;
	default:
		set_some(by);
	}
}

static void *mover(void *arg)
{
	struct end *end = arg;

	while (!end->load->stop) {
		disturb(&end->way);
		poll(NULL, 0, dice(&end->way, 10));
	}
	return NULL;
}

static struct load loads[N_LOADS];

/* A round does not end: how do they stand? */
static void on_soak_alarm(int signal)
{
	struct pair *t;
	int i;

	for (i = 0; i < N_LOADS; i++) {
		t = &loads[i].t;
		printf("# %d: IPv%d torn %d signal %d: %llu of %llu, %llu of %llu\n",
		       i, t->family, loads[i].torn, signal,
		       (unsigned long long)t->rx[1].bytes,
		       (unsigned long long)t->tx[0].bytes,
		       (unsigned long long)t->rx[0].bytes,
		       (unsigned long long)t->tx[1].bytes);
		/* Those before have been closed. */
		if (fcntl(t->s, F_GETFD) < 0)
			continue;
		print_end(stdout, "far", t->p);
		printf("# near: offloaded %d\n", offloaded(t->s));
		print_end(stdout, "near", t->s);
	}
	_exit(3);
}

static unsigned long long soak_round(struct way *by, time_t until)
{
	static const int buffers[] = { 0, 0, 16384, 65536 };
	unsigned long long moved = 0;
	int i;

	for (i = 0; i < N_LOADS; i++) {
		load_start(&loads[i], dice(by, 2) ? 4 : 6, buffers[dice(by, 4)],
			   rand_r(&by->seed), !i);
		start(&loads[i].mover, &loads[i], loads[i].t.s,
		      rand_r(&by->seed), mover);
	}
	while (time(NULL) < until)
		poll(NULL, 0, 100);
	i = dice(by, N_LOADS);
	tear(&loads[i], dice(by, 2) ? loads[i].t.s : loads[i].t.p,
	     dice(by, 2));
	for (i = 0; i < N_LOADS; i++)
		loads[i].stop = true;
	for (i = 0; i < N_LOADS; i++) {
		pthread_join(loads[i].mover.thread, NULL);
		load_stop(&loads[i]);
		moved += loads[i].moved;
	}
	return moved;
}

/* A round that does not end is a fault. */
static void watch(unsigned int seconds)
{
	const char *slow = getenv("CHIM_SLOW");

	alarm(seconds * (slow ? atoi(slow) : 1));
}

int soak(int argc, char **argv)
{
	time_t end = time(NULL) + atoi(argv[0]);
	struct way by = { .seed = argc > 1 ? atoi(argv[1]) : time(NULL) };
	unsigned long long moved = 0;
	unsigned int rounds = 0;

	signal(SIGALRM, on_soak_alarm);
	printf("# seed %u\n", by.seed);
	while (time(NULL) < end) {
		watch(120 + ROUND_SECONDS);
		moved += soak_round(&by, time(NULL) + ROUND_SECONDS);
		rounds++;
	}
	printf("# %u rounds, %u offloads, %llu bytes\n", rounds, moves, moved);
	if (!moves || !moved)
		die("nothing was offloaded, or nothing arrived");
	return 0;
}

/* --- back and forth ------------------------------------------------------- */

static struct {
	struct load load;
	unsigned long long seen;	/* moved at the last alarm */
	int count;
	const char *phase;
} back;

/*
 * It hangs if nothing has moved since the last time. The peer's end first: ours may
 * not answer.
 */
static void on_alarm(int signal)
{
	struct pair *t = &back.load.t;

	if (back.seen != back.load.moved) {
		back.seen = back.load.moved;
		watch(60);
		return;
	}
	printf("# hangs: %d, %s, signal %d, moved %llu, %llu of %llu, %llu of %llu\n",
	       back.count, back.phase, signal,
	       (unsigned long long)back.load.moved,
	       (unsigned long long)t->rx[0].bytes,
	       (unsigned long long)t->tx[1].bytes,
	       (unsigned long long)t->rx[1].bytes,
	       (unsigned long long)t->tx[0].bytes);
	print_end(stdout, "far", t->p);
	print_end(stdout, "near", t->s);
	_exit(3);
}

static void wait_moved(struct load *load, unsigned long long bytes)
{
	unsigned long long until = load->moved + bytes;

	while (load->moved < until)
		poll(NULL, 0, 1);
}

int cycles(int argc, char **argv)
{
	struct load *load = &back.load;
	int family = atoi(argv[0]), count = atoi(argv[1]);

	signal(SIGALRM, on_alarm);
	load_start(load, family, argc > 2 ? atoi(argv[2]) : 0, 1, false);
	watch(60);
	for (back.count = 0; back.count < count; back.count++) {
		back.phase = "native";
		wait_moved(load, 10000);
		back.phase = "being offloaded";
		if (!offload(load->t.s))
			die("offload %d", back.count);
		back.phase = "offloaded";
		wait_moved(load, 10000);
		back.phase = "being uploaded";
		upload(load->t.s);
	}
	back.phase = "at the end";
	load_stop(load);
	printf("# IPv%d: %d cycles, %llu bytes\n", family, count,
	       (unsigned long long)load->moved);
	return 0;
}

/* --- many ----------------------------------------------------------------- */

/* On each: what was sent before is there; more can be sent. */
static void use_all(struct pair *pairs, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		take(&pairs[i], pairs[i].p, 1000);
		take(&pairs[i], pairs[i].s, 1000);
		put(&pairs[i], pairs[i].s, 1000);
		put(&pairs[i], pairs[i].p, 1000);
	}
}

int many(int argc, char **argv)
{
	int i, there = 0, count = atoi(argv[0]);
	struct rlimit limit = { .rlim_cur = 3 * count + 100,
				.rlim_max = 3 * count + 100 };
	struct pair *pairs = calloc(count, sizeof(*pairs));
	char line[16];

	(void)argc;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("limit of descriptors");
	for (i = 0; i < count; i++) {
		pairs[i].family = i & 1 ? 6 : 4;
		pair_open(&pairs[i], 0);
		put(&pairs[i], pairs[i].s, 1000);
		put(&pairs[i], pairs[i].p, 1000);
	}
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		use_all(pairs, count);
		for (i = there = 0; i < count; i++)
			there += offloaded(pairs[i].s);
		printf("used, %d offloaded\n", there);
	}
	return 0;
}
