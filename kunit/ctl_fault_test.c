// SPDX-License-Identifier: GPL-2.0
/*
 * Commands over netlink whose memory runs out, at every allocation of the sender's
 * task in turn. Either nothing has happened and the sender is told that memory is
 * short, or it has been done as if memory had never been.
 */
#include "fault.h"
#include "lists.h"

#include "ctl/client.h"
#include "ctl/netlink.h"

#include <uapi/linux/chimney.h>

#include <linux/net.h>
#include <net/genetlink.h>
#include <net/sock.h>

#define ROOM	8192

/**
 * struct ct - a sender of commands
 * @fx: the fixture, whose adapter they are about
 * @request: the command
 * @answer: what came back last
 * @reason: what was said of an error
 * @handle: of the object in the last answer, 0 if there was none
 * @status: of it
 * @failures: commands that failed
 */
struct ct {
	struct fx *fx;
	struct sk_buff *request;
	u8 *answer;
	const char *reason;
	u64 handle;
	u32 status;
	int failures;
};

static struct ct *ct_new(struct kunit *test)
{
	struct ct *ct = kunit_kzalloc(test, sizeof(*ct), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ct);
	ct->fx = test->priv;
	ct->answer = kunit_kzalloc(test, ROOM, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ct->answer);
	return ct;
}

/* Begins a command that names the fixture's device, or a dump that does not. */
static struct sk_buff *command(struct ct *ct, u8 cmd, int flags)
{
	kfree_skb(ct->request);
	ct->request = genlmsg_new(ROOM / 2, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(ct->fx->test, ct->request);
	genlmsg_put(ct->request, 0, 1, &chim_ctl_family, NLM_F_REQUEST | flags,
		    cmd);
	if (!flags)
		nla_put_u32(ct->request, CHIMNEY_A_OPERATION_IFINDEX,
			    ct->fx->dev->ifindex);
	return ct->request;
}

static void put_handle(struct sk_buff *skb, u64 handle)
{
	nla_put(skb, CHIMNEY_A_OPERATION_HANDLE, sizeof(u64), &handle);
}

static void read_object(struct ct *ct, const struct nlmsghdr *nlh)
{
	const struct nlattr *object, *attr;

	object = nlmsg_find_attr((struct nlmsghdr *)nlh, GENL_HDRLEN,
				 CHIMNEY_A_OPERATION_OBJECT);
	if (!object)
		return;
	attr = nla_find_nested(object, CHIMNEY_A_OBJECT_HANDLE);
	ct->handle = attr ? nla_get_u64(attr) : 0;
	attr = nla_find_nested(object, CHIMNEY_A_OBJECT_STATUS);
	ct->status = attr ? nla_get_u32(attr) : 0;
}

/* What follows the header that came with the request, which is not repeated. */
static void read_error(struct ct *ct, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr = NULL;

	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		attr = nla_find((void *)nlh + NLMSG_HDRLEN +
				sizeof(struct nlmsgerr),
				nlh->nlmsg_len - NLMSG_HDRLEN -
				sizeof(struct nlmsgerr), NLMSGERR_ATTR_MSG);
	ct->reason = attr ? nla_data(attr) : NULL;
}

/* The messages that lie in the answer; 1 if there are more to come. */
static int read_messages(struct ct *ct, int len)
{
	const struct nlmsghdr *nlh = (void *)ct->answer;

	for (; nlmsg_ok(nlh, len); nlh = nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			read_error(ct, nlh);
			return ((struct nlmsgerr *)nlmsg_data(nlh))->error;
		}
		if (nlh->nlmsg_type == NLMSG_DONE)
			return *(int *)nlmsg_data(nlh);
		read_object(ct, nlh);
	}
	return 1;
}

static int receive(struct ct *ct, struct socket *sock)
{
	int err;

	do {
		struct kvec vec = { .iov_base = ct->answer, .iov_len = ROOM };
		struct msghdr msg = {};

		err = kernel_recvmsg(sock, &msg, &vec, 1, ROOM, MSG_DONTWAIT);
		if (err > 0)
			err = read_messages(ct, err);
	} while (err == 1);
	/* Nobody asked for an acknowledgment. */
	return err == -EAGAIN ? 0 : err;
}

static struct socket *open_socket(struct ct *ct)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	sockptr_t on = KERNEL_SOCKPTR(&(int){ 1 });
	struct socket *sock;
	int err;

	err = sock_create_kern(&init_net, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC,
			       &sock);
	KUNIT_ASSERT_EQ(ct->fx->test, err, 0);
	KUNIT_EXPECT_EQ(ct->fx->test, 0,
			kernel_bind(sock, (struct sockaddr *)&any, sizeof(any)));
	sock->ops->setsockopt(sock, SOL_NETLINK, NETLINK_EXT_ACK, on, sizeof(int));
	sock->ops->setsockopt(sock, SOL_NETLINK, NETLINK_CAP_ACK, on, sizeof(int));
	return sock;
}

