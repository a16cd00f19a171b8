/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostapi: does a socket behave the same, whoever has its connection?
 *
 * Both ends of a connection are in this one program: s in the namespace near,
 * which is moved, and p in far, which never is. Either can be the one that accept()
 * returned. A case does something with them and says what it saw; what it says must
 * not depend on the mode.
 */
#ifndef _HOSTAPI_H
#define _HOSTAPI_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <time.h>

enum mode {
	NATIVE,		/* never offloaded */
	OFFLOADED,	/* from the start */
	GOES,		/* offloaded by move() */
	COMES,		/* offloaded from the start, uploaded by move() */
	LEFT,		/* the same, but it is let go, as if to unload the module */
	N_MODES,
};

/* How many bytes a stream has had, and what they were. */
struct stream {
	uint64_t bytes;
	uint64_t hash;
};

struct pair {
	int s;			/* near */
	int p;			/* far */
	enum mode mode;
	int family;		/* 4, 6, or 46: s is an IPv6 socket, the packets are IPv4 */
	bool accepted;		/* s, not p */
	FILE *log;		/* what is compared */
	struct stream tx[2];	/* by the end: of s, of p */
	struct stream rx[2];
};

struct test {
	const char *name;
	void (*run)(struct pair *t);
	int buffers;		/* of all four kinds, bytes; 0: as they are */
};

/* A thread that does one thing, and may block. */
struct task {
	pthread_t thread;
	pid_t tid;
	struct pair *t;
	void (*run)(struct task *task);
	atomic_bool started;
	atomic_bool done;
	int fd;
	int flags;
	size_t len;
	ssize_t ret;
	int err;
};

extern const struct test send_tests[];
extern const struct test recv_tests[];
extern const struct test ready_tests[];
extern const struct test ring_tests[];
extern const struct test life_tests[];
extern const struct test info_tests[];
extern const struct test brief_tests[];
extern const struct test stamps_tests[];
extern const struct test held_tests[];

/* pair.c */
void pair_namespaces(void);
void pair_open(struct pair *t, int buffers);
void pair_buffers(int fd, int bytes);
void move(struct pair *t);
int offload_once(int fd);
bool offload(int fd);
bool offload_again(struct pair *t);
void upload(int fd);
bool offloaded(int fd);
bool is_first_offloaded(const struct pair *t);
void drain(const char *on);
void say(struct pair *t, const char *fmt, ...);
void say_result(struct pair *t, const char *what, ssize_t ret);
void say_streams(struct pair *t);
noreturn void die(const char *fmt, ...);
void set(int fd, int level, int option, int value);
int get(int fd, int level, int option);
int queued(int fd, unsigned long request);

/* Streams. Each way has its own pattern. */
ssize_t put_flags(struct pair *t, int fd, size_t len, int flags);
void put(struct pair *t, int fd, size_t len);
void fill(struct pair *t, int fd, void *buf, size_t len);
void sent(struct pair *t, int fd, const void *buf, size_t len);
void took(struct pair *t, int fd, const void *buf, size_t len);
ssize_t take_flags(struct pair *t, int fd, size_t len, int flags);
void take(struct pair *t, int fd, size_t len);
size_t fill_up(struct pair *t, int fd);
void wait_for(int fd, short events);
void wait_queued(int fd, unsigned long request, int bytes);

/* task.c */
void task_start(struct task *task, struct pair *t, void (*run)(struct task *));
void task_blocked(struct task *task);
void task_join(struct task *task);
void task_send(struct task *task);
void task_recv(struct task *task);
int wait_child(pid_t child);
long ms_since(const struct timespec *then);

/* life.c: a descriptor of the same socket, through a pair of others. */
void pass(int by, int fd);
int passed(int by);

/* info.c */
void print_end(FILE *to, const char *name, int fd);

/* soak.c */
int soak(int argc, char **argv);
int cycles(int argc, char **argv);
int many(int argc, char **argv);

/* asleep.c */
int asleep(int argc, char **argv);

/* groups.c */
int groups(int argc, char **argv);

#define DATA_MAX	(8 << 20)

#endif /* _HOSTAPI_H */
