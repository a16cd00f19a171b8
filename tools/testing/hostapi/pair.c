// SPDX-License-Identifier: GPL-2.0-only
/* Two sockets, the two streams between them, and how they are moved. */
#include "hostapi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/chimney_host.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT	5100

static int near_ns, far_ns;

void die(const char *fmt, ...)
{
	int err = errno;
	va_list args;

	va_start(args, fmt);
	fputs("# ", stdout);
	vprintf(fmt, args);
	va_end(args);
	printf(" (%s)\n", strerror(err));
	fflush(stdout);
	_exit(3);
}

void say(struct pair *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(t->log, fmt, args);
	va_end(args);
	fputc('\n', t->log);
}

/* An error has a name, a success a number. */
void say_result(struct pair *t, const char *what, ssize_t ret)
{
	if (ret < 0)
		say(t, "%s: %s", what, strerrorname_np(errno));
	else
		say(t, "%s: %zd", what, ret);
}

/* --- options -------------------------------------------------------------- */

void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		die("option %d of level %d", option, level);
}

int get(int fd, int level, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, level, option, &value, &len))
		die("option %d of level %d", option, level);
	return value;
}

int queued(int fd, unsigned long request)
{
	int value;

	if (ioctl(fd, request, &value))
		die("request %lx", request);
	return value;
}

/* --- moving --------------------------------------------------------------- */

bool offloaded(int fd)
{
	struct tcp_chimney_info info = {};
	socklen_t len = sizeof(info);

	return !getsockopt(fd, IPPROTO_TCP, TCP_CHIMNEY, &info, &len) &&
	       info.offloaded;
}

/* Tries once; an error is in errno. */
int offload_once(int fd)
{
	int there = 1;

	if (!setsockopt(fd, IPPROTO_TCP, TCP_ULP, "chimney", 7))
		return 0;
	if (errno != EEXIST)
		return -1;
	return setsockopt(fd, IPPROTO_TCP, TCP_CHIMNEY, &there, sizeof(there));
}

/* EAGAIN asks for another try. False: it is refused. */
bool offload(int fd)
{
	while (offload_once(fd)) {
		if (errno != EAGAIN)
			return false;
		poll(NULL, 0, 1);
	}
	return true;
}

void upload(int fd)
{
	set(fd, IPPROTO_TCP, TCP_CHIMNEY, 0);
}

bool is_first_offloaded(const struct pair *t)
{
	return t->mode == OFFLOADED || t->mode == COMES || t->mode == LEFT;
}

/*
 * It returns when all calls of the module's functions have, with a signal, or when
 * somebody has no more need of it.
 */
void drain(const char *on)
{
	int fd = open("/sys/module/chimney_host/parameters/drain", O_WRONLY);

	if (fd < 0 || (write(fd, on, strlen(on)) < 0 && errno != ECANCELED))
		die("drain");
	close(fd);
}

static bool has_ulp(int fd)
{
	char name[16] = "";
	socklen_t len = sizeof(name);

	if (getsockopt(fd, IPPROTO_TCP, TCP_ULP, name, &len))
		die("ULP");
	return len;
}

/* Some of the calls it waits for may be those of this case, which goes on. */
static void let_go(int fd)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* What the case closes is to be closed. */
		close_range(3, ~0U, 0);
		drain("1");
		_exit(0);
	}
	while (has_ulp(fd))
		poll(NULL, 0, 1);
}

/* At the end of a case, or at any time in its middle. */
bool offload_again(struct pair *t)
{
	if (t->mode == LEFT)
		drain("0");
	return t->mode == NATIVE || offload(t->s);
}

/* The middle of a case. In the other modes, what is to be true is true. */
void move(struct pair *t)
{
	bool before = is_first_offloaded(t);

	if (offloaded(t->s) != before)
		die("%s", before ? "no longer offloaded" : "offloaded");
	if (t->mode == GOES && !offload(t->s))
		die("refused");
	if (t->mode == COMES)
		upload(t->s);
	if (t->mode == LEFT)
		let_go(t->s);
}

/* --- opening -------------------------------------------------------------- */

static int namespace(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("%s", path);
	return fd;
}

void pair_namespaces(void)
{
	near_ns = namespace("/run/netns/near");
	far_ns = namespace("/run/netns/far");
}

/* A socket's own family, of the near end or the far one. */
static int family_of(const struct pair *t, bool far)
{
	return t->family == 4 || (t->family == 46 && far) ? AF_INET : AF_INET6;
}

/* Of the near end or the far one, as the other @end writes it. */
static socklen_t address(const struct pair *t, bool far, bool end,
			 struct sockaddr_storage *out)
{
	struct sockaddr_in6 *in6 = (void *)out;
	struct sockaddr_in *in = (void *)out;
	bool mapped = t->family == 46;

