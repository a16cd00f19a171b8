// SPDX-License-Identifier: GPL-2.0
/*
 * chimctl socket: live sockets of programs that know nothing of the chimney.
 *
 * The kernel gives us a second descriptor of another program's socket; what is
 * done to that, the program could have done itself.
 */
#include "chimctl.h"
#include "sockets.h"

#include <linux/chimney_host.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKETS_USAGE							\
	"SOCKETS := [ pid N [ fd N ] ] [ cgroup PATH ] [ src ADDRESS ]\n"	\
	"           [ sport PORT ] [ dst ADDRESS ] [ dport PORT ]\n"

static const char usage[] =
	"Usage: chimctl socket show [SOCKETS]\n"
	"       chimctl socket offload SOCKETS\n"
	"       chimctl socket upload SOCKETS\n"
	SOCKETS_USAGE;
static const char offload_usage[] =
	"Usage: chimctl offload SOCKETS\n"
	SOCKETS_USAGE;
static const char upload_usage[] =
	"Usage: chimctl upload SOCKETS\n"
	SOCKETS_USAGE;

enum action { SHOW, OFFLOAD, UPLOAD };

/*
 * Each move waits for a grace period of the kernel's, which those that wait at
 * the same time share.
 */
#define BATCH_MAX	256

/* Name of an upper layer protocol, TCP_ULP_NAME_MAX, and its end. */
#define ULP_SIZE	17

/**
 * struct mover - a socket that is meant, and what became of it
 * @thread: moves it
 * @threaded: there is one
 * @sock: a descriptor of it
 * @mptcp: it is of Multipath TCP, and the host stack is not even asked
 * @action: what is to be done
 * @error: errno, or 0
 * @place: where it was found
 * @local: its address
 * @remote: the peer's
 */
struct mover {
	pthread_t thread;
	bool threaded;
	int sock;
	bool mptcp;
	enum action action;
	int error;
	struct socket_place place;
	struct socket_end local;
	struct socket_end remote;
};

/**
 * struct job - what is to be done to which sockets
 * @pick: whose they are
 * @local: its address
 * @remote: the peer's
 * @action: what is to be done
 * @net: cookie of our network namespace; sockets of others are left alone
 * @found: sockets that were meant
 * @failed: those of them on which it could not be done
 * @batch: sockets that are dealt with together
 * @n_batch: how many
 * @spare: a descriptor with which reasons can be read when there are no others
 */
struct job {
	struct socket_pick pick;
	struct socket_end local;
	struct socket_end remote;
	enum action action;
	uint64_t net;
	unsigned int found;
	unsigned int failed;
	struct mover batch[BATCH_MAX];
	unsigned int n_batch;
	int spare;
};

/* --- one socket ----------------------------------------------------------- */

/* IPv4 as IPv6 has it, so that there is one form. */
static bool read_end(const struct sockaddr_storage *from, struct socket_end *end)
{
	const struct sockaddr_in6 *in6 = (const void *)from;
	const struct sockaddr_in *in = (const void *)from;

	memset(end, 0, sizeof(*end));
	if (from->ss_family == AF_INET) {
		end->address.s6_addr[10] = 0xff;
		end->address.s6_addr[11] = 0xff;
		memcpy(&end->address.s6_addr[12], &in->sin_addr, 4);
		end->port = ntohs(in->sin_port);
		return true;
	}
	end->address = in6->sin6_addr;
	end->port = ntohs(in6->sin6_port);
	return from->ss_family == AF_INET6;
}

static bool is_meant(const struct socket_end *want, const struct socket_end *end)
{
	return (!want->has_port || want->port == end->port) &&
	       (!want->has_address ||
		!memcmp(&want->address, &end->address, sizeof(end->address)));
}