/* Sends the command while allocations fail; 0, or the error that was reported. */
static int call(struct ct *ct, struct ft *ft)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	/* Capabilities of a socket without a file count only if it says to whom. */
	struct msghdr msg = { .msg_name = &kernel, .msg_namelen = sizeof(kernel) };
	struct socket *sock = open_socket(ct);
	struct kvec vec;
	int err;

	nlmsg_end(ct->request, nlmsg_hdr(ct->request));
	vec.iov_base = ct->request->data;
	vec.iov_len = ct->request->len;
	ct->handle = 0;
	ct->reason = NULL;
	ft_arm(ft);
	err = kernel_sendmsg(sock, &msg, &vec, 1, vec.iov_len);
	if (err >= 0)
		err = receive(ct, sock);
	ft_disarm(ft);
	sock_release(sock);
	if (!err)
		return 0;
	ct->failures++;
	/* The kernel's own word for an answer that it has no memory for. */
	KUNIT_EXPECT_TRUE_MSG(ct->fx->test, err == -ENOMEM || err == -ENOBUFS,
			      "allocation %u: %d", ft->nth, err);
	/* What is said besides must not be something else. */
	KUNIT_EXPECT_TRUE_MSG(ct->fx->test,
			      !ct->reason || strstr(ct->reason, "memory"),
			      "allocation %u: %s", ft->nth, ct->reason);
	return err;
}

/* No allocation fails: it must be done. */
static void done(struct ct *ct)
{
	struct ft ft = {};

	KUNIT_ASSERT_EQ(ct->fx->test, call(ct, &ft), 0);
}

/* Looks at what has come of a command; @err is 0 if it was done. */
typedef void check_fn(struct ct *ct, int err);

/* Sends the command again and again, until no allocation is left to fail. */
static void failing(struct ct *ct, check_fn *check)
{
	struct kunit *test = ct->fx->test;
	int onwards, err;

	for (onwards = 0; onwards < 2; onwards++) {
		struct ft ft = { .nth = 1, .onwards = onwards };

		ct->failures = 0;
		do {
			err = call(ct, &ft);
			if (check)
				check(ct, err);
		} while (ft_next(&ft));
		KUNIT_EXPECT_EQ(test, err, 0);
		KUNIT_EXPECT_GT(test, ft.left, 0U);
		KUNIT_EXPECT_GE(test, ct->failures, 1);
	}
}

/* --- adapters --------------------------------------------------------------- */

static void end_adapter(struct ct *ct)
{
	struct chim_adapter *adapter = chim_adapter_get(&init_net,
							ct->fx->dev->ifindex);

	if (!adapter)
		return;
	chim_adapter_close(adapter);
	chim_ctl_client_settle(adapter);
	chim_adapter_put(adapter);
}

static void check_added(struct ct *ct, int err)
{
	struct chim_adapter *adapter = chim_adapter_get(&init_net,
							ct->fx->dev->ifindex);

	KUNIT_EXPECT_EQ(ct->fx->test, !adapter, !!err);
	if (adapter)
		chim_adapter_put(adapter);
	end_adapter(ct);
}

static void check_limit(struct ct *ct, int err)
{
	u32 *limit = &ct->fx->adapter->space.limits.objects[CHIM_PATH];

	KUNIT_EXPECT_EQ(ct->fx->test, READ_ONCE(*limit), err ? 9U : 7U);
	WRITE_ONCE(*limit, 9);
}

static void put_limit(struct sk_buff *skb, u32 paths)
{
	struct nlattr *nest = nla_nest_start(skb, CHIMNEY_A_ADAPTER_LIMITS);

	nla_put_u32(skb, CHIMNEY_A_LIMITS_PATHS, paths);
	nla_nest_end(skb, nest);
}

/* These take an OID request, which takes memory. */
static void put_params(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start(skb, CHIMNEY_A_ADAPTER_PARAMS);

	nla_put_u8(skb, CHIMNEY_A_PARAMS_ACK_FREQUENCY, 3);
	nla_nest_end(skb, nest);
}

static void add_adapter_test(struct kunit *test)
{
	struct ct *ct = ct_new(test);

	chim_adapter_close(ct->fx->adapter);
	put_limit(command(ct, CHIMNEY_CMD_ADAPTER_ADD, 0), 7);
	failing(ct, check_added);
	kfree_skb(ct->request);
}

