/*
 * Signals as records in a pipe.
 *
 * A handler for every signal writes {signal, si_code, si_pid, si_uid} to a pipe; sexton_next reads it.
 * Handlers rather than a blocked mask with sigwaitinfo or signalfd: Node has other threads, whose masks
 * are not ours to set, and the kernel may deliver a process-directed signal to any of them. A handler that
 * writes to a pipe does not care which thread runs it.
 */
#include "sexton.h"

/** One received signal, as sexton_next hands it over. src/kernel/linux.ts reads the same layout. */
struct event {
  int32_t signal, code, pid;
  uint32_t uid;
};

static int own_pid;
static int pipe_read = -1, pipe_write = -1;
static struct kernel_sigaction previous[LAST_SIGNAL + 1];

/* What did not fit into the pipe, by signal. A sender may go missing there, a signal never. */
static int overflowed[LAST_SIGNAL + 1];
static int overflowed_any;
/* A SIGCHLD is on its way to sexton_next: one record is enough, however many children end. */
static int child_announced;

static const signal_set FAULTS = (signal_set)1 << (SIGILL - 1) | (signal_set)1 << (SIGTRAP - 1) | (signal_set)1 << (SIGABRT - 1) |
                                 (signal_set)1 << (SIGBUS - 1) | (signal_set)1 << (SIGFPE - 1) | (signal_set)1 << (SIGSEGV - 1) |
                                 (signal_set)1 << (SIGSYS - 1);

static void handle(int signal, struct signal_info *info, void *context);
static void fault(int signal, struct signal_info *info, void *context);
static void record(const struct event *event);
static int take_overflowed(struct event *event);
static long open_again(int fd);

#if defined(__x86_64__)
/* rt_sigaction(2): x86-64 wants the return from a handler from us; arm64 has it in the vDSO. */
__attribute__((naked)) static void restore(void) { __asm__ volatile("mov %0, %%eax\n\tsyscall" ::"i"(__NR_rt_sigreturn)); }
#endif

/**
 * From now on every signal that can be forwarded waits in the pipe for sexton_next.
 * SIGTTIN and SIGTTOU are ignored, so that a background init may use its terminal.
 * Returns 0, or -errno.
 */
EXPORT int sexton_listen(void) {
  if (pipe_read >= 0) return 0;
  int ends[2];
  long error = CALL_2(pipe2, ends, O_CLOEXEC);
  if (error < 0) return (int)error;
  /* Only the write end: a handler must never block, while sexton_next blocks on purpose. */
  CALL_3(fcntl, ends[1], 4 /* F_SETFL */, O_NONBLOCK);
  own_pid = (int)CALL_0(getpid);
  pipe_read = ends[0];
  pipe_write = ends[1];

  struct kernel_sigaction action = {.handler = (unsigned long)handle, .flags = SA_SIGINFO | SA_RESTART, .mask = ~(signal_set)0};
#if defined(__x86_64__)
  action.flags |= SA_RESTORER;
  action.restorer = restore;
#endif
  struct kernel_sigaction ignore = {.handler = SIG_IGN};
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP || (signal > SIGSYS && signal < FIRST_REALTIME)) continue;
    int is_terminal_stop = signal == SIGTTIN || signal == SIGTTOU;
    set_action(signal, is_terminal_stop ? &ignore : &action, &previous[signal]);
  }
  /* Whoever started us may have left signals blocked; Node clears them, the launcher's record does not. */
  signal_set none = 0;
  set_mask(SIG_SETMASK, &none, NULL);
  return 0;
}

/**
 * Waits for the next signal, at most timeout_ms milliseconds (negative: for ever).
 * Returns 1 with the event filled, 0 when the time is over, -errno (after a pause, so that
 * a caller which goes on does not spin) when the pipe does not work.
 */
EXPORT int sexton_next(struct event *event, int timeout_ms) {
  for (;;) {
    if (take_overflowed(event)) return 1;
    if (timeout_ms >= 0) {
      struct poll_descriptor poll = {.fd = pipe_read, .events = POLLIN};
      struct timespec64 timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
      long ready = CALL_5(ppoll, &poll, 1, &timeout, NULL, 0);
      if (ready == 0) return 0;
      if (ready == -EINTR) continue;
    }
    long length = CALL_3(read, pipe_read, event, sizeof *event);
    if (length == sizeof *event) {
      if (event->signal == SIGCHLD) __atomic_store_n(&child_announced, 0, __ATOMIC_SEQ_CST);
      return 1;
    }
    if (length == -EINTR) continue;
    struct timespec64 pause = {0, 100000000L};
    CALL_5(ppoll, NULL, 0, &pause, NULL, 0);
    return length < 0 ? (int)length : -EBADF;
  }
}

