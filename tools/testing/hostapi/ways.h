/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways to send and to receive, one of them at random. */
#ifndef _WAYS_H
#define _WAYS_H

#include "hostapi.h"

struct way {
	struct pair *t;
	int fd;
	unsigned int seed;	/* of what is chosen */
	bool odd;		/* also what only TCP itself can do */
	int edges;		/* epoll of @fd, once there is one */
};

unsigned int dice(struct way *way, unsigned int sides);
bool put_somehow(struct way *way);
ssize_t take_somehow(struct way *way);
void way_close(struct way *way);

#endif /* _WAYS_H */
