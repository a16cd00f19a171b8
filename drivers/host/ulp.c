// SPDX-License-Identifier: GPL-2.0
/*
 * The way in: setsockopt(fd, SOL_TCP, TCP_ULP, "chimney"), and the few functions
 * of a socket that have to know of the offload. Which function a socket has
 * stays the same from then on, offloaded or not.
 */
#include "host/ulp.h"

#include "compat.h"
#include "host/conn.h"
#include "host/cork.h"
#include "host/drain.h"
#include "host/fit.h"
#include "host/follow.h"
#include "host/freeze.h"
#include "host/info.h"
#include "host/park.h"
#include "host/rule.h"
#include "host/upload.h"
#include "host/why.h"
#include "host/write.h"

#include <asm/ioctls.h>
#include <linux/chimney_host.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sockios.h>
#include <linux/sockptr.h>
#include <linux/tcp.h>
#include <linux/uaccess.h>
#include <net/tcp.h>

static bool unprivileged;
module_param(unprivileged, bool, 0644);
MODULE_PARM_DESC(unprivileged, "any program may have its sockets offloaded, not only those with CAP_NET_ADMIN");

/* Functions of sockets, per family; written once. */
static struct {
	const struct proto *base;
	struct proto prot;
} protos[2];
static DEFINE_MUTEX(protos_lock);

/**
 * chim_host_ulp_base() - what a socket's functions were before
 * @sk: a socket with the ULP, or about to get it, or that had it when a call began
 *
 * Context: any.
 * Return: those of TCP; of one that was let go meanwhile, what it has by now, which may
 *	be those of another family.
 */
const struct proto *chim_host_ulp_base(const struct sock *sk)
{
	const struct proto *prot = READ_ONCE(sk->sk_prot);
	int i;

	for (i = 0; i < ARRAY_SIZE(protos); i++)
		if (prot == &protos[i].prot)
			return protos[i].base;
	return prot;
}

/*
 * TCP goes on natively: whatever it is then asked for, it can do. The socket is owned,
 * or it could be let go any moment.
 */
static void upload(struct sock *sk, u32 why)
{
	struct chim_host_conn *conn = chim_host_conn_of(sk);

	if (conn && conn->state == CHIM_HOST_OFFLOADED)
		chim_host_upload(conn, why);
}

static void upload_unlocked(struct sock *sk, u32 why)
{
	lock_sock(sk);
	upload(sk, why);
	release_sock(sk);
}

/* NULL if the socket has been let go. To be put with chim_host_conn_put(). */
static struct chim_host_conn *get_conn(const struct sock *sk)
{
	struct chim_host_conn *conn;

	rcu_read_lock();
	conn = chim_host_conn_of(sk);
	if (conn && !refcount_inc_not_zero(&conn->refs))
		conn = NULL;
	rcu_read_unlock();
	return conn;
}

static int offload(struct chim_host_conn *conn)
{
	if (chim_host_draining())
		return chim_host_refuse(CHIM_HOST_DRAINED);
	return chim_host_offload(conn);
}

/* --- functions of sockets ------------------------------------------------- */

static void do_close(struct sock *sk, long timeout)
{
	chim_host_call_begin();
	upload_unlocked(sk, CHIM_HOST_UP_CLOSE);
	chim_host_ulp_base(sk)->close(sk, timeout);
	chim_host_call_end();
}

/* A BPF iterator owns the socket, and does not sleep. */
static bool is_left_to_worker(struct sock *sk)
{
	struct chim_host_conn *conn = chim_host_conn_of(sk);

	if (!conn || conn->state != CHIM_HOST_OFFLOADED)
		return false;
	chim_host_conn_todo(conn, CHIM_HOST_UPLOAD, CHIM_HOST_UP_CLOSE);
	return true;
}

static int do_diag_destroy(struct sock *sk, int err)
{
	int ret = -EBUSY;

	chim_host_call_begin();
	if (!has_current_bpf_ctx())
		upload_unlocked(sk, CHIM_HOST_UP_CLOSE);
	else if (is_left_to_worker(sk))
		goto end;
	ret = chim_host_ulp_base(sk)->diag_destroy(sk, err);
end:
	chim_host_call_end();
	return ret;
}

