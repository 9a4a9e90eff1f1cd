// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the file verify: reading it checks every invariant
 */
#include <linux/slab.h>

#include "../debug/verify.h"
#include "files.h"

struct result {
	struct ac_verify seen;
	unsigned long violations;
};

static void *get_result(void)
{
	struct result *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (r)
		r->violations = ac_verify(&r->seen);
	return r;
}

static void put_result(void *r)
{
	kfree(r);
}

static unsigned int parts_of_result(const void *r)
{
	return 1;
}

static void show_result(struct seq_file *m, const void *figures,
			unsigned int part)
{
	const struct result *r = figures;
	const struct ac_verify *v = &r->seen;

	seq_printf(m, "pools %lu\npools_in_transit %lu\nblocks_cached %lu\nblocks_in_quarantine %lu\n",
		   v->pools, v->transit, v->cached, v->quarantined);
	seq_printf(m, "bad_arenas %lu\nbad_pools %lu\nbad_magazines %lu\nbad_blocks %lu\nbad_bytes %lu\n",
		   v->bad_arenas, v->bad_pools, v->bad_magazines,
		   v->bad_blocks, v->bad_bytes);
	seq_printf(m, "violations %lu\n", r->violations);
}

const struct ac_picture ac_picture_verify = {
	.get = get_result,
	.put = put_result,
	.parts = parts_of_result,
	.show = show_result,
};
