/* What signals.c, next.c and pass.c share. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "sexton.h"

/** One received signal, as sexton_next hands it over. src/kernel/linux.ts reads the same layout. */
struct event {
  int32_t signal; /* with PASSED where it was passed on already */
  int32_t code, pid;
  uint32_t uid;
};
enum { PASSED = 0x100 };

/* Raised by a program's own mistakes. */
#define FAULTS                                                                                                      \
  (set_of(SIGILL) | set_of(SIGTRAP) | set_of(SIGABRT) | set_of(SIGBUS) | set_of(SIGFPE) | set_of(SIGSEGV) | set_of(SIGSYS))

/* signals.c: what came, and has not been handed over. */
signal_set signals_to_wait_for(void);
/** Our own: the SIGPIPE or SIGXFSZ of a write of ours, the SIGHUP of a terminal that we let go, a profiler's SIGPROF. */
int is_own(const struct signal_info *info);
/** Returns 1 if there was one, 0 if not, -errno if it cannot be had for now. */
int take_recorded(struct event *event);

/* next.c */
/** The main thread waits, or is about to: it has to be told of what a handler has recorded. */
int is_waiting(void);
void wake(void);

/* pass.c, on the main thread only. */
enum passed { NOT_PASSED, TO_TELL, DONE };
enum passed pass_on(const struct event *event);
/** From a handler: remembers it for sexton_next, if that has to tell of it. Returns whether it was passed on. */
int pass_on_and_remember(const struct event *event);
int take_passed(struct event *event);

#endif
