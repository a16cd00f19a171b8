// SPDX-License-Identifier: GPL-2.0
/* The sockets: a list, references, and what callbacks leave to be done. */
#include "host/conn.h"

#include "host/drain.h"
#include "host/follow.h"
#include "host/info.h"
#include "host/lower.h"
#include "host/park.h"
#include "host/send.h"
#include "host/ulp.h"
#include "host/upload.h"
#include "host/why.h"

#include <linux/slab.h>
#include <net/inet_connection_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>

/* How often a worker comes again before it waits for who owns the socket. */
#define TRIES_MAX	3

static_assert(CHIM_HOST_N_WHYS <= U8_MAX);

/*
 * Any ULP has its data there before TCP says whose they are. Pointers of others do not
 * have this bit.
 */
#define OURS	1UL

/* Covers the list, and the count of its changes. */
static DEFINE_SPINLOCK(conns_lock);
static LIST_HEAD(conns);
static u32 changes = 1;
static struct workqueue_struct *workqueue;
static struct kmem_cache *cache;

/**
 * chim_host_is_v4() - does it speak IPv4, be it on an IPv6 socket?
 * @sk: connected
 *
 * Context: any.
 * Return: true if so.
 */
bool chim_host_is_v4(const struct sock *sk)
{
	return sk->sk_family == AF_INET ||
	       ipv6_addr_v4mapped(&sk->sk_v6_daddr);
}

/**
 * chim_host_remote() - the address of a socket's peer
 * @sk: connected
 *
 * Context: any.
 * Return: where it is; chim_host_is_v4() says how long.
 */
const void *chim_host_remote(const struct sock *sk)
{
	return chim_host_is_v4(sk) ? (const void *)&inet_sk(sk)->inet_daddr :
				     &sk->sk_v6_daddr;
}

/**
 * chim_host_tuple_read() - the addresses of a socket
 * @sk: connected
 * @tuple: set
 *
 * Context: any.
 */
void chim_host_tuple_read(const struct sock *sk, struct chim_host_tuple *tuple)
{
	const struct inet_sock *inet = inet_sk(sk);

	memset(tuple, 0, sizeof(*tuple));
	tuple->net = sock_net(sk);
	tuple->lport = inet->inet_sport;
	tuple->rport = inet->inet_dport;
	if (chim_host_is_v4(sk)) {
		tuple->family = 4;
		memcpy(&tuple->local, &inet->inet_saddr, 4);
		memcpy(&tuple->remote, &inet->inet_daddr, 4);
	} else {
		tuple->family = 6;
		tuple->local = sk->sk_v6_rcv_saddr;
		tuple->remote = sk->sk_v6_daddr;
	}
}

/* Called with the socket's spinlock held. Does its owner look what there is to do? */
static bool is_looked_after(const struct sock *sk)
{
	return sock_owned_by_user_nocheck(sk) &&
	       sk->sk_prot->release_cb == chim_host_release_cb;
}

/**
 * chim_host_conn_left() - whoever owns a socket will not come by release_cb
 * @sk: the socket, whose functions are not ours any more
 *
 * Context: process, socket owned.
 */
void chim_host_conn_left(struct sock *sk)
{
	struct chim_host_conn *conn = chim_host_conn_of(sk);

	spin_lock_bh(&sk->sk_lock.slock);
	if (conn && conn->later) {
		conn->later = false;
		chim_host_conn_do(conn);
	}
	spin_unlock_bh(&sk->sk_lock.slock);
}

/*
 * Who owns a socket may be asleep, in the middle of a copy that waits for a page, and
 * is not to keep a worker from others, however often there is something to do. Who is
 * the next owner again and again, is waited for.
 */
static bool must_wait(struct chim_host_conn *conn, struct sock *sk)
{
	bool later;

	spin_lock_bh(&sk->sk_lock.slock);
	if (!is_looked_after(sk)) {
		conn->later = false;
		conn->tries = 0;
	} else if (!conn->later) {
		conn->later = conn->tries < TRIES_MAX;
		conn->tries = conn->later ? conn->tries + 1 : 0;
	}
	later = conn->later;
	spin_unlock_bh(&sk->sk_lock.slock);
	return later;
}

static void run(struct chim_host_conn *conn, struct sock *sk)
{
	int todo;

	/* Who is short of memory is to try again, but not at once. */
	if (atomic_fetch_andnot(CHIM_HOST_KICK, &conn->todo) & CHIM_HOST_KICK)
		schedule_timeout_uninterruptible(1);
	if (must_wait(conn, sk))
		return;
	lock_sock(sk);
	/* Only now: who has had the socket may have begun another offload. */
	todo = atomic_fetch_and(CHIM_HOST_KICK, &conn->todo);
	if (todo & CHIM_HOST_UPLOAD && conn->state == CHIM_HOST_OFFLOADED)
		chim_host_upload(conn, READ_ONCE(conn->why));
	if (todo & CHIM_HOST_FOLLOW && conn->state == CHIM_HOST_OFFLOADED &&
	    !READ_ONCE(conn->aborted))
		chim_host_follow(conn);
	if (todo & CHIM_HOST_ASK && conn->state == CHIM_HOST_OFFLOADED)
		chim_host_info_renew(conn, NULL);
	if (todo & CHIM_HOST_LET_GO)
		chim_host_ulp_let_go(conn);
	/* That the socket is released is all that a kick needs. */
	release_sock(sk);
}

