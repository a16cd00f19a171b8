/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was freed last on a processor is kept for who wants the next one: what
 * comes and goes with each segment need not go through the allocator, whose checks
 * cost as much as all that is done with the segment in some layers.
 */
#ifndef CHIM_SPARE_H
#define CHIM_SPARE_H

#include <linux/kconfig.h>
#include <linux/percpu.h>
#include <linux/slab.h>

/**
 * chim_spare_alloc() - an object of a cache, the spare one if there is
 * @spare: per processor, of @cache
 * @cache: objects without the flag to be cleared
 * @gfp: how to allocate
 *
 * Context: any that @gfp allows.
 * Return: the object or NULL.
 */
static inline void *chim_spare_alloc(void * __percpu *spare,
				     struct kmem_cache *cache, gfp_t gfp)
{
	void *object = this_cpu_xchg(*spare, NULL);

	return object ?: kmem_cache_alloc(cache, gfp);
}

/**
 * chim_spare_free() - free an object
 * @spare: per processor, of @cache
 * @cache: where @object is from
 * @object: nobody's any more
 *
 * With KASAN each object is freed, so that it sees who still uses it.
 *
 * Context: any, hard interrupt included.
 */
static inline void chim_spare_free(void * __percpu *spare,
				   struct kmem_cache *cache, void *object)
{
	if (IS_ENABLED(CONFIG_KASAN) || this_cpu_cmpxchg(*spare, NULL, object))
		kmem_cache_free(cache, object);
}

/**
 * chim_spare_purge() - free what is kept
 * @spare: per processor, of @cache
 * @cache: may be NULL if nothing is kept
 *
 * Context: process; nobody else uses @spare.
 */
static inline void chim_spare_purge(void * __percpu *spare,
				    struct kmem_cache *cache)
{
	void **object;
	int cpu;

	for_each_possible_cpu(cpu) {
		object = per_cpu_ptr(spare, cpu);
		if (*object)
			kmem_cache_free(cache, *object);
		*object = NULL;
	}
}

#endif /* CHIM_SPARE_H */
