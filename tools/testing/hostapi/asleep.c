// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostapi asleep COUNT: so many programs sleep with their socket locked, in the middle
 * of a copy from a page that is not there. They are to be uploaded, which waits for
 * them, but nobody else does: another connection is uploaded, and namespaces go.
 */
#include "hostapi.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE	4096UL
#define SEND	1000

static int faults;
static char *missing;		/* a page for each */

/* Pages that are there when somebody says so. */
static void open_pages(int count)
{
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };

	missing = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (missing == MAP_FAILED || faults < 0 ||
	    ioctl(faults, UFFDIO_API, &api))
		die("userfaultfd");
	range.range.start = (unsigned long)missing;
	range.range.len = count * PAGE;
	if (ioctl(faults, UFFDIO_REGISTER, &range))
		die("pages");
}

static void wait_fault(void)
{
	struct uffd_msg msg;

	if (read(faults, &msg, sizeof(msg)) != sizeof(msg) ||
	    msg.event != UFFD_EVENT_PAGEFAULT)
		die("fault");
}

static void fill_pages(int count)
{
	struct uffdio_zeropage zero = {
		.range.start = (unsigned long)missing,
		.range.len = count * PAGE,
	};

	if (ioctl(faults, UFFDIO_ZEROPAGE, &zero))
		die("fill");
}

static void send_missing(struct task *task)
{
	task->ret = send(task->fd, missing + task->flags * PAGE, SEND, 0);
}

static void wait_done(const char *command)
{
	if (system(command))
		die("%s", command);
}

/* Each of them is asked to come back. */
static void others_go_on(struct pair *other)
{
	/* All that sleep are to be looked at, each time anew. */
	wait_done("for i in $(seq 10); do ip route add 10.77.0.0/16 dev v0; "
		  "ip route del 10.77.0.0/16; done");
	wait_done("$CHIMCTL adapter upload-all v0");
	while (offloaded(other->s))
		poll(NULL, 0, 1);
	puts("# another connection is uploaded");
	/* With a namespace its end of a pair goes, and with that the other one. */
	wait_done("ip netns add asleep");
	wait_done("ip link add a0 type veth peer name a1 netns asleep");
	wait_done("ip netns del asleep");
	wait_done("while ip link show a0 >/dev/null 2>&1; do sleep 0.1; done");
	puts("# a namespace is gone");
}

int asleep(int argc, char **argv)
{
	int i, count = atoi(argv[0]);
	struct rlimit limit = { .rlim_cur = 3 * count + 100,
				.rlim_max = 3 * count + 100 };
	struct pair *pairs = calloc(count + 1, sizeof(*pairs));
	struct task *tasks = calloc(count, sizeof(*tasks));
	const char *slow = getenv("CHIM_SLOW");

	(void)argc;
	alarm(120 * (slow ? atoi(slow) : 1));
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("limit of descriptors");
	for (i = 0; i <= count; i++) {
		pairs[i].mode = OFFLOADED;
		pairs[i].family = i & 1 ? 6 : 4;
		pair_open(&pairs[i], 0);
	}
	open_pages(count);
	for (i = 0; i < count; i++) {
		tasks[i].flags = i;
		task_start(&tasks[i], &pairs[i], send_missing);
		wait_fault();
	}
	printf("# %d are asleep\n", count);
	others_go_on(&pairs[count]);
	fill_pages(count);
	for (i = 0; i < count; i++) {
		task_join(&tasks[i]);
		if (tasks[i].ret != SEND)
			die("send: %zd", tasks[i].ret);
		wait_queued(pairs[i].p, SIOCINQ, SEND);
		while (offloaded(pairs[i].s))
			poll(NULL, 0, 1);
	}
	return 0;
}
