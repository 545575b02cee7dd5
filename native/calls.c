/*
 * System calls whose failure has a reason that matters. libc would leave it in errno, which is gone when JavaScript
 * has run in between; here it is the result: -errno.
 */
#include "sexton.h"

static int may_read_terminal(void);

EXPORT int sexton_kill(int target, int signal) { return (int)CALL_2(kill, target, signal); }

EXPORT int sexton_waitpid(int pid, int *status, int options) { return (int)CALL_4(wait4, pid, status, options, NULL); }

/**
 * waitpid(2) with WNOHANG for any child, again and again, until it is `program` or there is none, at most so many times.
 * Returns what the last one did.
 */
EXPORT int sexton_reap_untold(int program, int most, int *status) {
  for (;;) {
    int result = sexton_waitpid(-1, status, 1 /* WNOHANG */);
    if (result <= 0 || result == program || --most == 0) return result;
  }
}

EXPORT int sexton_wait4(int pid, int *status, int options, void *usage) { return (int)CALL_4(wait4, pid, status, options, usage); }

EXPORT int sexton_waitid(int type, int id, void *information, int options) {
  return (int)CALL_5(waitid, type, id, information, options, NULL);
}

EXPORT int sexton_pidfd_open(int pid) { return (int)CALL_2(pidfd_open, pid, 0); }

EXPORT int sexton_pidfd_send_signal(int descriptor, int signal, int flags) {
  return (int)CALL_4(pidfd_send_signal, descriptor, signal, NULL, flags);
}

EXPORT int sexton_prctl(int option, int value) { return (int)CALL_5(prctl, option, value, 0, 0, 0); }

/**
 * tcsetpgrp(3). A group outside our PID namespace is 0, be it ours or the terminal's: where both are, -EIO unless they
 * are the same one.
 */
EXPORT int sexton_set_foreground(int terminal, int group) {
  int holder = -1;
  if (CALL_1(getpgid, 0) == 0 && CALL_3(ioctl, terminal, TIOCGPGRP, &holder) == 0 && holder == 0 && !may_read_terminal()) return -EIO;
  return (int)CALL_3(ioctl, terminal, TIOCSPGRP, &group);
}

/** Gives back the pages of a mapping {address, length}: madvise(2). */
EXPORT int sexton_release(const uint64_t *range) { return (int)CALL_3(madvise, range[0], range[1], 4 /* MADV_DONTNEED */); }

/*
 * tty_check_change: the background may not read, not even nothing: -EIO where SIGTTIN is blocked. Opened anew, the
 * terminal can be made non-blocking: nobody who reads it meanwhile is waited for.
 */
static int may_read_terminal(void) {
  long terminal = CALL_4(openat, AT_FDCWD, "/dev/tty", O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0);
  if (terminal < 0) return 0;
  signal_set background = set_of(SIGTTIN), mask;
  char nothing;
  set_mask(SIG_BLOCK, &background, &mask);
  long result = CALL_3(read, terminal, &nothing, 0);
  set_mask(SIG_SETMASK, &mask, NULL);
  CALL_1(close, terminal);
  return result != -EIO;
}
