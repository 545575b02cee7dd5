/* Writing to a stderr that others share: without ever blocking, and without touching its flags. */
#include "sexton.h"

static long write_now(int fd, const uint8_t *data, size_t length);
static int has_position(int fd);
static int own_terminal(int fd);

/** Writes once. Returns the bytes written, or -errno; -EAGAIN when it would have blocked. */
EXPORT int sexton_write(int fd, const uint8_t *data, size_t length) {
  struct poll_descriptor poll = {.fd = fd, .events = POLLOUT};
  struct timespec64 now = {0, 0};
  long ready = CALL_5(ppoll, &poll, 1, &now, NULL, 0);
  if (ready < 0) return (int)ready;
  if (ready == 0) return -EAGAIN;
  return (int)write_now(fd, data, length);
}

/* POLLOUT promises room for a little, and another writer may have taken it since. */
static long write_now(int fd, const uint8_t *data, size_t length) {
  struct io_vector vector = {data, length};
  long written = CALL_6(pwritev2, fd, &vector, 1, -1, 0, RWF_NOWAIT);
  int is_refused = written == -EOPNOTSUPP || written == -ENOSYS || written == -EPERM || written == -EINVAL || written == -ESPIPE;
  if (!is_refused && written != -EAGAIN) return written;
  if (has_position(fd)) return CALL_3(write, fd, data, length);
  return is_refused ? CALL_3(write, own_terminal(fd), data, length) : written;
}

/* A file: it makes nobody wait for a reader, and opened again it would be written over from its start. */
static int has_position(int fd) { return CALL_3(lseek, fd, 0, 1 /* SEEK_CUR */) >= 0; }

/* A terminal has no "do not wait" for one write; but opened again, it has flags that are ours alone. */
static int own_terminal(int fd) {
  static int shared = -1, own;
  if (fd != shared) {
    char path[] = "/proc/self/fd/?";
    path[sizeof path - 2] = (char)('0' + fd);
    long opened = fd > 9 ? -1 : CALL_4(openat, AT_FDCWD, path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    own = opened < 0 ? fd : (int)opened;
    shared = fd;
  }
  return own;
}