static void work(struct work_struct *work)
{
	struct chim_host_conn *conn = container_of(work, struct chim_host_conn,
						   work);

	run(conn, conn->sk);
	sock_put(conn->sk);
	chim_host_conn_put(conn);
}

/**
 * chim_host_conn_new() - the host's side of a socket
 * @sk: a TCP socket
 *
 * Context: process, may sleep; socket owned.
 * Return: new, native, with a reference for the socket; or NULL.
 */
struct chim_host_conn *chim_host_conn_new(struct sock *sk)
{
	struct chim_host_conn *conn = kmem_cache_zalloc(cache, GFP_KERNEL);

	if (!conn)
		return NULL;
	refcount_set(&conn->refs, 1);
	conn->sk = sk;
	INIT_WORK(&conn->work, work);
	init_llist_head(&conn->rxq);
	spin_lock_bh(&conns_lock);
	list_add_tail(&conn->node, &conns);
	WRITE_ONCE(changes, changes + 1);
	spin_unlock_bh(&conns_lock);
	return conn;
}

static void free_conn(struct rcu_head *rcu)
{
	struct chim_host_conn *conn = container_of(rcu, struct chim_host_conn,
						   rcu);

	kfree(conn->cork);
	kmem_cache_free(cache, conn);
}

/**
 * chim_host_conn_put() - a reference less
 * @conn: the socket's
 *
 * Context: any.
 */
void chim_host_conn_put(struct chim_host_conn *conn)
{
	if (!refcount_dec_and_test(&conn->refs))
		return;
	call_rcu(&conn->rcu, free_conn);
}

/**
 * chim_host_conn_free() - the socket goes
 * @conn: native
 *
 * Context: any.
 */
void chim_host_conn_free(struct chim_host_conn *conn)
{
	spin_lock_bh(&conns_lock);
	list_del(&conn->node);
	WRITE_ONCE(changes, changes + 1);
	spin_unlock_bh(&conns_lock);
	chim_host_conn_put(conn);
	if (chim_host_draining())
		chim_host_drain_look();
}

/**
 * chim_host_conn_of() - the host's side of a socket
 * @sk: a full TCP socket, held
 *
 * Context: any.
 * Return: what chim_host_conn_set() was given, or NULL; also if it has another ULP.
 */
struct chim_host_conn *chim_host_conn_of(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	unsigned long data = (__force unsigned long)READ_ONCE(icsk->icsk_ulp_data);

	return data & OURS ? (struct chim_host_conn *)(data - OURS) : NULL;
}

/**
 * chim_host_conn_set() - have a socket's data lead to the host's side, or to nothing
 * @sk: a full TCP socket
 * @conn: what chim_host_conn_new() made for it, or NULL
 *
 * Context: process, socket owned.
 */
void chim_host_conn_set(struct sock *sk, struct chim_host_conn *conn)
{
	void *data = conn ? (void *)conn + OURS : NULL;

	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, data);
}

/**
 * chim_host_conn_todo() - have something done in process context
 * @conn: the socket's, which exists while the target has its connection
 * @bit: CHIM_HOST_UPLOAD, _KICK, _FOLLOW, _ASK or _LET_GO
 * @why: of an upload
 *
 * Context: any.
 */
void chim_host_conn_todo(struct chim_host_conn *conn, int bit, u32 why)
{
	/* The first reason counts, unless it is only that the target takes no more. */
	if (bit == CHIM_HOST_UPLOAD &&
	    (!(atomic_read(&conn->todo) & bit) ||
	     READ_ONCE(conn->why) == CHIM_HOST_UP_TARGET))
		WRITE_ONCE(conn->why, why);
	atomic_or(bit, &conn->todo);
	chim_host_conn_do(conn);
}

/**
 * chim_host_conn_do() - have what was left to be done be done now
 * @conn: as for chim_host_conn_todo()
 *
 * Context: any.
 */
void chim_host_conn_do(struct chim_host_conn *conn)
{
	/* The references are those of the work. */
	refcount_inc(&conn->refs);
	sock_hold(conn->sk);
	if (!queue_work(workqueue, &conn->work)) {
		sock_put(conn->sk);
		chim_host_conn_put(conn);
	}
}

