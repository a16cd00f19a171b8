// SPDX-License-Identifier: GPL-2.0-only
/* Threads that block, and children. */
#include "hostapi.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void *run(void *arg)
{
	struct task *task = arg;

	task->tid = gettid();
	task->started = true;
	task->run(task);
	task->done = true;
	return NULL;
}

void task_start(struct task *task, struct pair *t, void (*fn)(struct task *))
{
	task->t = t;
	task->run = fn;
	task->started = false;
	task->done = false;
	if (!task->fd)
		task->fd = t->s;
	if (pthread_create(&task->thread, NULL, run, task))
		die("thread");
	while (!task->started)
		sched_yield();
}

static char state_of(pid_t tid)
{
	char path[64], line[512], *at;
	char state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file)) {
		at = strrchr(line, ')');
		state = at ? at[2] : 0;
	}
	fclose(file);
	return state;
}

/* Until it sleeps, which it does in one place only, or has waited in vain. */
void task_blocked(struct task *task)
{
	while (!task->done && state_of(task->tid) != 'S')
		poll(NULL, 0, 1);
}

void task_join(struct task *task)
{
	pthread_join(task->thread, NULL);
	errno = task->err;
}

void task_send(struct task *task)
{
	task->ret = put_flags(task->t, task->fd, task->len, task->flags);
	task->err = errno;
}

void task_recv(struct task *task)
{
	task->ret = take_flags(task->t, task->fd, task->len, task->flags);
	task->err = errno;
}

int wait_child(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		die("child");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

long ms_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - then->tv_sec) * 1000 +
	       (now.tv_nsec - then->tv_nsec) / 1000000;
}
