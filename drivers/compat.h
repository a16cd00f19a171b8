/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kernels differ in. Kbuild looks for each of these in the kernel's headers
 * and defines CHIM_HAVE_...; a version would tell little, since distributions
 * take changes into older kernels.
 */
#ifndef CHIM_COMPAT_H
#define CHIM_COMPAT_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/shrinker.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/uaccess.h>
#include <net/genetlink.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>

#ifdef CHIM_HAVE_UNALIGNED
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* sk_under_memory_pressure() */
#ifdef CHIM_HAVE_PROTO_MEMORY
#include <net/proto_memory.h>
#endif

/* Who is told when an skb lets go of foreign pages, in an initializer. */
#ifdef CHIM_HAVE_UBUF_OPS
#define CHIM_UBUF_COMPLETE(func)					\
	.ops = &(const struct ubuf_info_ops){ .complete = (func) }
#else
#define CHIM_UBUF_COMPLETE(func)	.callback = (func)
#endif

/* What a socket's ioctl() is given: where the answer goes. */
#ifdef CHIM_HAVE_SK_IOCTL
typedef int *chim_ioctl_t;
#else
typedef unsigned long chim_ioctl_t;
#endif

/**
 * chim_ioctl_put() - answer an ioctl() of a socket
 * @val: the answer
 * @arg: where it goes
 *
 * Context: process, may sleep.
 * Return: 0 or -EFAULT.
 */
static inline int chim_ioctl_put(int val, chim_ioctl_t arg)
{
#ifdef CHIM_HAVE_SK_IOCTL
	*arg = val;
	return 0;
#else
	return put_user(val, (int __user *)arg);
#endif
}

/**
 * chim_shrinker_add() - let the kernel take memory back
 * @count: how much there is
 * @scan: gives some back
 * @name: of the shrinker
 *
 * Context: process, may sleep.
 * Return: the shrinker, or NULL.
 */
static inline struct shrinker *
chim_shrinker_add(unsigned long (*count)(struct shrinker *,
					 struct shrink_control *),
		  unsigned long (*scan)(struct shrinker *,
					struct shrink_control *),
		  const char *name)
{
	struct shrinker *shrinker;

#ifdef CHIM_HAVE_SHRINKER_ALLOC
	shrinker = shrinker_alloc(0, "%s", name);
#else
	shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);
#endif
	if (!shrinker)
		return NULL;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker->seeks = DEFAULT_SEEKS;
#ifdef CHIM_HAVE_SHRINKER_ALLOC
	shrinker_register(shrinker);
#else
	if (register_shrinker(shrinker, "%s", name)) {
		kfree(shrinker);
		return NULL;
	}
#endif
	return shrinker;
}

/**
 * chim_shrinker_del() - undo chim_shrinker_add()
 * @shrinker: the shrinker
 *
 * Context: process, may sleep.
 */
static inline void chim_shrinker_del(struct shrinker *shrinker)
{
#ifdef CHIM_HAVE_SHRINKER_ALLOC
	shrinker_free(shrinker);
#else
	unregister_shrinker(shrinker);
	kfree(shrinker);
#endif
}

/**
 * chim_dump_attrs() - attributes of the request for a dump
 * @cb: dump
 *
 * Context: process.
 * Return: the attributes, by type.
 */
static inline struct nlattr **chim_dump_attrs(struct netlink_callback *cb)
{
#ifdef CHIM_HAVE_GENL_INFO_DUMP
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/**
 * chim_tcp_usec_ts() - are a connection's timestamps in microseconds?
 * @tp: the connection
 *
 * Context: any.
 * Return: whether they are.
 */
static inline bool chim_tcp_usec_ts(const struct tcp_sock *tp)
{
#ifdef CHIM_HAVE_TCP_USEC_TS
	return tp->tcp_usec_ts;
#else
	return false;
#endif
}

/**
 * chim_keepalive_timer() - which timer of a socket is it?
 * @sk: of TCP
 *
 * Context: any.
 * Return: the timer, which inet_csk_reset_keepalive_timer() arms.
 */
static inline struct timer_list *chim_keepalive_timer(struct sock *sk)
{
#ifdef CHIM_HAVE_KEEPALIVE_TIMER
	return &inet_csk(sk)->icsk_keepalive_timer;
#else
	return &sk->sk_timer;
#endif
}

#if IS_ENABLED(CONFIG_IPV6)
/**
 * chim_autoflowlabel() - has a socket flow labels of its own?
 * @sk: of IPv6
 *
 * Context: any.
 * Return: what the program has chosen, or else what is usual.
 */
static inline bool chim_autoflowlabel(const struct sock *sk)
{
#ifdef CHIM_HAVE_AUTOFLOWLABEL_BIT
	if (inet_test_bit(AUTOFLOWLABEL_SET, sk))
		return inet_test_bit(AUTOFLOWLABEL, sk);
#else
	const struct ipv6_pinfo *np = inet6_sk(sk);

	if (np->autoflowlabel_set)
		return np->autoflowlabel;
#endif
	return ip6_default_np_autolabel(sock_net(sk));
}
#endif

/**
 * chim_get_file_active() - hold a file, unless it is being closed
 * @file: where it is; it is not freed meanwhile
 *
 * Context: process.
 * Return: the file, to be put with fput(), or NULL.
 */
static inline struct file *chim_get_file_active(struct file **file)
{
#ifdef CHIM_HAVE_GET_FILE_ACTIVE
	return get_file_active(file);
#else
	struct file *f = READ_ONCE(*file);

	return f && get_file_rcu(f) ? f : NULL;
#endif
}

#endif /* CHIM_COMPAT_H */
