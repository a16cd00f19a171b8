// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for bytes that are copied into frames: each processor has a ring of
 * pages that it fills one after the other. When a page's turn comes again the
 * frames it was in are mostly gone, and it is used again as it is: to allocate
 * and to clear it costs more than to fill it. One that is still in a frame is
 * left to that frame, and another takes its place.
 *
 * The ring is as long as a fast peer's receive queue. When memory is short the
 * kernel takes its pages back.
 */
#include "ndis/bounce.h"

#include "compat.h"

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/shrinker.h>

/* 8 MiB */
#define RING_PAGES	256
/* As large as the stack's own pieces of memory for data. */
#define RING_ORDER	PAGE_ALLOC_COSTLY_ORDER

/**
 * struct ring - the pages of a processor
 * @page: the one being filled, or NULL
 * @used: bytes of it that are
 * @at: its place among @rest, which is empty meanwhile
 * @rest: the others, each held once; the shrinker takes them from any processor
 */
struct ring {
	struct page *page;
	u32 used;
	u32 at;
	struct page *rest[RING_PAGES];
};

static DEFINE_PER_CPU(struct ring, rings);

static struct page *alloc(void)
{
	gfp_t gfp = GFP_ATOMIC | __GFP_COMP | __GFP_NOWARN;
	struct page *page;

	page = alloc_pages(gfp | __GFP_NORETRY | __GFP_NOMEMALLOC, RING_ORDER);
	return page ?: alloc_page(gfp);
}

/* The shrinker may have it in a moment; then another is allocated. */
static bool is_free(const struct ring *ring, u32 at)
{
	struct page *page = READ_ONCE(ring->rest[at]);

	return page && page_ref_count(page) == 1;
}

/* The next page, which nobody else has; NULL if memory is short. */
static struct page *turn(struct ring *ring)
{
	struct page *page;

	page = xchg(&ring->rest[ring->at], ring->page);
	if (page)
		put_page(page);
	/* From the start as soon as possible: what was used last is in caches. */
	ring->at = is_free(ring, 0) ? 0 : (ring->at + 1) % RING_PAGES;
	ring->used = 0;
	page = xchg(&ring->rest[ring->at], NULL);
	/* What others have read of it they read before they let go. */
	if (page && page_ref_count(page) != 1) {
		put_page(page);
		page = NULL;
	}
	ring->page = page ?: alloc();
	return ring->page;
}

/**
 * chim_bounce_get() - where bytes can be copied to
 * @off: set to the offset in the page
 * @room: set to how many bytes may follow there, not zero
 *
 * Context: softirqs disabled until chim_bounce_used().
 * Return: the page, whoever needs it for longer takes a reference; NULL if
 * memory is short.
 */
struct page *chim_bounce_get(u32 *off, u32 *room)
{
	struct ring *ring = this_cpu_ptr(&rings);
	struct page *page = ring->page;

	if (!page || ring->used == page_size(page))
		page = turn(ring);
	if (!page)
		return NULL;
	*off = ring->used;
	*room = page_size(page) - ring->used;
	return page;
}

/**
 * chim_bounce_used() - bytes were copied to where chim_bounce_get() said
 * @bytes: how many
 *
 * Context: softirqs disabled since then.
 */
void chim_bounce_used(u32 bytes)
{
	this_cpu_ptr(&rings)->used += bytes;
}

/* --- giving pages back ---------------------------------------------------- */

static unsigned long count(struct shrinker *shrinker,
			   struct shrink_control *sc)
{
	unsigned long pages = 0;
	int cpu, i;

	for_each_possible_cpu(cpu)
		for (i = 0; i < RING_PAGES; i++)
			pages += !!READ_ONCE(per_cpu_ptr(&rings, cpu)->rest[i]);
	return (pages << RING_ORDER) ?: SHRINK_EMPTY;
}

static unsigned long scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long freed = 0;
	struct page *page;
	int cpu, i;

	for_each_possible_cpu(cpu)
		for (i = 0; i < RING_PAGES; i++) {
			if (freed >= sc->nr_to_scan)
				return freed;
			page = xchg(&per_cpu_ptr(&rings, cpu)->rest[i], NULL);
			if (!page)
				continue;
			freed += compound_nr(page);
			put_page(page);
		}
	return freed ?: SHRINK_STOP;
}

static struct shrinker *shrinker;

/**
 * chim_bounce_setup() - let the kernel take pages back
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chim_bounce_setup(void)
{
	shrinker = chim_shrinker_add(count, scan, "chimney-bounce");
	return shrinker ? 0 : -ENOMEM;
}

/**
 * chim_bounce_teardown() - give all pages back
 *
 * Context: process, may sleep; nobody sends any more.
 */
void chim_bounce_teardown(void)
{
	struct shrink_control all = { .nr_to_scan = ULONG_MAX };
	int cpu;

	chim_shrinker_del(shrinker);
	scan(NULL, &all);
	for_each_possible_cpu(cpu) {
		struct ring *ring = per_cpu_ptr(&rings, cpu);

		if (ring->page)
			put_page(ring->page);
		ring->page = NULL;
	}
}
