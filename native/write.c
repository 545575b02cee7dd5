/* Writing to a stderr that others share: without ever blocking, and without touching its flags. */
#include "sexton.h"

static long write_now(int fd, const uint8_t *data, size_t length);
static long write_to_terminal(int fd, const uint8_t *data, size_t length);
static int has_position(int fd);

/** Writes once. Returns the bytes written, or -errno; -EAGAIN when it would have blocked. */
EXPORT int sexton_write(int fd, const uint8_t *data, uint32_t length) {
  static int was_full;
  uint8_t settings[64];
  int is_terminal = CALL_3(ioctl, fd, TCGETS, settings) == 0;
  struct poll_descriptor poll = {.fd = fd, .events = POLLOUT};
  /* While another writes, a terminal does not count as writable: that is soon over, unless it is full. */
  struct timespec64 patience = {0, is_terminal && !was_full ? 20000000L : 0};
  long ready = CALL_5(ppoll, &poll, 1, &patience, NULL, 0);
  if (ready == -EINTR) {
    patience.nanoseconds = 0;
    ready = CALL_5(ppoll, &poll, 1, &patience, NULL, 0);
  }
  was_full = ready == 0;
  if (ready < 0) return (int)ready;
  if (ready == 0) return -EAGAIN;
  return (int)(is_terminal ? write_to_terminal : write_now)(fd, data, length);
}

/* Another writer may have filled it since: pipes and sockets can be told not to wait for that. */
static long write_now(int fd, const uint8_t *data, size_t length) {
  struct io_vector vector = {data, length};
  long written = CALL_6(pwritev2, fd, &vector, 1, -1, 0, RWF_NOWAIT);
  int cannot_tell = written == -EOPNOTSUPP || written == -ENOSYS || written == -EPERM || written == -EINVAL || written == -ESPIPE;
  if (cannot_tell || (written == -EAGAIN && has_position(fd))) return CALL_3(write, fd, data, length);
  return written;
}

/*
 * A writable terminal may have room for half a line only, and would block for the rest; nor does it know RWF_NOWAIT.
 * Opened anew it has flags of its own, and so can be made non-blocking without the program noticing.
 */
static long write_to_terminal(int fd, const uint8_t *data, size_t length) {
  char path[] = "/proc/self/fd/?";
  path[sizeof path - 2] = (char)('0' + fd % 10);
  long own = fd > 9 ? -EINVAL : CALL_4(openat, AT_FDCWD, path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0);
  /* tty_check_change: in the background, with tostop, the kernel lets a write through if SIGTTOU is blocked; caught,
     it would have us try for ever. */
  signal_set background = set_of(SIGTTOU), mask;
  set_mask(SIG_BLOCK, &background, &mask);
  long written = CALL_3(write, own < 0 ? fd : own, data, length);
  set_mask(SIG_SETMASK, &mask, NULL);
  if (own >= 0) CALL_1(close, own);
  return written;
}

/* A file: it makes nobody wait for a reader. */
static int has_position(int fd) { return CALL_3(lseek, fd, 0, 1 /* SEEK_CUR */) >= 0; }
