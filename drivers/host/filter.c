// SPDX-License-Identifier: GPL-2.0
/*
 * Rules of the IP layer. What the target sends and receives passes by the hooks of
 * netfilter and the programs of control groups. So a connection whose packets would
 * have to pass them is not offloaded, or not any longer.
 *
 * The kernel tells nobody of new hooks and programs. So while a namespace has
 * connections that are offloaded, they are looked for once a second; with them
 * policies of IPsec, options that are set without the socket's lock, and connections
 * on which nothing goes on.
 */
#include "host/filter.h"

#include "host/conn.h"
#include "host/fit.h"
#include "host/follow.h"
#include "host/recv.h"

#include <linux/bpf-cgroup.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/sock.h>

static bool bypass_rules;
module_param(bypass_rules, bool, 0644);
MODULE_PARM_DESC(bypass_rules, "packets of offloaded connections need not pass rules of nf_tables, iptables and control groups");

/**
 * struct filter_net - the look-out of a namespace
 * @net: the namespace
 * @users: connections that are offloaded, or about to be
 * @work: looks while there are some
 */
struct filter_net {
	struct net *net;
	atomic_t users;
	struct delayed_work work;
};

static unsigned int net_id;

/* --- hooks of netfilter --------------------------------------------------- */

/* Where a packet of a local socket comes by. */
static const unsigned int places[] = {
	NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN, NF_INET_LOCAL_OUT,
	NF_INET_POST_ROUTING,
};

/* The tables of iptables. IPv6 has the same. */
static bool is_table(int priority)
{
	switch (priority) {
	case NF_IP_PRI_RAW_BEFORE_DEFRAG:
	case NF_IP_PRI_RAW:
	case NF_IP_PRI_MANGLE:
	case NF_IP_PRI_FILTER:
	case NF_IP_PRI_SECURITY:
		return true;
	}
	return false;
}

/*
 * Where the kernel has hooks that let segments of a connection pass as they are:
 * reassembly, labels of security modules, connection tracking, NAT. What is
 * translated is refused for that. And ours.
 */
static bool is_harmless(const struct nf_hook_ops *ops)
{
	switch (ops->priority) {
	case NF_IP_PRI_CONNTRACK_DEFRAG:
	case NF_IP_PRI_SELINUX_FIRST:
	case NF_IP_PRI_CONNTRACK:
	case NF_IP_PRI_NAT_DST:
	case NF_IP_PRI_NAT_SRC:
	case NF_IP_PRI_SELINUX_LAST:
	case NF_IP_PRI_CONNTRACK_HELPER:
	case NF_IP_PRI_LAST:
		return true;
	/* Connection tracking's, too. Of IPv4 it is the SYN proxy's. */
	case NF_IP6_PRI_LAST - 1:
		return ops->pf == NFPROTO_IPV6;
	}
	return false;
}

/* Only nf_tables and BPF say what they are. Whatever is not known counts. */
static enum chim_host_why judge(const struct nf_hook_ops *ops)
{
	/* It is gone, and there was no memory for an array without it. */
	if (ops->pf == NFPROTO_UNSPEC)
		return CHIM_HOST_FITS;
	if (ops->hook_ops_type != NF_HOOK_OP_UNDEFINED ||
	    is_table(ops->priority))
		return READ_ONCE(bypass_rules) ? CHIM_HOST_FITS :
						 CHIM_HOST_RULES;
	return is_harmless(ops) ? CHIM_HOST_FITS : CHIM_HOST_HOOKS;
}

/* Called under RCU. */
static enum chim_host_why judge_all(const struct nf_hook_entries *entries)
{
	enum chim_host_why why = CHIM_HOST_FITS;
	struct nf_hook_ops **ops;
	unsigned int i;

	if (!entries)
		return why;
	ops = nf_hook_entries_get_hook_ops(entries);
	for (i = 0; i < entries->num_hook_entries && !why; i++)
		why = judge(READ_ONCE(ops[i]));
	return why;
}

