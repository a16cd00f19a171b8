// SPDX-License-Identifier: GPL-2.0
/* Connection objects: the TCP layer of a chimney. */
#include "state/conn.h"

#include "state/service.h"
#include "state/space.h"
#include "tcp/engine.h"

#include <linux/slab.h>

/* Room for at least one byte behind all options (RFC 9293, section 3.7.1). */
#define MSS_MIN		48
/* RFC 7323, section 2.3: a larger shift is used as 14. */
#define WSCALE_MAX	14

static struct kmem_cache *conn_cache;

/**
 * chim_conn_setup() - make the cache of connections, one exact size
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int chim_conn_setup(void)
{
	conn_cache = KMEM_CACHE(chim_conn, 0);
	return conn_cache ? 0 : -ENOMEM;
}

/**
 * chim_conn_teardown() - destroy the cache
 *
 * Context: module unload, after rcu_barrier(). Complains if a connection is
 * left.
 */
void chim_conn_teardown(void)
{
	kmem_cache_destroy(conn_cache);
}

/* INI-043: the states in which there is a connection to hand over. */
static bool state_offloadable(u32 state)
{
	return state >= CHIM_TCP_ESTABLISHED && state < CHIM_TCP_TIME_WAIT;
}

/* Our own FIN is sent but not acknowledged: it takes one sequence number. */
static bool state_fin_sent(u32 state)
{
	return state == CHIM_TCP_FIN_WAIT1 || state == CHIM_TCP_CLOSING ||
	       state == CHIM_TCP_LAST_ACK;
}

/* the list must hold every byte up to SndMax, a sent FIN apart. */
static enum chim_why check_sequence(const struct chim_conn_news *news)
{
	const struct chim_conn_deleg *d = &news->d;
	u32 sent = d->snd_max - d->snd_una;

	if ((s32)(d->snd_nxt - d->snd_una) < 0 ||
	    (s32)(d->snd_max - d->snd_nxt) < 0)
		return CHIM_WHY_SEQUENCE;
	if (sent && state_fin_sent(d->state))
		sent--;
	return sent > news->send_data ? CHIM_WHY_SEND_DATA : CHIM_OK;
}

static enum chim_why check_cached(const struct chim_space *space,
				  const struct chim_conn_cached *v)
{
	if (v->rcv_wnd > min_t(u32, READ_ONCE(space->limits.rcv_wnd),
			       CHIM_RCV_WND_MAX))
		return CHIM_WHY_RCV_WINDOW;
	if (!v->ttl)
		return CHIM_WHY_TTL;
	/* never probe without pause. */
	if (v->flags & CHIM_CONN_KEEPALIVE && (!v->ka_timeout ||
					       !v->ka_interval))
		return CHIM_WHY_KEEPALIVE;
	return CHIM_OK;
}

static enum chim_why check_news(const struct chim_space *space,
				const struct chim_conn_news *news)
{
	enum chim_why why;

	if (!state_offloadable(news->d.state))
		return CHIM_WHY_TCP_STATE;
	if (!news->c.lport || !news->c.rport)
		return CHIM_WHY_ADDRESS;
	if (news->c.remote_mss < MSS_MIN)
		return CHIM_WHY_MSS;
	why = check_cached(space, &news->v);
	return why ?: check_sequence(news);
}

/*
 * Makes the engine's block; nobody else can have the connection yet. Only data
 * needs memory for more than that (INI-037).
 */
static enum chim_why open_tcb(struct chim_conn *conn,
			      const struct chim_conn_news *news)
{
	u32 buffered = news->buffered ? news->buffered->len : 0;
	struct chim_run run;
	bool done;

	local_bh_disable();
	rcu_read_lock();
	chim_conn_run(conn, &run);
	chim_tcp_open(&run, &news->d, buffered);
	done = chim_tcp_adopt(&run, news->sends, news->buffered);
	if (!done)
		chim_tcp_disown(&run);
	rcu_read_unlock();
	local_bh_enable();
	if (done)
		return CHIM_OK;
	return news->sends ? CHIM_WHY_XMIT_BUFFER : CHIM_WHY_RCV_BUFFER;
}

/* Undoes open_tcb(): data that was adopted is the caller's again. */
static void close_tcb(struct chim_conn *conn)
{
	struct chim_run run;

	local_bh_disable();
	rcu_read_lock();
	chim_conn_run(conn, &run);
	chim_tcp_disown(&run);
	rcu_read_unlock();
	local_bh_enable();
}

static struct chim_conn *make_conn(struct chim_owner *owner,
				   const struct chim_conn_news *news)
{
	struct chim_conn *conn;

	conn = kmem_cache_zalloc(conn_cache, CHIM_GFP);
	if (!conn)
		return NULL;
	conn->obj.ndis_handle = news->ndis_handle;
	conn->obj.owner = owner;
	conn->path = news->path;
	conn->c = news->c;
	conn->v = news->v;
	conn->v.flags &= CHIM_CONN_SETTINGS;
	spin_lock_init(&conn->lock);
	timer_setup(&conn->timer, chim_conn_expired, 0);
	return conn;
}