static void set_adapter_test(struct kunit *test)
{
	struct ct *ct = ct_new(test);

	ct->fx->adapter->space.limits.objects[CHIM_PATH] = 9;
	put_limit(command(ct, CHIMNEY_CMD_ADAPTER_SET, 0), 7);
	put_params(ct->request);
	failing(ct, check_limit);
	kfree_skb(ct->request);
	end_adapter(ct);
}

/* --- objects ---------------------------------------------------------------- */

static void put_neigh(struct sk_buff *skb, u8 number)
{
	const u8 lladdr[ETH_ALEN] = { 2, 0, 0, 0, 0, number };
	struct nlattr *object, *neigh;

	object = nla_nest_start(skb, CHIMNEY_A_OPERATION_OBJECT);
	neigh = nla_nest_start(skb, CHIMNEY_A_OBJECT_NEIGHBOR);
	nla_put(skb, CHIMNEY_A_NEIGHBOR_LLADDR, ETH_ALEN, lladdr);
	nla_nest_end(skb, neigh);
	nla_nest_end(skb, object);
}

static u32 neighbors(struct ct *ct)
{
	return READ_ONCE(ct->fx->adapter->space.count[CHIM_NEIGH]);
}

static u64 make_neigh(struct ct *ct, u8 number)
{
	put_neigh(command(ct, CHIMNEY_CMD_OBJECT_INITIATE, 0), number);
	done(ct);
	KUNIT_ASSERT_NE(ct->fx->test, ct->handle, 0ULL);
	return ct->handle;
}

static void end_object(struct ct *ct, u64 handle)
{
	struct sk_buff *request = ct->request;

	ct->request = NULL;
	put_handle(command(ct, CHIMNEY_CMD_OBJECT_TERMINATE, 0), handle);
	done(ct);
	KUNIT_EXPECT_EQ(ct->fx->test, ct->status, (u32)NDIS_STATUS_SUCCESS);
	kfree_skb(ct->request);
	ct->request = request;
}

/* One that nobody has the handle of would stay for ever. */
static void check_initiated(struct ct *ct, int err)
{
	KUNIT_EXPECT_EQ(ct->fx->test, neighbors(ct), err ? 0U : 1U);
	KUNIT_EXPECT_EQ(ct->fx->test, !ct->handle, !!err);
	if (ct->handle)
		end_object(ct, ct->handle);
}

/* The first command on an adapter attaches control's client as well. */
static void initiate_test(struct kunit *test)
{
	struct ct *ct = ct_new(test);

	put_neigh(command(ct, CHIMNEY_CMD_OBJECT_INITIATE, 0), 1);
	failing(ct, check_initiated);
	kfree_skb(ct->request);
	end_adapter(ct);
}

static void check_one(struct ct *ct, int err)
{
	KUNIT_EXPECT_EQ(ct->fx->test, neighbors(ct), 1U);
	if (!err)
		KUNIT_EXPECT_EQ(ct->fx->test, ct->status,
				(u32)NDIS_STATUS_SUCCESS);
}

static void check_ended(struct ct *ct, int err)
{
	struct sk_buff *request = ct->request;
	struct nlattr *handle;

	KUNIT_EXPECT_EQ(ct->fx->test, neighbors(ct), err ? 1U : 0U);
	if (err)
		return;
	/* The next one to end. */
	ct->request = NULL;
	make_neigh(ct, 1);
	kfree_skb(ct->request);
	ct->request = request;
	handle = nlmsg_find_attr(nlmsg_hdr(request), GENL_HDRLEN,
				 CHIMNEY_A_OPERATION_HANDLE);
	memcpy(nla_data(handle), &ct->handle, sizeof(ct->handle));
}

static void use_test(struct kunit *test)
{
	static const u8 cmds[] = { CHIMNEY_CMD_OBJECT_QUERY,
				   CHIMNEY_CMD_OBJECT_INVALIDATE };
	struct ct *ct = ct_new(test);
	u64 handle = make_neigh(ct, 1);
	int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		put_handle(command(ct, cmds[i], 0), handle);
		failing(ct, check_one);
	}
	put_handle(command(ct, CHIMNEY_CMD_OBJECT_TERMINATE, 0), handle);
	failing(ct, check_ended);
	kfree_skb(ct->request);
	end_adapter(ct);
}

static u64 make_path(struct ct *ct, u64 below)
{
	const u8 src[] = { 10, 0, 0, 1 }, dst[] = { 10, 0, 1, 2 };
	struct sk_buff *skb = command(ct, CHIMNEY_CMD_OBJECT_INITIATE, 0);
	struct nlattr *object, *path;

	object = nla_nest_start(skb, CHIMNEY_A_OPERATION_OBJECT);
	nla_put(skb, CHIMNEY_A_OBJECT_BELOW, sizeof(u64), &below);
	path = nla_nest_start(skb, CHIMNEY_A_OBJECT_PATH);
	nla_put(skb, CHIMNEY_A_PATH_SRC, sizeof(src), src);
	nla_put(skb, CHIMNEY_A_PATH_DST, sizeof(dst), dst);
	nla_put_u32(skb, CHIMNEY_A_PATH_MTU, 1400);
	nla_nest_end(skb, path);
	nla_nest_end(skb, object);
	done(ct);
	KUNIT_ASSERT_NE(ct->fx->test, ct->handle, 0ULL);
	return ct->handle;
}