/* The socket is owned in the next two. */
static int do_disconnect(struct sock *sk, int flags)
{
	int ret;

	chim_host_call_begin();
	upload(sk, CHIM_HOST_UP_CLOSE);
	ret = chim_host_ulp_base(sk)->disconnect(sk, flags);
	chim_host_call_end();
	return ret;
}

static void do_shutdown(struct sock *sk, int how)
{
	chim_host_call_begin();
	if (how & SEND_SHUTDOWN)
		upload(sk, CHIM_HOST_UP_CLOSE);
	chim_host_ulp_base(sk)->shutdown(sk, how);
	chim_host_call_end();
}

static int set_offload(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	struct chim_host_conn *conn;
	int val, err = 0;

	if (optlen < sizeof(val))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	lock_sock(sk);
	conn = chim_host_conn_of(sk);
	/* It was let go, or has listened meanwhile. */
	if (!conn || (val && sk->sk_prot == chim_host_ulp_base(sk)))
		err = -ENOPROTOOPT;
	else if (!val)
		upload(sk, CHIM_HOST_UP_ASKED);
	else if (conn->state == CHIM_HOST_NATIVE)
		err = offload(conn);
	release_sock(sk);
	return err;
}

/* What the target has no variable for. */
static bool for_tcp_alone(int level, int optname)
{
	if (level != SOL_TCP)
		return false;
	switch (optname) {
	case TCP_MD5SIG:
	case TCP_MD5SIG_EXT:
	case TCP_REPAIR:
	case TCP_TX_DELAY:
		return true;
	}
	return false;
}

static int set_option(struct sock *sk, int level, int optname, sockptr_t optval,
		      unsigned int optlen)
{
	struct chim_host_conn *conn;
	int err;

	if (level == SOL_TCP && optname == TCP_CHIMNEY)
		return set_offload(sk, optval, optlen);
	if (for_tcp_alone(level, optname))
		upload_unlocked(sk, CHIM_HOST_UP_OPTION);
	err = chim_host_ulp_base(sk)->setsockopt(sk, level, optname, optval,
						 optlen);
	if (level == SOL_TCP && optname == TCP_CORK)
		chim_host_uncork(sk);
	conn = get_conn(sk);
	if (!conn)
		return err;
	if (READ_ONCE(conn->state) == CHIM_HOST_OFFLOADED)
		chim_host_follow_set(conn);
	chim_host_conn_put(conn);
	return err;
}

static int do_setsockopt(struct sock *sk, int level, int optname,
			 sockptr_t optval, unsigned int optlen)
{
	int err;

	chim_host_call_begin();
	err = set_option(sk, level, optname, optval, optlen);
	chim_host_call_end();
	return err;
}

/* @len bytes, or as many as there is room for. */
static int give(const void *from, int len, char __user *optval,
		int __user *optlen)
{
	int room;

	if (get_user(room, optlen))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	len = min(len, room);
	if (put_user(len, optlen) || copy_to_user(optval, from, len))
		return -EFAULT;
	return 0;
}

static int get_standing(const struct chim_host_conn *conn,
			char __user *optval, int __user *optlen)
{
	struct tcp_chimney_info info = {};

	chim_host_info_standing(conn, &info);
	return give(&info, sizeof(info), optval, optlen);
}

/* TCP looks twice whether there is a ULP, since no other goes from a socket that lives. */
static int get_name(const struct sock *sk, char __user *optval,
		    int __user *optlen)
{
	const struct tcp_ulp_ops *ops;

	/* A word that TCP writes without saying so. */
	ops = data_race(READ_ONCE(inet_csk(sk)->icsk_ulp_ops));
	if (!ops)
		return give("", 0, optval, optlen);
	return give(ops->name, sizeof(ops->name), optval, optlen);
}

static bool is_known(int level, int optname)
{
	return level == SOL_TCP &&
	       (optname == TCP_INFO || optname == TCP_CHIMNEY);
}

static int do_getsockopt(struct sock *sk, int level, int optname,
			 char __user *optval, int __user *optlen)
{
	struct chim_host_conn *conn = NULL;
	int err;

	chim_host_call_begin();
	if (is_known(level, optname))
		conn = get_conn(sk);
	if (level == SOL_TCP && optname == TCP_ULP)
		err = get_name(sk, optval, optlen);
	else if (!conn)
		err = chim_host_ulp_base(sk)->getsockopt(sk, level, optname,
							 optval, optlen);
	else if (optname == TCP_INFO)
		err = chim_host_info_get(conn, optval, optlen);
	else
		err = get_standing(conn, optval, optlen);
	if (conn)
		chim_host_conn_put(conn);
	chim_host_call_end();
	return err;
}

