// SPDX-License-Identifier: GPL-2.0
/* Send requests: order, completion, where the bytes are. */
#include "bed.h"

#include "tcp/sendq.h"

/* SND-060: a request ends when its last byte is acknowledged, not before. */
static void sendq_acked_test(struct kunit *test)
{
	struct bd *bd = test->priv;
	struct bd_sreq *a, *b;

	CHIM_COVERS(test, "SND-060 SND-019");
	bd_open(bd);
	a = bd_send(bd, 1500);
	b = bd_send(bd, 2500);
	BD_DATA(bd, BD_SND, 1000);
	BD_DATA(bd, BD_SND + 1000, 500);
	BD_DATA(bd, BD_SND + 1500, 1000);
	BD_DATA(bd, BD_SND + 2500, 1000);
	BD_DATA(bd, BD_SND + 3500, 500);
	BD_QUIET(bd);
	bd_ack(bd, 1499);
	BD_NO_CALL(bd);
	bd_ack(bd, 1);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_ENDED(bd, a, CHIM_END_OK, 0);
	BD_PENDING(bd, b);
	bd_ack(bd, 2499);
	BD_NO_CALL(bd);
	bd_ack(bd, 1);
	BD_CALL(bd, CHIM_CALL_SENT);
	BD_ENDED(bd, b, CHIM_END_OK, 0);
	BD_NO_CALL(bd);
}

static struct kunit_case sendq_cases[] = {
	KUNIT_CASE(sendq_acked_test),
	{}
};

static struct kunit_suite sendq_suite = {
	.name = "chim_sendq",
	.init = bd_init,
	.exit = bd_exit,
	.test_cases = sendq_cases,
};

kunit_test_suite(sendq_suite);
