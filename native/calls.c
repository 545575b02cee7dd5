/*
 * System calls whose failure has a reason that matters. libc would leave it in errno, which is gone when JavaScript
 * has run in between; here it is the result: -errno.
 */
#include "sexton.h"

EXPORT int sexton_kill(int target, int signal) { return (int)CALL_2(kill, target, signal); }

EXPORT int sexton_pidfd_open(int pid) { return (int)CALL_2(pidfd_open, pid, 0); }

EXPORT int sexton_pidfd_send_signal(int descriptor, int signal, int flags) {
  return (int)CALL_4(pidfd_send_signal, descriptor, signal, NULL, flags);
}

EXPORT int sexton_prctl(int option, int value) { return (int)CALL_5(prctl, option, value, 0, 0, 0); }

/** tcsetpgrp(3). */
EXPORT int sexton_set_foreground(int terminal, int group) { return (int)CALL_3(ioctl, terminal, TIOCSPGRP, &group); }

/** Gives back the pages of a mapping {address, length}: madvise(2). */
EXPORT int sexton_release(const uint64_t *range) { return (int)CALL_3(madvise, range[0], range[1], 4 /* MADV_DONTNEED */); }
