/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Riots are a few threads with one file that make any calls at all, with wild numbers,
 * bad pointers and each other's handles, until they are killed.
 */
#ifndef FUZZ_RIOT_H
#define FUZZ_RIOT_H

#include "fuzz_base.h"

/* A file, and what one thread calls on it. */
struct riot {
	struct rng rng;
	int fd;
	char *map;	/* of the file */
	char *page;	/* two pages, of which the second is not there */
	char *fixed;	/* a page that cannot be written */
};

/* 0 or a negative errno. */
int riot_setup(struct riot *r);
void riot_open(struct riot *r);
void riot_close(struct riot *r);
void riot_step(struct riot *r);

/* Runs one riot after the other until shared->stop. */
int fuzz_riots(uint64_t seed);

#endif /* FUZZ_RIOT_H */
