/* SPDX-License-Identifier: GPL-2.0 */
/*
 * chimdata: hands connections to the reference client, and plays the same
 * roles on ordinary sockets as the peer.
 */
#ifndef CHIMDATA_H
#define CHIMDATA_H

#include "../client/pattern.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>

#define ALL	(~0ULL)

/* Exit codes */
#define EXIT_OK		0
#define EXIT_WRONG	1	/* a role was not played as it should */
#define EXIT_TROUBLE	2	/* something else does not work */
#define EXIT_TIME	3	/* it took too long */

/* How a connection is to end: as its role says, or by a reset. */
#define EXPECT_END	0
#define EXPECT_RESET	1

/**
 * struct options - what the command line says
 * @role: what is played
 * @count: connections
 * @after: bytes either way before a connection is handed over
 * @again: bytes either way after an upload before it is handed over again, 0
 *	for never
 * @timeout: seconds
 * @port: local port of the first connection, 0 for any
 * @mtu: path MTU to tell the target, 0 for the socket's
 * @rcvbuf: SO_RCVBUF, 0 for the default; so are the next
 * @sndbuf: SO_SNDBUF
 * @mss: TCP_MAXSEG
 * @nodelay: TCP_NODELAY
 * @quiet: no lines but the last
 * @reset: peer: reset after so many bytes received
 * @urgent: peer: a byte of urgent data before so many bytes are sent
 * @stall_at: peer: stop reading at so many bytes
 * @stall: peer: for so many milliseconds
 * @expect: EXPECT_*: how it is to end
 * @values: cached variables to set, "name=value"
 */
struct options {
	struct chimc_role role;
	uint32_t count;
	uint64_t after;
	uint64_t again;
	uint32_t timeout;
	uint32_t port;
	uint32_t mtu;
	uint32_t rcvbuf;
	uint32_t sndbuf;
	uint32_t mss;
	uint32_t nodelay;
	uint32_t quiet;
	uint64_t reset;
	uint64_t urgent;
	uint64_t stall_at;
	uint32_t stall;
	uint32_t expect;
	const char *values[16];
	uint32_t n_values;
};

/**
 * struct stream - a role on an ordinary socket
 * @fd: socket, nonblocking
 * @role: what is played
 * @tx_next: bytes sent
 * @rx_next: bytes received
 * @bad: offset of the first wrong byte, or ALL
 * @tx_hash: of what is sent
 * @rx_hash: of what is received
 * @raw: bytes that are to be sent first and belong to @tx_next already
 * @raw_len: how many
 * @fin_at: bytes received before a FIN that the socket does not know of
 * @fin_in: the peer's FIN has come
 * @fin_out: ours has gone
 * @over: nothing more happens
 * @error: why it ended, or 0
 * @stalled: not read for now
 * @open: not to be closed for now
 */
struct stream {
	int fd;
	struct chimc_role role;
	uint64_t tx_next;
	uint64_t rx_next;
	uint64_t bad;
	struct chimc_hash tx_hash;
	struct chimc_hash rx_hash;
	uint8_t *raw;
	size_t raw_len;
	uint64_t fin_at;
	bool fin_in;
	bool fin_out;
	bool over;
	int error;
	bool stalled;
	bool open;
};

/* words.c: the command line */
bool option_parse(struct options *o, const char *word);
void option_defaults(struct options *o, bool peer);
bool values_set(struct chimc_values *v, const char *word);
void values_print(const struct chimc_values *v);
void member(const char *name, long long value);
void result_print(const struct chimc_result *r);
void address_parse(const char *host, const char *port, struct sockaddr_in6 *to,
		   socklen_t *len);
void die(const char *format, ...);

/* stream.c: roles */
void stream_start(struct stream *s, int fd, const struct chimc_role *role);
void stream_step(struct stream *s, const struct options *o);
uint32_t stream_wants(const struct stream *s);
bool stream_done(const struct stream *s);
bool stream_right(const struct stream *s);

/* state.c: from a socket to values and back */
void state_freeze(int fd, struct chimc_socket *s, struct chimc_values *v,
		  uint8_t *data[2], uint32_t len[2]);
void state_thaw(int fd, const struct chimc_socket *s,
		const struct chimc_values *v, uint8_t *data[2]);
void state_resume(int fd);
bool state_open(const struct chimc_values *v);
bool state_fin_out(const struct chimc_values *v);
bool state_fin_in(const struct chimc_values *v);
uint32_t state_sent(const struct chimc_values *v);

/* client.c: the module */
typedef void event_fn_t(uint32_t id, uint32_t events);
int client_open(event_fn_t *on_event);
void client_poll(void);
uint32_t client_hold(int fd, struct chimc_socket *s, bool more);
void client_give(uint32_t id, int queue, const uint8_t *data, uint32_t len);
uint32_t client_offload(uint32_t id, const struct chimc_socket *s,
			const struct chimc_values *v,
			const struct chimc_role *role);
void client_get(uint32_t id, struct chimc_result *r);
void client_take(uint32_t id, int queue, uint8_t *data, uint32_t len);
uint32_t client_control(uint32_t id, int op, uint32_t arg, const uint8_t *mac,
			struct chimc_values *v);
void client_release(uint32_t id, int fd, const struct chimc_socket *s);

/* run.c, peer.c: the main jobs */
int run(const struct sockaddr_in6 *to, socklen_t len, const struct options *o);
int peer(const struct sockaddr_in6 *at, socklen_t len, bool call,
	 const struct options *o);

#endif /* CHIMDATA_H */
