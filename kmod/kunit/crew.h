/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - KUnit: threads, each on its CPU
 *
 * A crew is started and finished by one test. Each thread calls the crew's function
 * once; a function without an end of its own looks at @enough. A reader is a crew, too.
 */
#ifndef AC_KUNIT_CREW_H
#define AC_KUNIT_CREW_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/prandom.h>

struct ac_kunit_thread {
	void (*fn)(struct ac_kunit_thread *thread);
	void *arg;
	unsigned int id;
	unsigned int cpu;
	unsigned long errors;
	const char *first_error;
	struct rnd_state rnd;
	struct completion done;
};

struct ac_kunit_crew {
	unsigned int nr;
	bool enough;
	struct ac_kunit_thread thread[];
};

struct ac_kunit_crew *ac_kunit_crew_start(struct kunit *test, unsigned int nr,
					  void (*fn)(struct ac_kunit_thread *),
					  void *arg);
bool ac_kunit_crew_busy(struct ac_kunit_crew *crew);
void ac_kunit_crew_finish(struct kunit *test, struct ac_kunit_crew *crew);
void ac_kunit_crew_run(struct kunit *test, unsigned int nr,
		       void (*fn)(struct ac_kunit_thread *), void *arg);
struct ac_kunit_crew *ac_kunit_reader_start(struct kunit *test, bool *inside);
int ac_kunit_interrupt(unsigned int cpu, void (*fn)(void *arg), void *arg);

/* For functions of threads, which must not end the test: counts what is not @good. */
static inline void ac_kunit_check(struct ac_kunit_thread *thread, bool good,
				  const char *what)
{
	if (likely(good))
		return;
	if (!thread->errors++)
		thread->first_error = what;
}

#endif /* AC_KUNIT_CREW_H */
