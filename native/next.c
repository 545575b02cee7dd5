/*
 * The wait for the next signal. What comes meanwhile is taken without a handler: rt_sigtimedwait(2).
 *
 * Only the main thread may be sure to get it there: the kernel gives a process-directed signal to another thread just
 * when the main one has it blocked and does not wait for it. Then the handler runs there, records it, and wakes us.
 */
#include "signals.h"

static int waits;

static int take(struct event *event);
static int wait_for(signal_set signals, struct event *event, int timeout_ms);
static int64_t now(void);
static struct timespec64 until(int64_t end);
static int rest(long error);

/**
 * Waits for the next signal, at most timeout_ms milliseconds (negative: for ever).
 * Returns 1 with the event filled, 0 when the time is over, -errno (after a pause, so that
 * a caller which goes on does not spin) when waiting does not work.
 */
EXPORT int sexton_next(struct event *event, int timeout_ms) {
  int result = take(event);
  if (result) return result;
  signal_set signals = signals_to_wait_for();
  __atomic_store_n(&waits, 1, __ATOMIC_SEQ_CST);
  set_mask(SIG_BLOCK, &signals, NULL);
  result = wait_for(signals, event, timeout_ms);
  __atomic_store_n(&waits, 0, __ATOMIC_SEQ_CST);
  set_mask(SIG_UNBLOCK, &signals, NULL);
  return result;
}

/* What has come already: as sexton_next. */
static int take(struct event *event) {
  if (take_passed(event)) return 1;
  int result = take_recorded(event);
  return result < 0 ? rest(result) : result;
}

static int wait_for(signal_set signals, struct event *event, int timeout_ms) {
  struct timespec64 timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
  int64_t end = timeout_ms > 0 ? now() + timeout_ms * 1000000L : 0;
  union { struct signal_info head; char whole[128]; } info;
  for (;;) {
    /* The mask is closed now: a handler that still came before it has left something here. */
    int result = take(event);
    if (result) return result;
    long signal = CALL_4(rt_sigtimedwait, &signals, &info, timeout_ms < 0 ? NULL : &timeout, sizeof signals);
    if (signal == -EAGAIN) return 0;
    if (signal < 0 && signal != -EINTR) return rest(signal);
    /* EINTR: a signal that is not waited for, or a stop and its end. */
    if (signal < 0 || is_own(&info.head)) {
      if (timeout_ms > 0) timeout = until(end);
      continue;
    }
    *event = (struct event){(int32_t)signal, info.head.code, info.head.pid, info.head.uid};
    enum passed passed = pass_on(event);
    if (passed == DONE && timeout_ms < 0) continue;
    if (passed != NOT_PASSED) event->signal |= PASSED;
    return 1;
  }
}

/* Nanoseconds of CLOCK_MONOTONIC. */
static int64_t now(void) {
  struct timespec64 time = {0, 0};
  CALL_2(clock_gettime, 1, &time);
  return time.seconds * 1000000000L + time.nanoseconds;
}

static struct timespec64 until(int64_t end) {
  int64_t left = end - now();
  return left > 0 ? (struct timespec64){left / 1000000000L, left % 1000000000L} : (struct timespec64){0, 0};
}

/* What must not happen did: a caller that goes on must not spin. */
static int rest(long error) {
  struct timespec64 pause = {0, 100000000L};
  CALL_5(ppoll, NULL, 0, &pause, NULL, 0);
  return (int)error;
}

int is_waiting(void) { return __atomic_load_n(&waits, __ATOMIC_SEQ_CST); }

/* To the main thread alone, by itself (is_own): it ends the wait, or is nothing. SIGCHLD, for its default is nothing too. */
void wake(void) {
  long pid = CALL_0(getpid);
  CALL_3(tgkill, pid, pid, SIGCHLD);
}