/* The object of a command that changes it. */
static void put_changed(struct sk_buff *skb, u64 handle, bool path)
{
	struct nlattr *object, *nest;

	object = nla_nest_start(skb, CHIMNEY_A_OPERATION_OBJECT);
	nla_put(skb, CHIMNEY_A_OBJECT_HANDLE, sizeof(u64), &handle);
	if (path) {
		nest = nla_nest_start(skb, CHIMNEY_A_OBJECT_PATH);
		nla_put_u32(skb, CHIMNEY_A_PATH_MTU, 1300);
		nla_nest_end(skb, nest);
	}
	nla_nest_end(skb, object);
}

static void check_paths(struct ct *ct, int err)
{
	struct chim_space *space = &ct->fx->adapter->space;
	struct chim_obj *obj;
	u32 index = 0;
	u64 below = 0;

	rcu_read_lock();
	while ((obj = chim_space_next(space, &index)))
		if (obj->layer == CHIM_PATH)
			below = rcu_dereference(chim_path(obj)->neigh)->obj.handle;
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(ct->fx->test, below,
			*(u64 *)ct->fx->priv);
	if (!err)
		KUNIT_EXPECT_EQ(ct->fx->test, ct->status,
				(u32)NDIS_STATUS_SUCCESS);
}

static void update_test(struct kunit *test)
{
	struct ct *ct = ct_new(test);
	u64 below = make_neigh(ct, 1);
	u64 path = make_path(ct, below);

	ct->fx->priv = &below;
	put_changed(command(ct, CHIMNEY_CMD_OBJECT_UPDATE, 0), path, true);
	failing(ct, check_paths);
	kfree_skb(ct->request);
	end_adapter(ct);
}

/* A relink that failed has moved nothing; the next one has. */
static void check_relinked(struct ct *ct, int err)
{
	u64 *neigh = ct->fx->priv;
	struct nlattr *attr = nlmsg_find_attr(nlmsg_hdr(ct->request), GENL_HDRLEN,
					      CHIMNEY_A_OPERATION_NEIGHBOR);

	if (!err)
		swap(neigh[0], neigh[1]);
	check_paths(ct, err);
	memcpy(nla_data(attr), &neigh[1], sizeof(neigh[1]));
}

static void relink_test(struct kunit *test)
{
	struct ct *ct = ct_new(test);
	u64 neigh[2] = { make_neigh(ct, 1), make_neigh(ct, 2) };
	u64 path = make_path(ct, neigh[0]);

	ct->fx->priv = neigh;
	command(ct, CHIMNEY_CMD_PATH_RELINK, 0);
	nla_put(ct->request, CHIMNEY_A_OPERATION_NEIGHBOR, sizeof(u64), &neigh[1]);
	put_changed(ct->request, path, false);
	failing(ct, check_relinked);
	kfree_skb(ct->request);
	end_adapter(ct);
}

static void check_nothing(struct ct *ct, int err)
{
}

/* Who only looks changes nothing. */
static void look_test(struct kunit *test)
{
	static const u8 cmds[] = { CHIMNEY_CMD_ADAPTER_GET,
				   CHIMNEY_CMD_OBJECT_GET,
				   CHIMNEY_CMD_STATS_GET };
	struct ct *ct = ct_new(test);
	int i;

	make_neigh(ct, 1);
	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		command(ct, cmds[i], NLM_F_DUMP);
		failing(ct, check_nothing);
	}
	KUNIT_EXPECT_EQ(test, neighbors(ct), 1U);
	kfree_skb(ct->request);
	end_adapter(ct);
}

static struct kunit_case ctl_fault_cases[] = {
	KUNIT_CASE(add_adapter_test),
	KUNIT_CASE(set_adapter_test),
	KUNIT_CASE(initiate_test),
	KUNIT_CASE(use_test),
	KUNIT_CASE(update_test),
	KUNIT_CASE(relink_test),
	KUNIT_CASE(look_test),
	{}
};

static struct kunit_suite ctl_fault_suite = {
	.name = "chim_ctl_fault",
	.init = ft_init,
	.exit = ft_exit,
	.test_cases = ctl_fault_cases,
};

kunit_test_suite(ctl_fault_suite);
