/* SPDX-License-Identifier: GPL-2.0 */
/* What can be asked for: five state operations, four I/O requests. */
#ifndef CHIMN_VERB_H
#define CHIMN_VERB_H

enum chimn_verb {
	CHIMN_INITIATE,
	CHIMN_QUERY,
	CHIMN_UPDATE,
	CHIMN_INVALIDATE,
	CHIMN_TERMINATE,
	CHIMN_VERBS,
};

enum chimn_io {
	CHIMN_SEND,
	CHIMN_RECEIVE,
	CHIMN_DISCONNECT,
	CHIMN_FORWARD,
	CHIMN_IOS,
};

#endif /* CHIMN_VERB_H */