/* A TCP connection of this namespace. */
static bool is_connection(int sock, const struct job *job, struct mover *mover)
{
	struct sockaddr_storage name = { 0 }, peer = { 0 };
	socklen_t len = sizeof(name), peer_len = sizeof(peer);
	int protocol = 0, type = 0;
	uint64_t net = 0;
	socklen_t size = sizeof(protocol), net_size = sizeof(net);

	if (getsockopt(sock, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) ||
	    getsockopt(sock, SOL_SOCKET, SO_TYPE, &type, &size))
		return false;
	mover->mptcp = protocol == IPPROTO_MPTCP;
	/* Raw sockets may have the number of TCP, and a peer. */
	return type == SOCK_STREAM &&
	       (protocol == IPPROTO_TCP || mover->mptcp) &&
	       !getsockopt(sock, SOL_SOCKET, SO_NETNS_COOKIE, &net, &net_size) &&
	       net == job->net &&
	       !getsockname(sock, (struct sockaddr *)&name, &len) &&
	       !getpeername(sock, (struct sockaddr *)&peer, &peer_len) &&
	       read_end(&name, &mover->local) &&
	       read_end(&peer, &mover->remote);
}

/* Whose upper layer protocol has it got? That of nobody is empty. */
static void read_ulp(int sock, char name[ULP_SIZE])
{
	socklen_t len = ULP_SIZE - 1;

	memset(name, 0, ULP_SIZE);
	getsockopt(sock, SOL_TCP, TCP_ULP, name, &len);
}

static bool has_ulp(int sock)
{
	char name[ULP_SIZE];

	read_ulp(sock, name);
	/* Or chimney-native, after an upload. */
	return !strncmp(name, "chimney", strlen("chimney"));
}

static int act(const struct mover *mover)
{
	int on = mover->action == OFFLOAD, sock = mover->sock;

	if (mover->action == SHOW || (mover->mptcp && !on))
		return 0;
	if (mover->mptcp) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (!has_ulp(sock)) {
		if (!on || !setsockopt(sock, SOL_TCP, TCP_ULP, "chimney",
				       strlen("chimney")))
			return 0;
		/* Its program may have been faster. */
		if (errno != EEXIST || !has_ulp(sock))
			return -1;
	}
	return setsockopt(sock, SOL_TCP, TCP_CHIMNEY, &on, sizeof(on));
}

/* --- what is said --------------------------------------------------------- */

static void print_end(char *text, size_t size, const struct socket_end *end)
{
	char address[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(&end->address))
		inet_ntop(AF_INET, &end->address.s6_addr[12], address,
			  sizeof(address));
	else
		inet_ntop(AF_INET6, &end->address, address, sizeof(address));
	snprintf(text, size, "%s", address);
}

static void say(const struct socket_place *place, const struct socket_end *local,
		const struct socket_end *remote,
		const struct tcp_chimney_info *info, const char *error)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];

	print_end(src, sizeof(src), local);
	print_end(dst, sizeof(dst), remote);
	if (!json) {
		printf("pid %d fd %d src %s sport %u dst %s dport %u %s moves %u%s%s\n",
		       place->pid, place->fd, src, local->port, dst,
		       remote->port, info->offloaded ? "offloaded" : "native",
		       info->moves, error ? " error: " : "", error ?: "");
		return;
	}
	js_item();
	js_number("pid", place->pid);
	js_number("fd", place->fd);
	js_string("src", src);
	js_number("sport", local->port);
	js_string("dst", dst);
	js_number("dport", remote->port);
	js_bool("offloaded", info->offloaded);
	js_number("moves", info->moves);
	if (error)
		js_string("error", error);
	js_close('}');
}

/* --- many sockets --------------------------------------------------------- */

static void *move(void *arg)
{
	struct mover *mover = arg;

	mover->error = act(mover) ? errno : 0;
	return NULL;
}