	memset(out, 0, sizeof(*out));
	if (family_of(t, end) == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(PORT);
		inet_pton(AF_INET, far ? "10.8.0.2" : "10.8.0.1",
			  &in->sin_addr);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(PORT);
	inet_pton(AF_INET6, far ? mapped ? "::ffff:10.8.0.2" : "fd08::2" :
			    mapped ? "::ffff:10.8.0.1" : "fd08::1",
		  &in6->sin6_addr);
	return sizeof(*in6);
}

void pair_buffers(int fd, int bytes)
{
	if (!bytes)
		return;
	set(fd, SOL_SOCKET, SO_SNDBUF, bytes);
	set(fd, SOL_SOCKET, SO_RCVBUF, bytes);
}

static void enter(bool far)
{
	if (setns(far ? far_ns : near_ns, CLONE_NEWNET))
		die("setns");
}

static int open_socket(const struct pair *t, bool far, int buffers)
{
	int fd;

	enter(far);
	fd = socket(family_of(t, far), SOCK_STREAM, 0);
	if (fd < 0)
		die("socket");
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	pair_buffers(fd, buffers);
	return fd;
}

void pair_open(struct pair *t, int buffers)
{
	bool listens = !t->accepted;	/* the far end */
	int listener = open_socket(t, listens, buffers), from, to;
	struct sockaddr_storage addr;
	socklen_t len = address(t, listens, listens, &addr);

	if (bind(listener, (void *)&addr, len) || listen(listener, 10))
		die("bind");
	from = open_socket(t, !listens, buffers);
	len = address(t, listens, !listens, &addr);
	/* Who waits for a next hop is told so when somebody deletes it. */
	while (connect(from, (void *)&addr, len)) {
		if (errno != EHOSTUNREACH)
			die("connect");
		poll(NULL, 0, 10);
	}
	to = accept(listener, NULL, NULL);
	if (to < 0)
		die("accept");
	close(listener);
	t->s = t->accepted ? to : from;
	t->p = t->accepted ? from : to;
	/* Commands of a case look at s. */
	enter(false);
	if (is_first_offloaded(t) && !offload(t->s))
		die("refused at the start");
}

/* --- streams -------------------------------------------------------------- */

static struct stream *stream(struct stream *of, struct pair *t, int fd)
{
	return &of[fd == t->p];
}

static uint8_t byte_at(uint64_t at, int way)
{
	return (at * 0x9e3779b97f4a7c15 + way) >> 56;
}

static void count(struct stream *stream, const uint8_t *buf, size_t len)
{
	uint64_t hash = stream->bytes ? stream->hash : 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ buf[i]) * 0x100000001b3;
	stream->hash = hash;
	stream->bytes += len;
}

/* The next bytes that @fd is to send. */
void fill(struct pair *t, int fd, void *buf, size_t len)
{
	uint64_t at = stream(t->tx, t, fd)->bytes;
	uint8_t *to = buf;
	size_t i;

	for (i = 0; i < len; i++)
		to[i] = byte_at(at + i, fd == t->p);
}

void sent(struct pair *t, int fd, const void *buf, size_t len)
{
	count(stream(t->tx, t, fd), buf, len);
}

/* Bytes that @fd received: they must be the next ones that were sent. */
void took(struct pair *t, int fd, const void *buf, size_t len)
{
	struct stream *rx = stream(t->rx, t, fd);
	const uint8_t *from = buf;
	size_t i;

	for (i = 0; i < len; i++)
		if (from[i] != byte_at(rx->bytes + i, fd != t->p))
			die("wrong byte %llu",
			    (unsigned long long)(rx->bytes + i));
	count(rx, buf, len);
}

ssize_t put_flags(struct pair *t, int fd, size_t len, int flags)
{
	void *buf = malloc(len);
	ssize_t ret;

	fill(t, fd, buf, len);
	ret = send(fd, buf, len, flags | MSG_NOSIGNAL);
	if (ret > 0)
		sent(t, fd, buf, ret);
	free(buf);
	return ret;
}

void put(struct pair *t, int fd, size_t len)
{
	ssize_t ret = put_flags(t, fd, len, 0);

	if (ret != (ssize_t)len)
		die("send: %zd of %zu", ret, len);
}

ssize_t take_flags(struct pair *t, int fd, size_t len, int flags)
{
	void *buf = malloc(len);
	ssize_t ret = recv(fd, buf, len, flags);

	if (ret > 0 && !(flags & MSG_PEEK))
		took(t, fd, buf, ret);
	free(buf);
	return ret;
}

void take(struct pair *t, int fd, size_t len)
{
	ssize_t ret;

	for (; len; len -= ret) {
		ret = take_flags(t, fd, len < 65536 ? len : 65536, 0);
		if (ret <= 0)
			die("recv: %zd, %zu left", ret, len);
	}
}

static size_t fill_once(struct pair *t, int fd)
{
	size_t total = 0;
	ssize_t ret;

	while ((ret = put_flags(t, fd, 5000, MSG_DONTWAIT)) > 0)
		total += ret;
	if (errno != EAGAIN)
		die("send");
	return total;
}

/* Nothing is under way: it has not been sent, or the peer has it. */
static void wait_quiet(struct pair *t)
{
	int out = t->tx[0].bytes - t->rx[1].bytes;

	while (queued(t->s, SIOCOUTQ) + queued(t->p, SIOCINQ) != out)
		poll(NULL, 0, 1);
}

/* Sends until nothing more goes in, and from near, until it stays so. */
size_t fill_up(struct pair *t, int fd)
{
	size_t total = 0, more;

	do {
		more = fill_once(t, fd);
		total += more;
		if (fd == t->s)
			wait_quiet(t);
	} while (more);
	return total;
}

void say_streams(struct pair *t)
{
	int way;

	for (way = 0; way < 2; way++)
		say(t, "%s %s", way ? "from the peer" : "to the peer",
		    !memcmp(&t->tx[way], &t->rx[!way], sizeof(t->tx[way])) ?
		    "complete" : "not complete");
}

/* --- waiting -------------------------------------------------------------- */

void wait_for(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	if (poll(&pfd, 1, -1) != 1)
		die("poll");
}

/* Nobody is told of these. */
void wait_queued(int fd, unsigned long request, int bytes)
{
	while (queued(fd, request) != bytes)
		poll(NULL, 0, 1);
}
