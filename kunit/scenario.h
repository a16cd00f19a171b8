/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scenarios: what happens to a connection and what must come of it, a line for
 * each, in files of their own below scenarios/. See Documentation/testing.rst.
 */
#ifndef CHIM_KUNIT_SCENARIO_H
#define CHIM_KUNIT_SCENARIO_H

#include "bed.h"

/**
 * struct sc - a scenario that is being played
 * @bd: the bed
 * @name: its name, for messages
 * @line: number of the line in hand
 * @at: what is left of it
 * @failed: nothing more is played
 * @opened: the connection is open
 * @ended: and has been terminated
 * @text: the line in hand, taken apart
 */
struct sc {
	struct bd *bd;
	const char *name;
	int line;
	char *at;
	bool failed;
	bool opened;
	bool ended;
	char text[160];
};

/* The first thing that is wrong ends a scenario. */
#define sc_bad(sc, fmt, ...) do {					\
	struct sc *_sc = (sc);						\
									\
	if (!_sc->failed)						\
		KUNIT_FAIL(_sc->bd->test, "%s, line %d: " fmt,		\
			   _sc->name, _sc->line, ##__VA_ARGS__);	\
	_sc->failed = true;						\
} while (0)

/* scenario.c */
void sc_play(struct bd *bd, const char *name, const char *text);

/* scenario_words.c */
char *sc_word(struct sc *sc);
bool sc_has(struct sc *sc, const char *word);
u32 sc_number(struct sc *sc);
bool sc_range(struct sc *sc, char between, u32 *from, u32 *upto);
int sc_choice(struct sc *sc, const char * const *words, int n);
u32 *sc_variable(struct sc *sc, u32 *size, u32 *base);
u32 sc_get(const void *at, u32 size);
void sc_set(void *at, u32 size, u32 value);

/* scenario_frame.c */
void sc_frame_in(struct sc *sc);
void sc_frame_out(struct sc *sc);
void sc_no_frames(struct sc *sc);

#endif /* CHIM_KUNIT_SCENARIO_H */