/* What was refused before the host stack was asked, which has counted nothing. */
static const char *refused_before(const struct mover *mover)
{
	static char text[64];
	char name[ULP_SIZE];

	if (mover->mptcp)
		return "refused: Multipath TCP";
	if (mover->error != EEXIST)
		return NULL;
	read_ulp(mover->sock, name);
	snprintf(text, sizeof(text),
		 "refused: has another upper layer protocol: %s", name);
	return text;
}

/*
 * Several that were refused for different reasons are asked once more, one by one:
 * only then is it known which is whose.
 */
static const char *why(struct mover *mover)
{
	const char *reason;

	refusals_note();
	move(mover);
	if (!mover->error)
		return NULL;
	reason = refusals_why(1);
	return reason ?: strerror(mover->error);
}

/* @reason is that of all that were refused, if it is known. */
static void finish(struct job *job, struct mover *mover, const char *reason)
{
	struct tcp_chimney_info info = { 0 };
	socklen_t len = sizeof(info);
	const char *error = NULL;

	if (mover->error)
		error = refused_before(mover) ?: reason ?: why(mover);
	if (error)
		job->failed++;
	if (has_ulp(mover->sock))
		getsockopt(mover->sock, SOL_TCP, TCP_CHIMNEY, &info, &len);
	say(&mover->place, &mover->local, &mover->remote, &info, error);
	close(mover->sock);
}

static void move_batch(struct job *job)
{
	struct mover *mover;

	for (mover = job->batch; mover < job->batch + job->n_batch; mover++) {
		mover->threaded = job->action != SHOW && job->n_batch > 1 &&
				  !pthread_create(&mover->thread, NULL, move,
						  mover);
		if (!mover->threaded)
			move(mover);
	}
	for (mover = job->batch; mover < job->batch + job->n_batch; mover++)
		if (mover->threaded)
			pthread_join(mover->thread, NULL);
}

static void run_batch(struct job *job)
{
	struct mover *const end = job->batch + job->n_batch;
	const char *reason = NULL;
	struct mover *mover;
	int failed = 0, error = 0;

	if (job->spare >= 0)
		close(job->spare);
	refusals_note();
	move_batch(job);
	for (mover = job->batch; mover < end; mover++) {
		if (!mover->error || refused_before(mover))
			continue;
		error = mover->error;
		failed++;
	}
	if (failed)
		reason = refusals_why(failed);
	if (failed == 1 && !reason)
		reason = strerror(error);
	for (mover = job->batch; mover < end; mover++)
		finish(job, mover, reason);
	job->n_batch = 0;
	job->spare = eventfd(0, EFD_CLOEXEC);
}

static bool on_socket(int sock, const struct socket_place *place, void *data)
{
	struct job *job = data;
	struct mover *mover = &job->batch[job->n_batch];

	if (!is_connection(sock, job, mover) ||
	    !is_meant(&job->local, &mover->local) ||
	    !is_meant(&job->remote, &mover->remote))
		return false;
	mover->sock = sock;
	mover->place = *place;
	mover->action = job->action;
	job->found++;
	if (++job->n_batch == BATCH_MAX)
		run_batch(job);
	return true;
}

static bool give_back(void *data)
{
	struct job *job = data;

	if (!job->n_batch)
		return false;
	run_batch(job);
	return true;
}

/* --- the command ---------------------------------------------------------- */

static int read_address(const char *word, struct socket_end *end)
{
	struct in_addr in;

	end->has_address = true;
	if (inet_pton(AF_INET, word, &in) == 1) {
		memset(&end->address, 0, sizeof(end->address));
		end->address.s6_addr[10] = 0xff;
		end->address.s6_addr[11] = 0xff;
		memcpy(&end->address.s6_addr[12], &in, 4);
		return EXIT_OK;
	}
	return inet_pton(AF_INET6, word, &end->address) == 1 ? EXIT_OK :
	       bad_usage("\"%s\" is not an address", word);
}

static int read_port(const char *word, const char *what, struct socket_end *end)
{
	uint64_t value;
	int rc = read_number(word, what, UINT16_MAX, &value);

	end->has_port = true;
	end->port = value;
	return rc;
}