/* What has been acknowledged is counted request by request, if nobody asks. */
static int ask_first(struct chim_host_conn *conn, int cmd, chim_ioctl_t arg)
{
	struct sock *sk = conn->sk;
	TCP_OFFLOAD_STATE_DELEGATED d;

	switch (cmd) {
	case SIOCOUTQ:
		chim_host_info_ask(conn, NULL);
		break;
	case SIOCOUTQNSD:
		if (chim_host_info_ask(conn, &d))
			return chim_ioctl_put(READ_ONCE(tcp_sk(sk)->write_seq) -
					      d.SndMax, arg);
		break;
	}
	return chim_host_ulp_base(sk)->ioctl(sk, cmd, arg);
}

static int do_ioctl(struct sock *sk, int cmd, chim_ioctl_t arg)
{
	struct chim_host_conn *conn;
	int ret;

	chim_host_call_begin();
	conn = get_conn(sk);
	if (conn) {
		ret = ask_first(conn, cmd, arg);
		chim_host_conn_put(conn);
	} else {
		ret = chim_host_ulp_base(sk)->ioctl(sk, cmd, arg);
	}
	chim_host_call_end();
	return ret;
}

/*
 * A socket that was disconnected can listen. Requests and what becomes of them get the
 * functions of their listener, and may outlive it, and the module: from then on, it has
 * those of TCP. Its owner does not come through ours when he leaves.
 */
static int do_hash(struct sock *sk)
{
	const struct proto *base = chim_host_ulp_base(sk);

	if (sk->sk_state == TCP_LISTEN) {
		WRITE_ONCE(sk->sk_prot, (struct proto *)base);
		chim_host_conn_left(sk);
	}
	return base->hash(sk);
}

static void build(struct proto *prot, const struct proto *base)
{
	*prot = *base;
	prot->close = do_close;
	prot->disconnect = do_disconnect;
	prot->shutdown = do_shutdown;
	prot->setsockopt = do_setsockopt;
	prot->getsockopt = do_getsockopt;
	prot->ioctl = do_ioctl;
	prot->hash = do_hash;
	prot->release_cb = chim_host_release_cb;
	if (base->sendmsg == tcp_sendmsg)
		prot->sendmsg = chim_host_sendmsg;
	if (base->diag_destroy)
		prot->diag_destroy = do_diag_destroy;
}

/* NULL if this is not TCP as it was when we first saw it. */
static struct proto *proto_for(const struct sock *sk)
{
	int i = sk->sk_family == AF_INET6;
	struct proto *prot = NULL;

	if (!sk->sk_prot->release_cb ||
	    strcmp(sk->sk_prot->name, i ? "TCPv6" : "TCP"))
		return NULL;
	mutex_lock(&protos_lock);
	if (!protos[i].base) {
		build(&protos[i].prot, sk->sk_prot);
		protos[i].base = sk->sk_prot;
	}
	if (protos[i].base == sk->sk_prot)
		prot = &protos[i].prot;
	mutex_unlock(&protos_lock);
	return prot;
}

/* --- the ULP -------------------------------------------------------------- */

static bool allowed(const struct sock *sk)
{
	const struct net *net = sock_net(sk);
	bool by_rule;

	rcu_read_lock();
	by_rule = chim_host_rule_match(net, sk, CHIMNEY_HOST_ACTION_ALLOW);
	rcu_read_unlock();
	return by_rule || READ_ONCE(unprivileged) ||
	       ns_capable(net->user_ns, CAP_NET_ADMIN);
}

static int attach(struct sock *sk, struct proto *prot)
{
	struct chim_host_conn *conn = chim_host_conn_new(sk);
	int err;

	if (!conn)
		return chim_host_refuse(CHIM_HOST_MEMORY);
	/* Its segments are known by that. TCP is not to see a name which may go again. */
	chim_host_conn_set(sk, conn);
	err = offload(conn);
	if (err) {
		chim_host_conn_set(sk, NULL);
		chim_host_conn_free(conn);
		return err;
	}
	WRITE_ONCE(sk->sk_prot, prot);
	return 0;
}

