// SPDX-License-Identifier: GPL-2.0
/*
 * Frames whose pages are the host's say so: whoever wants to keep one for longer
 * than a device needs to send it has the pages copied first.
 *
 * Such a frame refers to somebody who is told when it lets go of its pages. Here
 * nobody needs to know when, but the module must not go before the last.
 */
#include "ndis/foreign.h"

#include "compat.h"

#include <linux/completion.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>

static DECLARE_COMPLETION(none_left);

/* May be called in any context. */
static void let_go(struct sk_buff *skb, struct ubuf_info *ubuf, bool success)
{
	if (refcount_dec_and_test(&ubuf->refcnt))
		complete(&none_left);
}

/* Counts the frames; and one for the module. */
static struct ubuf_info foreign = {
	CHIM_UBUF_COMPLETE(let_go),
	.refcnt = REFCOUNT_INIT(1),
	.flags = SKBFL_ZEROCOPY_FRAG,
};

/**
 * chim_foreign_mark() - some of a frame's pages are the host's
 * @skb: frame; the last step, since nothing is coalesced with it any more
 *
 * Context: any.
 */
void chim_foreign_mark(struct sk_buff *skb)
{
	skb_zcopy_set(skb, &foreign, NULL);
}

/**
 * chim_foreign_teardown() - wait for the frames that a device's queue still has
 *
 * Context: process, may sleep; nobody sends any more.
 */
void chim_foreign_teardown(void)
{
	let_go(NULL, &foreign, true);
	wait_for_completion(&none_left);
}