static int read_int(const char *word, const char *what, int *value)
{
	uint64_t number;
	int rc = read_number(word, what, INT32_MAX, &number);

	*value = number;
	return rc;
}

static int read_argument(struct words *w, struct job *job)
{
	static const char *const names[] = {
		"pid", "fd", "cgroup", "src", "sport", "dst", "dport",
	};
	const char *name = next_word(w), *word;
	int i = match(name, names, ARRAY_SIZE(names), sizeof(*names),
		      "argument");

	if (i < 0 || need_word(w, names[i], &word) != EXIT_OK)
		return EXIT_USAGE;
	switch (i) {
	case 0:
		return read_int(word, names[i], &job->pick.pid);
	case 1:
		return read_int(word, names[i], &job->pick.fd);
	case 2:
		job->pick.cgroup = word;
		return EXIT_OK;
	case 3:
		return read_address(word, &job->local);
	case 4:
		return read_port(word, names[i], &job->local);
	case 5:
		return read_address(word, &job->remote);
	default:
		return read_port(word, names[i], &job->remote);
	}
}

/* Sockets are told apart from those of other namespaces by one of our own. */
static int read_namespace(struct job *job)
{
	int sock = socket(AF_INET, SOCK_DGRAM, 0), rc;
	socklen_t len = sizeof(job->net);

	if (sock < 0)
		sock = socket(AF_INET6, SOCK_DGRAM, 0);
	rc = getsockopt(sock, SOL_SOCKET, SO_NETNS_COOKIE, &job->net, &len);
	if (rc)
		fprintf(stderr, "Error: network namespace: %s\n",
			strerror(errno));
	if (sock >= 0)
		close(sock);
	return rc ? EXIT_SYSTEM : EXIT_OK;
}

static int run(struct words *w, enum action action)
{
	struct job job = { .action = action, .pick = { .pid = -1, .fd = -1 } };
	const struct socket_visitor visitor = { on_socket, give_back, &job };
	int rc;

	if (!w->count && action != SHOW)
		return bad_usage("which sockets?");
	while (w->count) {
		rc = read_argument(w, &job);
		if (rc != EXIT_OK)
			return rc;
	}
	if (job.pick.fd >= 0 && job.pick.pid < 0)
		return bad_usage("fd needs pid");
	rc = read_namespace(&job);
	job.spare = eventfd(0, EFD_CLOEXEC);
	if (rc == EXIT_OK)
		rc = sockets_walk(&job.pick, &visitor);
	run_batch(&job);
	if (job.spare >= 0)
		close(job.spare);
	if (rc == EXIT_OK && !job.found && action != SHOW) {
		fputs("Error: there is no such socket\n", stderr);
		return EXIT_SYSTEM;
	}
	return js_finish(rc == EXIT_OK && job.failed ? EXIT_REFUSED : rc);
}

/**
 * cmd_socket() - chimctl socket
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_socket(struct words *w)
{
	static const char *const commands[] = { "show", "offload", "upload" };
	const char *word;
	int i;

	if (!w->count || is_help(w)) {
		fputs(usage, w->count ? stdout : stderr);
		return w->count ? EXIT_OK : EXIT_USAGE;
	}
	word = next_word(w);
	i = match(word, commands, ARRAY_SIZE(commands), sizeof(*commands),
		  "command");
	return i < 0 ? EXIT_USAGE : run(w, i);
}

/**
 * cmd_offload() - chimctl offload
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_offload(struct words *w)
{
	if (is_help(w)) {
		fputs(offload_usage, stdout);
		return EXIT_OK;
	}
	return run(w, OFFLOAD);
}

/**
 * cmd_upload() - chimctl upload
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_upload(struct words *w)
{
	if (is_help(w)) {
		fputs(upload_usage, stdout);
		return EXIT_OK;
	}
	return run(w, UPLOAD);
}