/* Called with the list locked. One that is not offloaded may be about to go. */
static void todo_if_alive(struct chim_host_conn *conn, int bit, u32 why)
{
	if (!refcount_inc_not_zero(&conn->sk->sk_refcnt))
		return;
	chim_host_conn_todo(conn, bit, why);
	sock_put(conn->sk);
}

/**
 * chim_host_conn_walk() - look at the sockets of a namespace
 * @net: namespace
 * @skip: how many to pass over; counts those that were looked at
 * @each: called for the others, must not sleep; ends the walk if it returns
 *	anything but 0
 * @data: for @each
 *
 * Context: process.
 * Return: 0, or what @each has returned.
 */
int chim_host_conn_walk(const struct net *net, unsigned int *skip,
			int (*each)(struct chim_host_conn *conn, void *data),
			void *data)
{
	struct chim_host_conn *conn;
	unsigned int i = 0;
	int err = 0;

	spin_lock_bh(&conns_lock);
	list_for_each_entry(conn, &conns, node) {
		if (!net_eq(sock_net(conn->sk), net) || i++ < *skip)
			continue;
		err = each(conn, data);
		if (err)
			break;
		*skip = i;
	}
	spin_unlock_bh(&conns_lock);
	return err;
}

/**
 * chim_host_conn_changes() - how often sockets have come or gone
 *
 * Context: any.
 * Return: a number that is another after each change, and never 0.
 */
u32 chim_host_conn_changes(void)
{
	return READ_ONCE(changes) ?: 1;
}

/**
 * chim_host_conn_queue() - run work that moves sockets, many at a time
 * @work: not queued
 *
 * Context: any.
 */
void chim_host_conn_queue(struct work_struct *work)
{
	queue_work(workqueue, work);
}

/* Called with the list locked, under RCU. */
static bool is_on(const struct chim_host_conn *conn,
		  const struct chim_host_bind *bind)
{
	const struct chim_host_path *path = READ_ONCE(conn->path);

	return path && path->bind == bind;
}

/**
 * chim_host_conn_upload_all() - end the offload of all sockets of an adapter
 * @bind: the adapter, or NULL for all
 * @why: enum chim_host_why
 *
 * Context: process.
 */
void chim_host_conn_upload_all(const struct chim_host_bind *bind, u32 why)
{
	struct chim_host_conn *conn;

	rcu_read_lock();
	spin_lock_bh(&conns_lock);
	list_for_each_entry(conn, &conns, node)
		if (!bind || is_on(conn, bind))
			todo_if_alive(conn, CHIM_HOST_UPLOAD, why);
	spin_unlock_bh(&conns_lock);
	rcu_read_unlock();
}

/**
 * chim_host_conn_follow_all() - look at all sockets of a namespace
 * @net: the namespace
 * @due: only at those for which this is true; must not sleep; or NULL
 *
 * Also at those on their way to the target, which have looked before.
 *
 * Context: process.
 */
void chim_host_conn_follow_all(const struct net *net,
			       bool (*due)(const struct chim_host_conn *conn))
{
	struct chim_host_conn *conn;

	spin_lock_bh(&conns_lock);
	list_for_each_entry(conn, &conns, node)
		if (net_eq(sock_net(conn->sk), net) &&
		    (!due || due(conn)))
			todo_if_alive(conn, CHIM_HOST_FOLLOW, 0);
	spin_unlock_bh(&conns_lock);
}

/**
 * chim_host_conn_let_go_all() - take the ULP from all sockets
 *
 * Context: process. Does not wait until they have all gone.
 */
void chim_host_conn_let_go_all(void)
{
	struct chim_host_conn *conn;

	spin_lock_bh(&conns_lock);
	list_for_each_entry(conn, &conns, node)
		todo_if_alive(conn, CHIM_HOST_LET_GO, 0);
	spin_unlock_bh(&conns_lock);
}

/**
 * chim_host_conn_none() - has no socket the ULP?
 *
 * Context: process.
 * Return: true if so.
 */
bool chim_host_conn_none(void)
{
	bool none;

	spin_lock_bh(&conns_lock);
	none = list_empty(&conns);
	spin_unlock_bh(&conns_lock);
	return none;
}

/**
 * chim_host_conn_init() - get ready
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int chim_host_conn_init(void)
{
	/* Charged to who asks for the offload. */
	cache = KMEM_CACHE(chim_host_conn, SLAB_ACCOUNT);
	if (!cache)
		return -ENOMEM;
	workqueue = alloc_workqueue("chimney_host", WQ_UNBOUND, 64);
	if (workqueue)
		return 0;
	kmem_cache_destroy(cache);
	return -ENOMEM;
}

/**
 * chim_host_conn_exit() - undo chim_host_conn_init(); no socket is left
 *
 * Context: process, may sleep.
 */
void chim_host_conn_exit(void)
{
	destroy_workqueue(workqueue);
	WARN_ON(!list_empty(&conns));
	rcu_barrier();
	kmem_cache_destroy(cache);
}
