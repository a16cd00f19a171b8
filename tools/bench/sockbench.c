// SPDX-License-Identifier: GPL-2.0
/*
 * sockbench: what live sockets cost natively and offloaded, and what a move
 * costs. The far end is a process of its own in another network namespace.
 */
#include <linux/chimney_host.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE		64
#define PORT		5202
#define ROUNDS		8
#define THREADS		64
#define TICK_NS		100000
#define TICKS		20
#define NS_PER_S	1000000000ULL

static const char usage[] =
	"usage: sockbench NETNS ADDRESS pingpong|moves|silence NUMBER\n"
	"\n"
	"Prints a line of JSON a result. The far end is in namespace NETNS and\n"
	"listens to ADDRESS.\n"
	"\n"
	"  pingpong  NUMBER requests and responses of 64 bytes, natively and\n"
	"            offloaded in turns\n"
	"  moves     NUMBER sockets are offloaded and uploaded, by 64 threads\n"
	"  silence   the longest gap in a stream of small messages while its\n"
	"            socket moves, of NUMBER moves\n";

static struct sockaddr_in far_end = {
	.sin_family = AF_INET,
};

static void fail(const char *what)
{
	fprintf(stderr, "sockbench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static void result(const char *name, uint64_t value, const char *unit,
		   uint64_t count)
{
	printf("{\"name\": \"%s\", \"value\": %llu, \"unit\": \"%s\", \"count\": %llu}\n",
	       name, (unsigned long long)value, unit,
	       (unsigned long long)count);
	fflush(stdout);
}

/* --- sockets -------------------------------------------------------------- */

static bool get_all(int sock, char *at, size_t size)
{
	ssize_t n;

	for (; size; at += n, size -= n) {
		n = recv(sock, at, size, 0);
		if (n <= 0)
			return false;
	}
	return true;
}

static void set_int(int sock, int option, int value)
{
	setsockopt(sock, IPPROTO_TCP, option, &value, sizeof(value));
}

static int call(void)
{
	int sock = socket(AF_INET, SOCK_STREAM, 0);

	if (sock < 0 || connect(sock, (void *)&far_end, sizeof(far_end)))
		fail("connect");
	set_int(sock, TCP_NODELAY, 1);
	return sock;
}

/* EAGAIN asks for another try. */
static void offload(int sock)
{
	while (setsockopt(sock, IPPROTO_TCP, TCP_ULP, "chimney",
			  strlen("chimney")))
		if (errno != EAGAIN)
			fail("offload");
}

static void move(int sock, int there)
{
	while (setsockopt(sock, IPPROTO_TCP, TCP_CHIMNEY, &there,
			  sizeof(there)))
		if (errno != EAGAIN)
			fail("move");
}

/* --- the far end ---------------------------------------------------------- */

static void echo(int sock)
{
	char message[MESSAGE];

	while (get_all(sock, message, sizeof(message)))
		if (send(sock, message, sizeof(message), MSG_NOSIGNAL) < 0)
			break;
}

static void tick(int sock)
{
	struct timespec pause = { .tv_nsec = TICK_NS };
	char message[MESSAGE] = "tick";

	while (send(sock, message, sizeof(message), MSG_NOSIGNAL) > 0)
		nanosleep(&pause, NULL);
}

/* Holds all it gets; its parent's end is its own. */
static void hold(int listener, int first)
{
	(void)first;
	while (accept(listener, NULL, NULL) >= 0)
		;
}

static void serve(int listener, char what)
{
	int sock = accept(listener, NULL, NULL);

	if (sock < 0)
		fail("accept");
	set_int(sock, TCP_NODELAY, 1);
	if (what == 'p')
		echo(sock);
	else if (what == 's')
		tick(sock);
	else
		hold(listener, sock);
	exit(0);
}

static pid_t start_far_end(const char *netns, char what)
{
	int home = open("/proc/self/ns/net", O_RDONLY), on = 1;
	char path[256];
	int there, listener;
	pid_t pid;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	there = open(path, O_RDONLY);
	if (home < 0 || there < 0 || setns(there, CLONE_NEWNET))
		fail(path);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (void *)&far_end, sizeof(far_end)) ||
	    listen(listener, SOMAXCONN))
		fail("listen");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (!pid)
		serve(listener, what);
	close(listener);
	if (setns(home, CLONE_NEWNET))
		fail("back home");
	close(home);
	close(there);
	return pid;
}

/* --- pingpong ------------------------------------------------------------- */

static uint64_t round_trips(int sock, unsigned long count)
{
	char message[MESSAGE] = "ping";
	uint64_t start = now();

	while (count--)
		if (send(sock, message, sizeof(message), 0) < 0 ||
		    !get_all(sock, message, sizeof(message)))
			fail("round trip");
	return now() - start;
}

static void run_pingpong(unsigned long count)
{
	unsigned long each = count / ROUNDS + 1;
	uint64_t native = 0, offloaded = 0;
	int sock = call(), i;

	round_trips(sock, each);
	native += round_trips(sock, each);
	offload(sock);
	for (i = 1; i <= ROUNDS; i++) {
		offloaded += round_trips(sock, each);
		if (i == ROUNDS)
			break;
		move(sock, 0);
		native += round_trips(sock, each);
		move(sock, 1);
	}
	result("socket.pingpong.native", native, "ns", each * ROUNDS);
	result("socket.pingpong.offload", offloaded, "ns", each * ROUNDS);
}

/* --- moves ---------------------------------------------------------------- */

static int *socks;
static unsigned long n_socks;
static atomic_ulong next_sock;
static void (*each_sock)(int sock);