static int init(struct sock *sk)
{
	enum chim_host_why why = chim_host_fit_kind(sk);
	/* One whose functions are somebody's is not to be seen first. */
	struct proto *prot = why ? NULL : proto_for(sk);

	/*
	 * TCP has taken this from the socket, since a ULP might not be able to. Here
	 * TCP goes on to do it itself, and also where the offload is refused.
	 */
	if (prot)
		set_bit(SOCK_SUPPORT_ZC, &sk->sk_socket->flags);
	if (!allowed(sk))
		return chim_host_refuse(CHIM_HOST_POLICY);
	if (!prot)
		return chim_host_refuse(why ?: CHIM_HOST_USED);
	return attach(sk, prot);
}

/*
 * The socket is gone, or as good as. Its functions are what they were: the one
 * that destroys it looks at them after the module has been let go of. One that has
 * listened has them already, and may be of another family by now.
 */
static void release(struct sock *sk)
{
	struct chim_host_conn *conn = chim_host_conn_of(sk);

	if (WARN_ON_ONCE(conn->state != CHIM_HOST_NATIVE))
		return;
	WRITE_ONCE(sk->sk_prot, (struct proto *)chim_host_ulp_base(sk));
	chim_host_conn_set(sk, NULL);
	chim_host_conn_free(conn);
}

/*
 * What a listener accepts is a connection of TCP's like any other. The listener was
 * uploaded when it was disconnected.
 */
static void clone(const struct request_sock *req, struct sock *newsk,
		  const gfp_t priority)
{
	struct inet_connection_sock *icsk = inet_csk(newsk);

	icsk->icsk_ulp_ops = NULL;
	RCU_INIT_POINTER(icsk->icsk_ulp_data, NULL);
}

static struct tcp_ulp_ops ulp = {
	.name = "chimney",
	.owner = THIS_MODULE,
	.init = init,
	.release = release,
	.get_info = chim_host_info_put,
	.get_info_size = chim_host_info_size,
};

/* Its name is what ss(8) shows of a socket that has the ULP and is not offloaded. */
static struct tcp_ulp_ops ulp_native = {
	.name = "chimney-native",
	.owner = THIS_MODULE,
	.release = release,
	.clone = clone,
	.get_info = chim_host_info_put,
	.get_info_size = chim_host_info_size,
};

/**
 * chim_host_ulp_name() - have a socket's ULP say whose the connection is
 * @sk: a socket with the ULP, or about to get it
 * @offloaded: whose
 *
 * Context: process, socket owned.
 */
void chim_host_ulp_name(struct sock *sk, bool offloaded)
{
	WRITE_ONCE(inet_csk(sk)->icsk_ulp_ops, offloaded ? &ulp : &ulp_native);
}

/**
 * chim_host_ulp_let_go() - a socket is TCP's alone, as if it had never had the ULP
 * @conn: what was its host's side, and is freed
 *
 * It can have the ULP again.
 *
 * Context: process, may sleep; socket owned.
 */
void chim_host_ulp_let_go(struct chim_host_conn *conn)
{
	struct sock *sk = conn->sk;
	const struct proto *base = chim_host_ulp_base(sk);

	/* It may have gone, or gone and come back. */
	if (chim_host_conn_of(sk) != conn || !chim_host_draining())
		return;
	upload(sk, CHIM_HOST_UP_DRAINED);
	chim_host_drain_owe();
	/* What listens may be cloned meanwhile: clone() sees a name, and clears both. */
	chim_host_conn_set(sk, NULL);
	/* As long as there is a name, the data have gone first. */
	smp_store_release(&inet_csk(sk)->icsk_ulp_ops, NULL);
	/* TCP is not asked for the name until there is none. */
	smp_store_release(&sk->sk_prot, (struct proto *)base);
	chim_host_conn_free(conn);
}

/**
 * chim_host_ulp_init() - let programs in
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chim_host_ulp_init(void)
{
	return tcp_register_ulp(&ulp);
}

/**
 * chim_host_ulp_exit() - undo chim_host_ulp_init(); no socket is left
 *
 * Context: process, may sleep.
 */
void chim_host_ulp_exit(void)
{
	tcp_unregister_ulp(&ulp);
	/* A timer that found nothing to do. */
	synchronize_rcu();
	/*
	 * A thread that has closed the last socket may still be on its way out
	 * of do_close(). It does not sleep there any more.
	 */
	synchronize_rcu_tasks();
}
