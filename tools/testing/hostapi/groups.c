// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostapi groups COUNT: a connection is moved all the time, while its program tries to
 * join a multicast group, for which the kernel takes RTNL before it waits for the
 * socket. Somebody else does what needs RTNL too, and writes a line each time; after so
 * many it is enough. Nobody may wait for ever.
 */
#include "hostapi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_bool enough;

/* It may not, as TCP knows no groups; but the kernel sees that late. */
static void join(struct task *task)
{
	struct ip_mreqn group = {
		.imr_multiaddr.s_addr = inet_addr("239.1.1.1"),
	};

	for (; !enough; task->ret++)
		if (!setsockopt(task->fd, SOL_IP, IP_ADD_MEMBERSHIP, &group,
				sizeof(group)) || errno != EPROTO)
			die("group");
}

static void move_on(struct task *task)
{
	for (; !enough; task->ret++) {
		if (!offload(task->fd))
			die("refused");
		upload(task->fd);
	}
}

int groups(int argc, char **argv)
{
	struct pair pair = { .family = 4 };
	struct task member = {}, mover = {};
	const char *slow = getenv("CHIM_SLOW");
	int i, count = atoi(argv[0]);
	char line[16];

	(void)argc;
	alarm(120 * (slow ? atoi(slow) : 1));
	pair_open(&pair, 0);
	task_start(&member, &pair, join);
	task_start(&mover, &pair, move_on);
	for (i = 0; i < count; i++)
		if (!fgets(line, sizeof(line), stdin))
			die("told %d times", i);
	enough = true;
	task_join(&member);
	task_join(&mover);
	printf("# %zd groups, %zd moves\n", member.ret, mover.ret);
	return !member.ret || !mover.ret;
}
