/*
 * Signals passed on in the moment in which they come, before JavaScript hears of them: through the program's pidfd, so
 * never to a number that has become somebody else's.
 *
 * Only on the main thread, which runs JavaScript too: the handler interrupts that, and it never finds this half done.
 */
#include "signals.h"

/* As many as may come while JavaScript does something else; then they wait in the pipe. A power of two. */
enum { MOST_PASSED = 64 };

static int descriptor = -1;
static int pidfd_flags;
static int is_told;
/* What to send, by the signal that came; 0: JavaScript decides. */
static uint8_t sent_as[LAST_SIGNAL + 1];

/* A ring: the handler writes, sexton_next takes. */
static struct event passed[MOST_PASSED];
static volatile uint32_t written, taken;

/**
 * From now on signals go to pidfd as `as` says (LAST_SIGNAL + 1 bytes), with these flags of pidfd_send_signal(2).
 * `told`: sexton_next tells of each. Returns 0, or -errno where the kernel does not know the flags.
 */
EXPORT int sexton_pass_on(int pidfd, int flags, const uint8_t *as, int told) {
  long error = CALL_4(pidfd_send_signal, pidfd, 0, NULL, flags);
  if (error < 0) return (int)error;
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) sent_as[signal] = as[signal];
  pidfd_flags = flags;
  is_told = told;
  __atomic_store_n(&descriptor, pidfd, __ATOMIC_SEQ_CST);
  return 0;
}

/** Ends that. Returns 1 with a signal that was passed on and not handed over yet, 0 when there is none any more. */
EXPORT int sexton_end_passing(struct event *event) {
  __atomic_store_n(&descriptor, -1, __ATOMIC_SEQ_CST);
  return take_passed(event);
}

enum passed pass_on(const struct event *event) {
  int signal = sent_as[event->signal];
  if (descriptor < 0 || signal == 0) return NOT_PASSED;
  if (CALL_4(pidfd_send_signal, descriptor, signal, NULL, pidfd_flags) < 0) return NOT_PASSED;
  return is_told ? TO_TELL : DONE;
}

int pass_on_and_remember(const struct event *event) {
  if (written - taken == MOST_PASSED) return 0;
  enum passed passed_on = pass_on(event);
  if (passed_on != TO_TELL) return passed_on == DONE;
  struct event *place = &passed[written % MOST_PASSED];
  *place = *event;
  place->signal |= PASSED;
  __atomic_store_n(&written, written + 1, __ATOMIC_SEQ_CST);
  return 1;
}

int take_passed(struct event *event) {
  if (taken == __atomic_load_n(&written, __ATOMIC_SEQ_CST)) return 0;
  *event = passed[taken % MOST_PASSED];
  __atomic_store_n(&taken, taken + 1, __ATOMIC_SEQ_CST);
  return 1;
}
