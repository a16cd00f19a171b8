// SPDX-License-Identifier: GPL-2.0
/* The connections: a table, references, and what callbacks leave to be done. */
#include "client.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/xarray.h>

static DEFINE_XARRAY_ALLOC1(conns);
static struct workqueue_struct *workqueue;

/**
 * chimc_conn_put() - a reference less
 * @conn: the connection
 *
 * Context: any.
 */
void chimc_conn_put(struct chimc_conn *conn)
{
	if (refcount_dec_and_test(&conn->refs))
		kfree_rcu(conn, rcu);
}

/* A cycle that was asked for when all is over is none. */
static void upload(struct chimc_conn *conn)
{
	mutex_lock(&conn->mutex);
	if (test_and_clear_bit(CHIMC_WORK_UPLOAD, &conn->work_bits)) {
		clear_bit(CHIMC_WORK_CYCLE, &conn->work_bits);
		chimc_conn_terminate(conn);
	} else if (test_and_clear_bit(CHIMC_WORK_CYCLE, &conn->work_bits)) {
		chimc_conn_cycle(conn);
	}
	mutex_unlock(&conn->mutex);
}

static void work(struct work_struct *work)
{
	struct chimc_conn *conn = container_of(work, struct chimc_conn, work);

	if (test_and_clear_bit(CHIMC_WORK_RETURN, &conn->work_bits))
		chimc_receive_return(conn);
	if (test_and_clear_bit(CHIMC_WORK_POST, &conn->work_bits))
		chimc_flow_pump(conn);
	upload(conn);
	if (test_and_clear_bit(CHIMC_WORK_RELEASE, &conn->work_bits))
		chimc_conn_release(conn);
	chimc_conn_put(conn);
}

/**
 * chimc_conn_task() - have something done in process context
 * @conn: the connection
 * @bit: CHIMC_WORK_*
 *
 * Context: any.
 */
void chimc_conn_task(struct chimc_conn *conn, unsigned int bit)
{
	set_bit(bit, &conn->work_bits);
	refcount_inc(&conn->refs);
	if (!queue_work(workqueue, &conn->work))
		chimc_conn_put(conn);
}

static void init_lists(struct chimc_conn *conn)
{
	INIT_LIST_HEAD(&conn->send_free);
	INIT_LIST_HEAD(&conn->sends);
	INIT_LIST_HEAD(&conn->rest);
	INIT_LIST_HEAD(&conn->recv_free);
	INIT_LIST_HEAD(&conn->recvs);
	INIT_LIST_HEAD(&conn->forwards);
}

/**
 * chimc_conn_new() - a connection to be held
 * @net: namespace
 * @portid: of the program
 *
 * Context: process, may sleep.
 * Return: the connection, with a reference for the caller, or an ERR_PTR().
 */
struct chimc_conn *chimc_conn_new(struct net *net, u32 portid)
{
	struct chimc_conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL);
	int err;

	if (!conn)
		return ERR_PTR(-ENOMEM);
	/* One for the table, one for the caller. */
	refcount_set(&conn->refs, 2);
	conn->portid = portid;
	conn->tuple.net = net;
	conn->state = CHIMC_HELD;
	conn->stopping = true;
	conn->r.bad = CHIMC_ALL_GOOD;
	conn->r.fin_status = ~0;
	conn->peer_fin_at = U64_MAX;
	mutex_init(&conn->mutex);
	spin_lock_init(&conn->lock);
	init_waitqueue_head(&conn->idle);
	INIT_WORK(&conn->work, work);
	init_lists(conn);
	err = xa_alloc(&conns, &conn->id, conn, xa_limit_31b, GFP_KERNEL);
	if (err) {
		kfree(conn);
		return ERR_PTR(err);
	}
	return conn;
}

/**
 * chimc_conn_get() - find a connection
 * @net: namespace
 * @id: its number
 *
 * Context: process.
 * Return: the connection, with a reference for the caller, or NULL.
 */
struct chimc_conn *chimc_conn_get(struct net *net, u32 id)
{
	struct chimc_conn *conn;

	rcu_read_lock();
	conn = xa_load(&conns, id);
	if (conn && (!net_eq(conn->tuple.net, net) ||
		     !refcount_inc_not_zero(&conn->refs)))
		conn = NULL;
	rcu_read_unlock();
	return conn;
}

/**
 * chimc_conn_release() - forget a connection, whatever it does
 * @conn: the connection
 *
 * Context: process, may sleep. Does nothing the second time.
 */
void chimc_conn_release(struct chimc_conn *conn)
{
	if (xa_cmpxchg(&conns, conn->id, conn, NULL, 0) != conn)
		return;
	mutex_lock(&conn->mutex);
	chimc_conn_terminate(conn);
	chimc_receive_return(conn);
	chimc_unhold(conn);
	/* Work that was queued may still look at it. */
	clear_bit(CHIMC_WORK_UPLOAD, &conn->work_bits);
	clear_bit(CHIMC_WORK_CYCLE, &conn->work_bits);
	chimc_flow_free(conn);
	kvfree(conn->give[0]);
	kvfree(conn->give[1]);
	conn->give[0] = NULL;
	conn->give[1] = NULL;
	mutex_unlock(&conn->mutex);
	chimc_bind_put(conn->bind);
	chimc_conn_put(conn);
}

/**
 * chimc_conn_for_bind() - a task for all connections of an adapter
 * @bind: the adapter
 * @bit: CHIMC_WORK_*
 *
 * Context: process.
 */
void chimc_conn_for_bind(struct chimc_bind *bind, unsigned int bit)
{
	struct chimc_conn *conn;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&conns, id, conn) {
		if (READ_ONCE(conn->bind) != bind ||
		    !refcount_inc_not_zero(&conn->refs))
			continue;
		chimc_told(conn, CHIMC_EV_ALL);
		chimc_conn_task(conn, bit);
		chimc_conn_put(conn);
	}
	rcu_read_unlock();
}

/**
 * chimc_conn_for_port() - a program has ended, or closed its socket
 * @net: namespace
 * @portid: of the program
 *
 * Context: process.
 */
void chimc_conn_for_port(struct net *net, u32 portid)
{
	struct chimc_conn *conn;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&conns, id, conn) {
		if (!net_eq(conn->tuple.net, net) || conn->portid != portid ||
		    !refcount_inc_not_zero(&conn->refs))
			continue;
		chimc_conn_task(conn, CHIMC_WORK_RELEASE);
		chimc_conn_put(conn);
	}
	rcu_read_unlock();
}

/**
 * chimc_conn_release_all() - forget all connections of a namespace
 * @net: namespace, or NULL for all
 *
 * Context: process, may sleep.
 */
void chimc_conn_release_all(struct net *net)
{
	struct chimc_conn *conn;
	unsigned long id;

	xa_for_each(&conns, id, conn)
		if (!net || net_eq(conn->tuple.net, net))
			chimc_conn_task(conn, CHIMC_WORK_RELEASE);
	flush_workqueue(workqueue);
}

/**
 * chimc_life_init() - get ready
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int chimc_life_init(void)
{
	workqueue = alloc_workqueue("chimney_client", WQ_UNBOUND, 64);
	return workqueue ? 0 : -ENOMEM;
}

/**
 * chimc_life_exit() - undo chimc_life_init()
 *
 * Context: process, may sleep; no connection is left.
 */
void chimc_life_exit(void)
{
	destroy_workqueue(workqueue);
	WARN_ON(!xa_empty(&conns));
	rcu_barrier();
}