static void *mover(void *unused)
{
	unsigned long i;

	(void)unused;
	while ((i = atomic_fetch_add(&next_sock, 1)) < n_socks)
		each_sock(socks[i]);
	return NULL;
}

static void all(const char *name, void (*each)(int sock))
{
	pthread_t threads[THREADS];
	uint64_t start = now();
	int i;

	each_sock = each;
	atomic_store(&next_sock, 0);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, mover, NULL))
			fail("thread");
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	result(name, now() - start, "ns", n_socks);
}

static void upload(int sock)
{
	move(sock, 0);
}

static void again(int sock)
{
	move(sock, 1);
}

/* Free memory, in bytes. */
static uint64_t mem_free(void)
{
	unsigned long long kib = 0;
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemFree: %llu kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib * 1024;
}

/*
 * Pages of the slabs from which objects of a connection are, and the tree that finds
 * them, in bytes.
 */
static uint64_t slabs(void)
{
	unsigned long pages, count, page = sysconf(_SC_PAGESIZE);
	FILE *file = fopen("/proc/slabinfo", "r");
	char line[512], name[64];
	uint64_t bytes = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %*u %*u %*u %*u %lu : %*[^:]: slabdata %*u %lu",
			   name, &pages, &count) == 3 &&
		    (!strncmp(name, "chim_", 5) ||
		     !strcmp(name, "radix_tree_node")))
			bytes += (uint64_t)pages * count * page;
	if (!file || !bytes)
		fail("slabinfo");
	fclose(file);
	return bytes;
}

static uint64_t grown(uint64_t before, uint64_t after)
{
	return after > before ? after - before : 0;
}

static void run_moves(unsigned long count)
{
	uint64_t slabs_before, free_before, slabs_after, free_after;

	socks = calloc(count, sizeof(*socks));
	if (!socks)
		fail("memory");
	for (n_socks = 0; n_socks < count; n_socks++)
		socks[n_socks] = call();
	/* The pools of the target are there before. */
	n_socks = count / 50;
	all("socket.moves.warm", offload);
	socks += n_socks;
	n_socks = count - n_socks;
	slabs_before = slabs();
	free_before = mem_free();
	all("socket.moves.first", offload);
	free_after = mem_free();
	slabs_after = slabs();
	result("socket.moves.memory", grown(slabs_before, slabs_after), "bytes",
	       n_socks);
	result("socket.moves.free", grown(free_after, free_before), "bytes",
	       n_socks);
	all("socket.moves.upload", upload);
	all("socket.moves.again", again);
}

/* --- silence -------------------------------------------------------------- */

static atomic_ullong longest, ticks;

static void *listener(void *sock)
{
	uint64_t last = now(), at;
	char message[MESSAGE];

	while (get_all(*(int *)sock, message, sizeof(message))) {
		at = now();
		if (at - last > atomic_load(&longest))
			atomic_store(&longest, at - last);
		last = at;
		atomic_fetch_add(&ticks, 1);
	}
	return NULL;
}

static void wait_ticks(void)
{
	unsigned long long until = atomic_load(&ticks) + TICKS;

	while (atomic_load(&ticks) < until)
		usleep(TICK_NS / 1000);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The gaps around something that is done so often. */
static void gaps(const char *name, int sock, unsigned long count, int way)
{
	uint64_t *found = calloc(count, sizeof(*found));
	char text[64];
	unsigned long i;

	if (!found)
		fail("memory");
	for (i = 0; i < count; i++) {
		if (way >= 0)
			move(sock, !way);
		wait_ticks();
		atomic_store(&longest, 0);
		if (way >= 0)
			move(sock, way);
		wait_ticks();
		found[i] = atomic_load(&longest);
	}
	qsort(found, count, sizeof(*found), compare);
	snprintf(text, sizeof(text), "socket.silence.%s.p50", name);
	result(text, found[count / 2], "ns", count);
	snprintf(text, sizeof(text), "socket.silence.%s.p99", name);
	result(text, found[count * 99 / 100], "ns", count);
	free(found);
}

static void run_silence(unsigned long count)
{
	int sock = call();
	pthread_t thread;

	if (pthread_create(&thread, NULL, listener, &sock))
		fail("thread");
	wait_ticks();
	gaps("none", sock, count, -1);
	offload(sock);
	gaps("offload", sock, count, 1);
	gaps("upload", sock, count, 0);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(unsigned long count);
	} whats[] = {
		{ "pingpong", run_pingpong },
		{ "moves", run_moves },
		{ "silence", run_silence },
	};
	struct rlimit limit;
	unsigned long count;
	size_t i;
	pid_t pid;

	if (argc != 5 || inet_pton(AF_INET, argv[2], &far_end.sin_addr) != 1) {
		fputs(usage, stderr);
		return 2;
	}
	far_end.sin_port = htons(PORT);
	count = strtoul(argv[4], NULL, 0);
	for (i = 0; i < sizeof(whats) / sizeof(*whats); i++) {
		if (strcmp(argv[3], whats[i].name) || !count)
			continue;
		/* The far end has as many sockets. */
		limit.rlim_cur = count + 100;
		limit.rlim_max = count + 100;
		if (setrlimit(RLIMIT_NOFILE, &limit))
			fail("limit of files");
		pid = start_far_end(argv[1], *argv[3]);
		whats[i].run(count);
		kill(pid, SIGTERM);
		waitpid(pid, NULL, 0);
		return 0;
	}
	fputs(usage, stderr);
	return 2;
}
