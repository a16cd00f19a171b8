// SPDX-License-Identifier: GPL-2.0
/*
 * Looks for sockets that a policy wants offloaded, once a second.
 *
 * A socket is offloaded as its program would have it done, through its
 * setsockopt(). Its file is held meanwhile: a close() that has already read the
 * socket's functions would run TCP's on a socket that is offloaded.
 */
#include "host/scan.h"

#include "compat.h"
#include "host/conn.h"
#include "host/rule.h"
#include "host/why.h"

#include <linux/chimney_host.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/sock_diag.h>
#include <linux/slab.h>
#include <linux/sockptr.h>
#include <linux/wait_bit.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>

#define ULP	"chimney"
/* Seconds until the next try, after a refusal and after an upload. */
#define REFUSED_WAIT	60
#define UPLOADED_WAIT	10

/**
 * struct job - an offload to be tried
 * @work: does so
 * @rules: policies that want it
 * @sk: the socket, held
 * @cookie: its key among those that are due
 */
struct job {
	struct work_struct work;
	struct chim_host_rules *rules;
	struct sock *sk;
	unsigned long cookie;
};

static unsigned long now(void)
{
	return ktime_get_seconds();
}

static void set_due(struct chim_host_rules *rules, unsigned long cookie,
		    unsigned long due)
{
	/* Without memory it is found anew. */
	xa_store(&rules->due, cookie, xa_mk_value(due), GFP_ATOMIC);
	xa_set_mark(&rules->due, cookie, XA_MARK_0);
}

/* --- one socket ----------------------------------------------------------- */

/*
 * Whoever closes it waits for the lock before he lets go of the file. Who has the
 * lock now may keep it for long, asleep in the middle of a copy.
 */
static struct file *get_file_of(struct sock *sk)
{
	struct file *file = NULL;

	spin_lock_bh(&sk->sk_lock.slock);
	if (sock_owned_by_user_nocheck(sk))
		file = ERR_PTR(-EAGAIN);
	else if (sk->sk_socket)
		file = chim_get_file_active(&sk->sk_socket->file);
	spin_unlock_bh(&sk->sk_lock.slock);
	return file;
}

static int ask(struct sock *sk)
{
	/* Its program may set it meanwhile: whoever is mistaken is refused. */
	bool has_ulp = data_race(READ_ONCE(inet_csk(sk)->icsk_ulp_ops));
	const struct proto *prot = READ_ONCE(sk->sk_prot);
	int on = 1;

	if (has_ulp)
		return prot->setsockopt(sk, SOL_TCP, TCP_CHIMNEY,
					KERNEL_SOCKPTR(&on), sizeof(on));
	return prot->setsockopt(sk, SOL_TCP, TCP_ULP, KERNEL_SOCKPTR(ULP),
				strlen(ULP));
}

static void count(struct net *net, const struct sock *sk)
{
	struct chim_host_rule *rule;

	rcu_read_lock();
	rule = chim_host_rule_match(net, sk, CHIMNEY_HOST_ACTION_OFFLOAD);
	if (rule)
		atomic64_inc(&rule->offloads);
	rcu_read_unlock();
}

static void job_work(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);
	struct file *file = get_file_of(job->sk);
	int err;

	if (IS_ERR(file)) {
		set_due(job->rules, job->cookie, now());
	} else if (file) {
		err = ask(job->sk);
		if (!err) {
			count(job->rules->net, job->sk);
			/* It may come back before it is looked at again. */
			set_due(job->rules, job->cookie, now() + UPLOADED_WAIT);
		} else if (err == -EAGAIN) {
			set_due(job->rules, job->cookie, now());
		}
		fput(file);
	}
	sock_put(job->sk);
	if (atomic_dec_and_test(&job->rules->jobs))
		wake_up_var(&job->rules->jobs);
	kfree(job);
	/* Whoever unloads it waits for work that returns. */
	module_put(THIS_MODULE);
}

/*
 * Who owns the socket may keep it for long: until then the module is in use, or
 * unloading it would have all wait who make a namespace.
 */
static void start_job(struct chim_host_rules *rules, struct sock *sk,
		      unsigned long cookie)
{
	struct job *job;

	if (!try_module_get(THIS_MODULE))
		return;
	job = kmalloc(sizeof(*job), GFP_ATOMIC | __GFP_NOWARN);
	if (!job) {
		module_put(THIS_MODULE);
		return;
	}
	INIT_WORK(&job->work, job_work);
	job->rules = rules;
	job->sk = sk;
	job->cookie = cookie;
	sock_hold(sk);
	atomic_inc(&rules->jobs);
	chim_host_conn_queue(&job->work);
}

/* --- all sockets ---------------------------------------------------------- */

