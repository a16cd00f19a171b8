/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_NEWS_H
#define _CHIM_HOST_NEWS_H

struct net;

int chim_host_news_get(struct net *net);
int chim_host_news_init(void);
void chim_host_news_exit(void);

#endif /* _CHIM_HOST_NEWS_H */
