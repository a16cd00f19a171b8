/* SPDX-License-Identifier: GPL-2.0 */
/* What drivers do that NDIS does not allow: counted, warned of, survived. */
#ifndef CHIMN_MISUSE_H
#define CHIMN_MISUSE_H

#include <linux/types.h>

/* Name, text. New ones go at the end. */
#define CHIMN_MISUSES(M) \
	M(HANDLE, "handle names nothing of that kind") \
	M(CLOSING, "request on a binding that closes") \
	M(POINTER, "pointer leads nowhere") \
	M(CLIENT, "protocol has no chimney functions") \
	M(BUSY, "block list or request is outstanding already") \
	M(UNASKED, "completion of what is not outstanding") \
	M(VERB, "completion of another kind than the request") \
	M(MINIPORT, "completion by another miniport than was asked") \
	M(OBJECT, "offload handle of no object of this binding") \
	M(LIST, "list of buffers is in use, or leads nowhere") \
	M(OPEN, "driver goes and leaves a binding open") \
	M(POOL, "pool is freed before its buffers, or a buffer twice") \
	M(REGISTER, "handlers set outside of registration")

enum chimn_misuse {
#define CHIMN_MISUSE_ENUM(name, text)	CHIMN_MISUSE_##name,
	CHIMN_MISUSES(CHIMN_MISUSE_ENUM)
#undef CHIMN_MISUSE_ENUM
	CHIMN_MISUSE_COUNT
};

void chimn_misuse(enum chimn_misuse what, const char *where);
u64 chimn_misused(enum chimn_misuse what);

#endif /* CHIMN_MISUSE_H */