/* Not again what its own program, or somebody for it, has taken back. */
static bool may_try(const struct sock *sk, unsigned long *wait)
{
	const struct chim_host_conn *conn;

	conn = chim_host_conn_of(sk);
	*wait = conn ? UPLOADED_WAIT : 0;
	if (conn)
		return READ_ONCE(conn->state) == CHIM_HOST_NATIVE &&
		       READ_ONCE(conn->why) != CHIM_HOST_UP_ASKED;
	/* A word that TCP writes once, without saying so. */
	return !data_race(READ_ONCE(inet_csk(sk)->icsk_ulp_ops));
}

static void consider(struct chim_host_rules *rules, struct sock *sk)
{
	const struct chim_host_rule *rule;
	unsigned long cookie, wait;
	u32 halves[2];
	void *due;

	rule = chim_host_rule_match(rules->net, sk,
				    CHIMNEY_HOST_ACTION_OFFLOAD);
	if (!rule || !may_try(sk, &wait))
		return;
	wait = max_t(unsigned long, wait, rule->min_age);
	sock_diag_save_cookie(sk, halves);
	cookie = (unsigned long)halves[1] << 32 | halves[0];
	due = xa_load(&rules->due, cookie);
	if (!due && wait) {
		set_due(rules, cookie, now() + wait);
		return;
	}
	if (due && xa_to_value(due) > now()) {
		xa_set_mark(&rules->due, cookie, XA_MARK_0);
		return;
	}
	/* Not a second time while the first one is under way. */
	set_due(rules, cookie, now() + REFUSED_WAIT);
	start_job(rules, sk, cookie);
}

static bool is_one(const struct sock *sk, const struct net *net)
{
	if (!sk_fullsock(sk) || !net_eq(sock_net(sk), net) ||
	    !((1 << READ_ONCE(sk->sk_state)) &
	      (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)))
		return false;
	/* Without its lock: who offloads it looks again. */
	return data_race(READ_ONCE(sk->sk_socket));
}

/*
 * One that moves to another chain meanwhile may be missed. It will be there the
 * next time.
 */
static void scan_chain(struct chim_host_rules *rules,
		       struct inet_ehash_bucket *bucket)
{
	struct hlist_nulls_node *node;
	struct sock *sk;

	rcu_read_lock();
	sk_nulls_for_each_rcu(sk, node, &bucket->chain) {
		if (!is_one(sk, rules->net) ||
		    !refcount_inc_not_zero(&sk->sk_refcnt))
			continue;
		/* The memory may have become another socket. */
		if (is_one(sk, rules->net))
			consider(rules, sk);
		sock_gen_put(sk);
	}
	rcu_read_unlock();
}

/* Whatever has not been seen does not match any more, or is gone. */
static void forget_unseen(struct chim_host_rules *rules)
{
	unsigned long cookie;
	void *due;

	xa_for_each(&rules->due, cookie, due) {
		if (!xa_get_mark(&rules->due, cookie, XA_MARK_0))
			xa_erase(&rules->due, cookie);
		else
			xa_clear_mark(&rules->due, cookie, XA_MARK_0);
	}
}

static void scan(struct work_struct *work)
{
	struct chim_host_rules *rules = container_of(to_delayed_work(work),
						     struct chim_host_rules,
						     scan);
	struct inet_hashinfo *info = rules->net->ipv4.tcp_death_row.hashinfo;
	unsigned int i;

	for (i = 0; i <= info->ehash_mask; i++) {
		if (!hlist_nulls_empty(&info->ehash[i].chain))
			scan_chain(rules, &info->ehash[i]);
		cond_resched();
	}
	forget_unseen(rules);
	if (READ_ONCE(rules->count))
		queue_delayed_work(system_unbound_wq, &rules->scan, HZ);
}

/**
 * chim_host_scan_init() - get ready to look for sockets
 * @rules: policies of a namespace
 *
 * Context: process.
 */
void chim_host_scan_init(struct chim_host_rules *rules)
{
	INIT_DELAYED_WORK(&rules->scan, scan);
	xa_init(&rules->due);
}

/**
 * chim_host_scan_soon() - look for sockets now, and from now on
 * @rules: policies of a namespace, of which there is at least one
 *
 * Context: process, @rules' lock held.
 */
void chim_host_scan_soon(struct chim_host_rules *rules)
{
	mod_delayed_work(system_unbound_wq, &rules->scan, 0);
}

/**
 * chim_host_scan_exit() - undo chim_host_scan_init()
 * @rules: policies of a namespace, of which there is none
 *
 * Context: process, may sleep.
 */
void chim_host_scan_exit(struct chim_host_rules *rules)
{
	cancel_delayed_work_sync(&rules->scan);
	/* Of this namespace alone: others may wait for long for who owns a socket. */
	wait_var_event(&rules->jobs, !atomic_read(&rules->jobs));
	xa_destroy(&rules->due);
}
