// SPDX-License-Identifier: GPL-2.0
/* Connection objects: the TCP layer of a chimney. */
#include "state/conn.h"

#include "state/space.h"

#include <linux/overflow.h>
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

/* The peer's FIN has been received: no window matters any more. */
static bool state_fin_received(u32 state)
{
	return state == CHIM_TCP_CLOSE_WAIT || state == CHIM_TCP_CLOSING ||
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

/* Saturates: a promise too large for any peer must not wrap to none. */
static void add_debt(struct chim_tcb *tcb, u32 bytes)
{
	if (check_add_overflow(tcb->rcv_debt, bytes, &tcb->rcv_debt))
		tcb->rcv_debt = U32_MAX;
}

/*
 * the window is InitialRcvWnd less what is undelivered. If
 * the host has promised more, the promise is kept and becomes a debt.
 */
static void start_window(struct chim_tcb *tcb, const struct chim_conn_news *news)
{
	u32 promised = news->d.rcv_wnd;
	u32 room = news->v.rcv_wnd;

	tcb->rcv_wnd = promised;
	tcb->rcv_debt = 0;
	if (state_fin_received(news->d.state))
		return;
	if (news->buffered > room) {
		tcb->rcv_debt = promised;
		add_debt(tcb, news->buffered - room);
		return;
	}
	room -= news->buffered;
	if (promised > room)
		tcb->rcv_debt = promised - room;
	else
		tcb->rcv_wnd = room;
}

/* Half the clock's range is behind now, so no timer can be set further ahead. */
static void set_timer(struct chim_tcb *tcb, u8 timer, u32 *due, u32 now,
		      u32 left)
{
	if (left == CHIM_TICKS_NONE) {
		tcb->timers &= ~timer;
		return;
	}
	tcb->timers |= timer;
	*due = now + min_t(u32, left, S32_MAX);
}

/* A KaTimeout of all ones means never, like a timer that is off. */
static void start_keepalive(struct chim_conn *conn, u32 now)
{
	set_timer(&conn->tcb, CHIM_TIMER_KEEPALIVE, &conn->tcb.ka_due, now,
		  conn->v.ka_timeout);
}

static void stop_keepalive(struct chim_conn *conn)
{
	conn->tcb.timers &= ~CHIM_TIMER_KEEPALIVE;
}

static void start_timers(struct chim_conn *conn, const struct chim_conn_news *n)
{
	struct chim_tcb *tcb = &conn->tcb;

	set_timer(tcb, CHIM_TIMER_RETRANSMIT, &tcb->rt_due, n->now,
		  n->d.rt_left);
	/* due at once makes no sense if no probe may be sent. */
	if (!n->d.ka_left && !n->v.ka_probes)
		start_keepalive(conn, n->now);
	else
		set_timer(tcb, CHIM_TIMER_KEEPALIVE, &tcb->ka_due, n->now,
			  n->d.ka_left);
	if (!(n->v.flags & CHIM_CONN_KEEPALIVE))
		stop_keepalive(conn);
}

static void start_tcb(struct chim_conn *conn, const struct chim_conn_news *news)
{
	const struct chim_conn_deleg *d = &news->d;
	struct chim_tcb *tcb = &conn->tcb;

	tcb->state = d->state;
	tcb->rcv_nxt = d->rcv_nxt;
	tcb->snd_una = d->snd_una;
	tcb->snd_nxt = d->snd_nxt;
	tcb->snd_max = d->snd_max;
	tcb->snd_wnd = d->snd_wnd;
	tcb->max_snd_wnd = d->max_snd_wnd;
	tcb->snd_wl1 = d->snd_wl1;
	tcb->cwnd = min_t(u32, d->cwnd, CHIM_CWND_MAX);
	tcb->ssthresh = d->ssthresh;
	tcb->srtt = d->srtt;
	tcb->rttvar = d->rttvar;
	tcb->ts_recent = d->ts_recent;
	tcb->ts_recent_at = news->now - d->ts_recent_age;
	tcb->ts_delta = d->ts_time - news->now;
	tcb->total_rt = d->total_rt;
	tcb->dup_acks = d->dup_acks;
	tcb->wnd_probes = d->wnd_probes;
	tcb->ka_probes = d->ka_probes;
	tcb->rt_count = d->rt_count;
	tcb->dwnd = d->dwnd;
	start_window(tcb, news);
	start_timers(conn, news);
}

/**
 * chim_conn_create() - offload a connection (INI-013, CON-050 to CON-060)
 * @owner: the client
 * @news: what to make it from
 * @out: the connection, operational (TREE-014)
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

	why = check_news(space, news);
	if (why)
		return why;
	if (space->count[CHIM_CONN] >=
	    READ_ONCE(space->limits.objects[CHIM_CONN]))
		return CHIM_WHY_CONN_LIMIT;
	conn = kmem_cache_zalloc(conn_cache, CHIM_GFP);
	if (!conn)
		return CHIM_WHY_NOMEM;
	conn->obj.ndis_handle = news->ndis_handle;
	conn->path = news->path;
	conn->c = news->c;
	conn->v = news->v;
	conn->v.flags &= CHIM_CONN_SETTINGS;
	spin_lock_init(&conn->lock);
	start_tcb(conn, news);
	why = chim_space_add(space, &conn->obj, CHIM_CONN, owner);
	if (why)
		goto free_conn;
	why = chim_space_hash(space, conn);
	if (why)
		goto del_handle;
	conn->path->obj.deps++;
	*out = conn;
	return CHIM_OK;

del_handle:
	chim_space_del(space, &conn->obj);
	chim_conn_free(conn);
	return why;
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
 * chim_conn_opens() - would these values make the advertised window larger?
 * @conn: the connection
 * @v: new values
 *
 * only a changed window counts, not the flag. An increase is offset
 * against the debt first; after the peer's FIN nothing is announced
 * (X-48).
 *
 * Context: worker; takes the connection's lock.
 * Return: true if an update to @v has something to announce (UPD-145, R-06).
 */
bool chim_conn_opens(struct chim_conn *conn, const struct chim_conn_cached *v)
{
	bool opens;

	spin_lock_bh(&conn->lock);
	opens = v->rcv_wnd > conn->v.rcv_wnd &&
		v->rcv_wnd - conn->v.rcv_wnd > conn->tcb.rcv_debt &&
		!state_fin_received(conn->tcb.state);
	spin_unlock_bh(&conn->lock);
	return opens;
}

/* D-28: opens at once, closes only as promised window is used up. */
static void move_window(struct chim_tcb *tcb, u32 old, u32 new)
{
	u32 offset;

	if (new <= old) {
		add_debt(tcb, old - new);
		return;
	}
	offset = min(tcb->rcv_debt, new - old);
	tcb->rcv_debt -= offset;
	tcb->rcv_wnd += new - old - offset;
}

/* UPD-140, UPD-142, UPD-148 to UPD-150, with D-25 and D-26. */
static void move_keepalive(struct chim_conn *conn,
			   const struct chim_conn_cached *old, u8 commands,
			   u32 now)
{
	const struct chim_conn_cached *v = &conn->v;
	bool reset = commands & (CHIM_CONN_KA_RESTART | CHIM_CONN_RT_RESTART);
	bool was_on = old->flags & CHIM_CONN_KEEPALIVE;
	bool is_on = v->flags & CHIM_CONN_KEEPALIVE;
	bool restart;

	restart = commands & CHIM_CONN_KA_RESTART;
	if (reset && v->ka_probes != old->ka_probes)
		conn->tcb.ka_probes = 0;
	if (reset && (v->ka_timeout != old->ka_timeout ||
		      v->ka_interval != old->ka_interval))
		restart = true;
	/* probes count within one run of the processing only. */
	if (commands & CHIM_CONN_KA_RESTART || is_on != was_on)
		conn->tcb.ka_probes = 0;
	if (!is_on)
		stop_keepalive(conn);
	else if (!was_on || restart)
		start_keepalive(conn, now);
}

/**
 * chim_conn_update() - replace the cached variables (UPD-140 to UPD-154)
 * @conn: the connection
 * @v: new values that chim_conn_check() found good
 * @now: current ticks
 *
 * The commands among the flags act now and are not kept (UPD-147, O-07).
 *
 * Context: worker; takes the connection's lock. Cannot fail.
 */
void chim_conn_update(struct chim_conn *conn, const struct chim_conn_cached *v,
		      u32 now)
{
	u8 commands = v->flags & CHIM_CONN_COMMANDS;
	struct chim_conn_cached old;

	spin_lock_bh(&conn->lock);
	old = conn->v;
	conn->v = *v;
	conn->v.flags &= CHIM_CONN_SETTINGS;
	move_window(&conn->tcb, old.rcv_wnd, v->rcv_wnd);
	move_keepalive(conn, &old, commands, now);
	/* UPD-143, D-27 */
	if (commands & CHIM_CONN_RT_RESTART ||
	    (v->max_rt && v->max_rt != old.max_rt))
		conn->tcb.total_rt = 0;
	spin_unlock_bh(&conn->lock);
}

/* TMR-015 to TMR-017: an overdue timer has nothing left, but it runs. */
static u32 timer_left(const struct chim_tcb *tcb, u8 timer, u32 due, u32 now)
{
	if (!(tcb->timers & timer))
		return CHIM_TICKS_NONE;
	return (s32)(due - now) > 0 ? due - now : 0;
}

/**
 * chim_conn_read() - current values (QRY-031, CON-050 to CON-060)
 * @conn: the connection
 * @now: current ticks
 * @v: filled in, or NULL
 * @d: filled in, or NULL
 *
 * Context: RCU read side or worker; takes the connection's lock.
 */
void chim_conn_read(struct chim_conn *conn, u32 now, struct chim_conn_cached *v,
		    struct chim_conn_deleg *d)
{
	const struct chim_tcb *tcb = &conn->tcb;

	spin_lock_bh(&conn->lock);
	if (v)
		*v = conn->v;
	if (d)
		*d = (struct chim_conn_deleg) {
			.state = tcb->state,
			.rcv_nxt = tcb->rcv_nxt,
			.rcv_wnd = tcb->rcv_wnd,
			.snd_una = tcb->snd_una,
			.snd_nxt = tcb->snd_nxt,
			.snd_max = tcb->snd_max,
			.snd_wnd = tcb->snd_wnd,
			.max_snd_wnd = tcb->max_snd_wnd,
			.snd_wl1 = tcb->snd_wl1,
			.cwnd = tcb->cwnd,
			.ssthresh = tcb->ssthresh,
			.ts_recent = tcb->ts_recent,
			.ts_recent_age = now - tcb->ts_recent_at,
			.ts_time = now + tcb->ts_delta,
			.total_rt = tcb->total_rt,
			.ka_left = timer_left(tcb, CHIM_TIMER_KEEPALIVE,
					      tcb->ka_due, now),
			.rt_left = timer_left(tcb, CHIM_TIMER_RETRANSMIT,
					      tcb->rt_due, now),
			.dwnd = tcb->dwnd,
			.srtt = tcb->srtt,
			.rttvar = tcb->rttvar,
			.dup_acks = tcb->dup_acks,
			.wnd_probes = tcb->wnd_probes,
			.ka_probes = tcb->ka_probes,
			.rt_count = tcb->rt_count,
		};
	spin_unlock_bh(&conn->lock);
}

/* CON-012; the field has 16 bits, so a small scale caps the window. */
static u16 scaled_window(const struct chim_conn *conn)
{
	u8 shift = 0;

	if (conn->c.flags & CHIM_CONN_WSCALE)
		shift = min_t(u8, conn->c.rcv_wscale, WSCALE_MAX);
	return min_t(u32, conn->tcb.rcv_wnd >> shift, U16_MAX);
}

/**
 * chim_conn_ack() - what an acknowledgment sent now has to say
 * @conn: the connection
 * @now: current ticks
 * @ack: filled in, all from one moment (UPD-060)
 *
 * Its sequence number is SND.MAX: SND.NXT may have been moved back to
 * retransmit, and the peer would take no window from an old number (RFC 9293,
 * section 3.10.7.4).
 *
 * Context: any but hard interrupt; takes the connection's lock.
 */
void chim_conn_ack(struct chim_conn *conn, u32 now, struct chim_ack *ack)
{
	spin_lock_bh(&conn->lock);
	ack->seq = conn->tcb.snd_max;
	ack->ack = conn->tcb.rcv_nxt;
	ack->wnd = scaled_window(conn);
	ack->timestamps = conn->c.flags & CHIM_CONN_TIMESTAMPS;
	ack->tsval = now + conn->tcb.ts_delta;
	ack->tsecr = conn->tcb.ts_recent;
	ack->flow_label = conn->v.flow_label;
	ack->lport = conn->c.lport;
	ack->rport = conn->c.rport;
	ack->ttl = conn->v.ttl;
	ack->tos = conn->v.tos;
	ack->prio = conn->v.prio;
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
 *
 * Received segments do not find it any more; its values can still be read
 * until chim_conn_free().
 *
 * Context: worker. Does not allocate.
 */
void chim_conn_end(struct chim_conn *conn)
{
	struct chim_space *space = conn->obj.owner->space;

	chim_space_unhash(space, conn);
	chim_space_del(space, &conn->obj);
	conn->path->obj.deps--;
}

static void free_conn_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(conn_cache,
			container_of(rcu, struct chim_conn, obj.rcu));
}

/**
 * chim_conn_free() - free an ended connection once no reader can have it
 * @conn: the connection
 *
 * Context: worker. Does not sleep or allocate.
 */
void chim_conn_free(struct chim_conn *conn)
{
	WARN_ON_ONCE(conn->held);
	call_rcu(&conn->obj.rcu, free_conn_rcu);
}