/* The handler; runs with every signal blocked, on whichever thread the kernel picked. */
static void handle(int signal, struct signal_info *info, void *context) {
  /* si_code > 0: raised by the kernel, that is by our own instruction. abort() and V8's heap limit send to themselves. */
  if ((FAULTS & set_of(signal)) && (info->code > 0 || info->pid == own_pid)) {
    fault(signal, info, context);
    return;
  }
  if (signal == SIGCHLD && __atomic_exchange_n(&child_announced, 1, __ATOMIC_SEQ_CST)) return;
  struct event event = {signal, info->code, info->pid, info->uid};
  record(&event);
}

/* A fault of our own: V8 needs its SIGSEGV for WebAssembly bounds; without a handler it is the end. */
static void fault(int signal, struct signal_info *info, void *context) {
  struct kernel_sigaction *action = &previous[signal];
  if (action->handler != SIG_DFL && action->handler != SIG_IGN) {
    if (action->flags & SA_SIGINFO) ((void (*)(int, struct signal_info *, void *))action->handler)(signal, info, context);
    else ((void (*)(int))action->handler)(signal);
    return;
  }
  struct kernel_sigaction fatal = {.handler = SIG_DFL};
  set_action(signal, &fatal, NULL);
  if (info->code > 0) return; /* the instruction is run again, and the kernel ends even a PID 1 */
  /* pid_namespaces(7): what PID 1 sends to itself with default disposition is dropped. */
  if (own_pid == 1) CALL_1(exit_group, 128 + signal);
  CALL_3(tgkill, own_pid, CALL_0(gettid), signal);
}

static void record(const struct event *event) {
  if (CALL_3(write, pipe_write, event, sizeof *event) == sizeof *event) return;
  /* Standard signals coalesce, as they do in the kernel; realtime signals queue, so they are counted. */
  if (event->signal < FIRST_REALTIME) __atomic_store_n(&overflowed[event->signal], 1, __ATOMIC_SEQ_CST);
  else __atomic_add_fetch(&overflowed[event->signal], 1, __ATOMIC_SEQ_CST);
  __atomic_store_n(&overflowed_any, 1, __ATOMIC_SEQ_CST);
}

static int take_overflowed(struct event *event) {
  if (!__atomic_exchange_n(&overflowed_any, 0, __ATOMIC_SEQ_CST)) return 0;
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
    if (!__atomic_load_n(&overflowed[signal], __ATOMIC_SEQ_CST)) continue;
    __atomic_sub_fetch(&overflowed[signal], 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&overflowed_any, 1, __ATOMIC_SEQ_CST); /* there may be more */
    if (signal == SIGCHLD) __atomic_store_n(&child_announced, 0, __ATOMIC_SEQ_CST);
    *event = (struct event){.signal = signal, .code = 0, .pid = -1, .uid = 0};
    return 1;
  }
  return 0;
}

/**
 * Writes to a descriptor that others share, without ever blocking and without touching its flags.
 * Returns what was written, or -errno; -EAGAIN when it would have blocked.
 */
EXPORT int sexton_write(int fd, const uint8_t *data, size_t length) {
  static int was_full;
  uint8_t settings[64];
  int is_terminal = CALL_3(ioctl, fd, TCGETS, settings) == 0;
  struct poll_descriptor poll = {.fd = fd, .events = POLLOUT};
  /* While another writes, a terminal does not count as writable: that is soon over, unless it is full. */
  struct timespec64 patience = {0, is_terminal && !was_full ? 20 * 1000000L : 0};
  long ready = CALL_5(ppoll, &poll, 1, &patience, NULL, 0);
  was_full = ready == 0;
  if (ready < 0) return (int)ready;
  if (ready == 0) return -EAGAIN;
  if (is_terminal) {
    long own = open_again(fd);
    if (own >= 0) {
      long written = CALL_3(write, own, data, length);
      CALL_1(close, own);
      return (int)written;
    }
  }
  /* Another writer may have filled it since: pipes and sockets can be told not to wait for that. */
  struct io_vector vector = {data, length};
  long written = CALL_6(pwritev2, fd, &vector, 1, -1, 0, RWF_NOWAIT);
  if (written == -EOPNOTSUPP || written == -ENOSYS || written == -EPERM || written == -EINVAL || written == -ESPIPE)
    written = CALL_3(write, fd, data, length);
  return (int)written;
}

/*
 * A writable terminal may have room for half a line only, and would block for the rest; nor does it know RWF_NOWAIT.
 * Opened anew it has flags of its own, and so can be made non-blocking without the program noticing.
 */
static long open_again(int fd) {
  char path[] = "/proc/self/fd/\0\0\0\0\0\0\0\0\0", *end = path + sizeof "/proc/self/fd/" - 1;
  int power = 1;
  while (fd / power >= 10) power *= 10;
  for (; power; power /= 10) *end++ = (char)('0' + fd / power % 10);
  return CALL_4(openat, AT_FDCWD, path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0);
}