/* What is in a chain or table does not matter. */
static enum chim_host_why hooks(const struct net *net, bool v4)
{
	struct nf_hook_entries __rcu * const *heads = v4 ? net->nf.hooks_ipv4 :
							   net->nf.hooks_ipv6;
	enum chim_host_why why = CHIM_HOST_FITS;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(places) && !why; i++)
		why = judge_all(rcu_dereference(heads[places[i]]));
	rcu_read_unlock();
	return why;
}

/* --- programs of control groups ------------------------------------------- */

#ifdef CONFIG_CGROUP_BPF
static bool has_program(struct sock *sk, enum cgroup_bpf_attach_type type)
{
	return cgroup_bpf_sock_enabled(sk, type);
}

/* A socket stays in the group in which it was made. */
static enum chim_host_why programs(struct sock *sk)
{
	bool some = (cgroup_bpf_enabled(CGROUP_INET_INGRESS) &&
		     has_program(sk, CGROUP_INET_INGRESS)) ||
		    (cgroup_bpf_enabled(CGROUP_INET_EGRESS) &&
		     has_program(sk, CGROUP_INET_EGRESS));

	return some && !READ_ONCE(bypass_rules) ? CHIM_HOST_CGROUP :
						  CHIM_HOST_FITS;
}
#else
static enum chim_host_why programs(struct sock *sk)
{
	return CHIM_HOST_FITS;
}
#endif

/**
 * chim_host_filter() - have packets of a socket to pass rules of the IP layer?
 * @sk: the socket
 *
 * Context: any but hard interrupts; the socket exists.
 * Return: CHIM_HOST_FITS, or what they have to pass.
 */
enum chim_host_why chim_host_filter(struct sock *sk)
{
	return hooks(sock_net(sk), chim_host_is_v4(sk)) ?: programs(sk);
}

/* --- the look-out --------------------------------------------------------- */

/* A connection on its way to the target is not there yet, and looked at next time. */
static bool due(const struct chim_host_conn *conn)
{
	return READ_ONCE(conn->state) == CHIM_HOST_OFFLOADED &&
	       (chim_host_follow_first(conn) || chim_host_follow_stuck(conn) ||
		chim_host_follow_changed(conn) || chim_host_lift_due(conn) ||
		chim_host_fit_options(conn->sk) ||
		chim_host_filter(conn->sk));
}

static void work(struct work_struct *work)
{
	struct filter_net *fn = container_of(to_delayed_work(work),
					     struct filter_net, work);

	if (!atomic_read(&fn->users))
		return;
	chim_host_conn_follow_all(fn->net, due);
	queue_delayed_work(system_unbound_wq, &fn->work, HZ);
}

/**
 * chim_host_filter_get() - look out for new rules from now on
 * @net: namespace of a socket that is to be offloaded, and then asked about
 *
 * Context: process.
 */
void chim_host_filter_get(struct net *net)
{
	struct filter_net *fn = net_generic(net, net_id);

	atomic_inc(&fn->users);
	queue_delayed_work(system_unbound_wq, &fn->work, HZ);
}

/**
 * chim_host_filter_put() - undo chim_host_filter_get()
 * @net: the namespace
 *
 * Context: any.
 */
void chim_host_filter_put(struct net *net)
{
	struct filter_net *fn = net_generic(net, net_id);

	atomic_dec(&fn->users);
}

static int __net_init net_init(struct net *net)
{
	struct filter_net *fn = net_generic(net, net_id);

	fn->net = net;
	INIT_DELAYED_WORK(&fn->work, work);
	return 0;
}

/* Sockets hold their namespace: nobody uses it. */
static void __net_exit net_exit(struct net *net)
{
	struct filter_net *fn = net_generic(net, net_id);

	cancel_delayed_work_sync(&fn->work);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &net_id,
	.size = sizeof(struct filter_net),
};

/**
 * chim_host_filter_init() - get ready
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chim_host_filter_init(void)
{
	return register_pernet_subsys(&net_ops);
}

/**
 * chim_host_filter_exit() - undo chim_host_filter_init(); no socket is left
 *
 * Context: process, may sleep.
 */
void chim_host_filter_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}