/**
 * chim_conn_create() - offload a connection (INI-013, CON-050 to CON-060)
 * @owner: the client
 * @news: what to make it from
 * @out: the connection, operational (TREE-014); chim_conn_start() is to follow
 *
 * Context: worker, may sleep.
 * Return: CHIM_OK, or why not; then nothing is left behind.
 */
enum chim_why chim_conn_create(struct chim_owner *owner,
			       const struct chim_conn_news *news,
			       struct chim_conn **out)
{
	struct chim_space *space = owner->space;
	struct chim_conn *conn;
	enum chim_why why;
	u32 index;

	why = check_news(space, news);
	if (why)
		return why;
	if (space->count[CHIM_CONN] >=
	    READ_ONCE(space->limits.objects[CHIM_CONN]))
		return CHIM_WHY_CONN_LIMIT;
	conn = make_conn(owner, news);
	if (!conn)
		return CHIM_WHY_NOMEM;
	why = open_tcb(conn, news);
	if (why)
		goto free_conn;
	why = chim_space_reserve(space, &conn->obj, CHIM_CONN, owner, &index);
	if (why)
		goto close_tcb;
	/* No handler can name it before it is sure to stay. */
	why = chim_space_hash(space, conn);
	if (why)
		goto cancel;
	chim_space_publish(space, &conn->obj, index);
	conn->path->obj.deps++;
	*out = conn;
	return CHIM_OK;

cancel:
	chim_space_cancel(space, index);
	close_tcb(conn);
	chim_conn_free(conn);
	return why;
close_tcb:
	close_tcb(conn);
free_conn:
	kmem_cache_free(conn_cache, conn);
	return why;
}

/**
 * chim_conn_check() - would these cached variables do?
 * @conn: the connection
 * @v: new values
 *
 * Context: worker.
 * Return: CHIM_OK, or why not.
 */
enum chim_why chim_conn_check(const struct chim_conn *conn,
			      const struct chim_conn_cached *v)
{
	return check_cached(conn->obj.owner->space, v);
}

/**
 * chim_conn_read() - current values (QRY-031, CON-050 to CON-060)
 * @conn: the connection
 * @v: filled in, or NULL
 * @d: filled in, or NULL
 *
 * Context: process or softirq; takes the connection's lock.
 */
void chim_conn_read(struct chim_conn *conn, struct chim_conn_cached *v,
		    struct chim_conn_deleg *d)
{
	struct chim_run run;

	spin_lock_bh(&conn->lock);
	rcu_read_lock();
	chim_conn_run(conn, &run);
	if (v)
		*v = conn->v;
	if (d)
		chim_tcp_read(&run, d);
	rcu_read_unlock();
	spin_unlock_bh(&conn->lock);
}

/**
 * chim_conn_tuple() - how segments name a connection
 * @conn: the connection
 * @tuple: filled in
 *
 * Context: any; reads constant variables only.
 */
void chim_conn_tuple(const struct chim_conn *conn, struct chim_tuple *tuple)
{
	tuple->family = conn->path->c.family;
	tuple->local = conn->path->c.src;
	tuple->remote = conn->path->c.dst;
	tuple->lport = conn->c.lport;
	tuple->rport = conn->c.rport;
}

/**
 * chim_conn_stopped() - must nothing be sent? (INV-031, D-29)
 * @conn: the connection
 *
 * Context: RCU read side.
 * Return: true if it, its path or its neighbor is invalidated, or if it waits
 * for its upload (UPD-108).
 */
bool chim_conn_stopped(const struct chim_conn *conn)
{
	const struct chim_path *path = conn->path;

	return chim_obj_marked(&conn->obj, CHIM_OBJ_INVALID | CHIM_OBJ_UPLOAD |
			       CHIM_OBJ_CORRUPT | CHIM_OBJ_DEAD) ||
	       chim_obj_marked(&path->obj, CHIM_OBJ_INVALID) ||
	       chim_obj_marked(&rcu_dereference(path->neigh)->obj,
			       CHIM_OBJ_INVALID);
}

/**
 * chim_conn_end() - take a connection out of use
 * @conn: the connection
 * @d: set to its delegated variables
 * @rest: set to the data that goes back to the host
 *
 * Received segments and requests do not find it any more, every call to the
 * host has returned, and every request but those in @rest is completed.
 *
 * Context: worker, may sleep. Does not allocate.
 */
void chim_conn_end(struct chim_conn *conn, struct chim_conn_deleg *d,
		   struct chim_rest *rest)
{
	struct chim_space *space = conn->obj.owner->space;

	chim_space_unhash(space, conn);
	chim_conn_stop(conn, d, rest);
	/* Not before: a dead one sends nothing, and it had a last word. */
	chim_space_del(space, &conn->obj);
	conn->path->obj.deps--;
}

static void free_conn_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(conn_cache,
			container_of(rcu, struct chim_conn, rcu));
}

/**
 * chim_conn_free() - free an ended connection once no reader can have it
 * @conn: the connection
 *
 * Context: worker. Does not sleep or allocate.
 */
void chim_conn_free(struct chim_conn *conn)
{
	WARN_ON_ONCE(conn->tcb.flow);
	call_rcu(&conn->rcu, free_conn_rcu);
}
