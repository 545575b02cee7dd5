/*
 * Signals as records in a pipe.
 *
 * A handler for every signal writes {signal, si_code, si_pid, si_uid} to a pipe, where sexton_next (next.c) finds it.
 * Handlers, and not only a blocked mask with rt_sigtimedwait: Node has other threads, whose masks are not ours to set,
 * and while the main one runs JavaScript the kernel may deliver a process-directed signal to any of them. A handler
 * that writes to a pipe does not care which thread runs it.
 */
#include "signals.h"

static int own_pid;
static void *main_thread;
static int pipe_read = -1, pipe_write = -1;
/* The signals that come to us, and who would have had them otherwise. */
static signal_set taken;
static struct kernel_sigaction previous[LAST_SIGNAL + 1];
/* Somebody reads the pipe, or is about to: Node has booted. */
static int is_listening;
/* SIGTTIN and SIGTTOU come to us, instead of being ignored. */
static int takes_terminal_stops;

/* How long Node may still take to boot once it was told to end. Seconds. */
enum { BOOT_AFTER_STOP = 10 };

/* What did not fit into the pipe, by signal. A sender may go missing there, a signal never. */
static int overflowed[LAST_SIGNAL + 1];
static int overflowed_any;
/* How many records the pipe holds, so that nobody has to ask it. */
static int recorded;
/* A SIGCHLD is on its way to sexton_next: one record is enough, however many children end. */
static int child_announced;

/* 32 and 33 are the C library's; SIGKILL and SIGSTOP nobody's. */
#define ORDINARY                                                                                                    \
  (~(signal_set)0 & ~(FAULTS | set_of(SIGKILL) | set_of(SIGSTOP) | set_of(SIGSYS + 1) | set_of(FIRST_REALTIME - 1)))

static int open_pipe(void);
static struct kernel_sigaction to_handler(void);
static int take(signal_set signals);
static void handle(int signal, struct signal_info *info, void *context);
static void fault(int signal, struct signal_info *info, void *context);
static void leave_to_libc(int signal);
static int is_main_thread(void);
static void set_alarm(int64_t seconds);
static void record(const struct event *event);
static int take_overflowed(struct event *event);

/**
 * From now on every signal that can be forwarded waits in the pipe for sexton_next.
 * SIGTTIN and SIGTTOU are ignored, so that a background init may use its terminal, unless they are wanted too.
 * Returns 0, or -errno.
 */
EXPORT int sexton_listen(int terminal_stops) {
  int error = open_pipe();
  if (error < 0) return error;
  error = take(ORDINARY | FAULTS);
  if (error < 0) return error;
  is_listening = 1;
  set_alarm(0);
  takes_terminal_stops = terminal_stops;
  if (terminal_stops) {
    struct kernel_sigaction action = to_handler();
    set_action(SIGTTIN, &action, NULL);
    set_action(SIGTTOU, &action, NULL);
  }
  return 0;
}

/*
 * Preloaded by the launcher, this runs before Node's own code, with every signal blocked (which nobody else
 * leaves so): from here on signals wait for sexton_listen instead of being dropped while Node boots. Only the
 * fault signals are left to Node until then.
 */
__attribute__((constructor)) static void preloaded(void) {
  signal_set mask = 0;
  set_mask(SIG_BLOCK, NULL, &mask);
  if ((mask | set_of(SIGKILL) | set_of(SIGSTOP)) != ~(signal_set)0) return;
  if (open_pipe() == 0) take(ORDINARY);
  /* Until sexton names itself: a `pkill node` in the container must not end its init. */
  CALL_5(prctl, PR_SET_NAME, "sexton", 0, 0, 0);
}

static int open_pipe(void) {
  if (pipe_read >= 0) return 0;
  int ends[2];
  long error = CALL_2(pipe2, ends, O_CLOEXEC);
  if (error < 0) return (int)error;
  /* Only the write end: a handler must never block, while sexton_next blocks on purpose. */
  CALL_3(fcntl, ends[1], F_SETFL, O_NONBLOCK);
  own_pid = (int)CALL_0(getpid);
  main_thread = __builtin_thread_pointer();
  pipe_read = ends[0];
  pipe_write = ends[1];
  return 0;
}

static struct kernel_sigaction to_handler(void) {
  return (struct kernel_sigaction){.handler = (unsigned long)handle, .flags = SA_SIGINFO | SA_RESTART, .mask = ~(signal_set)0};
}

/* Returns 0, or -errno if one of them cannot be had. Of the realtime signals emulators keep some: qemu-user, valgrind. */
static int take(signal_set signals) {
  long error = 0;
  struct kernel_sigaction action = to_handler(), ignore = {.handler = SIG_IGN};
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
    if (signal > SIGSYS && signal < FIRST_REALTIME) leave_to_libc(signal);
    if (!(signals & ~taken & set_of(signal))) continue;
    int is_terminal_stop = signal == SIGTTIN || signal == SIGTTOU;
    long result = set_action(signal, is_terminal_stop ? &ignore : &action, &previous[signal]);
    if (result == 0) taken |= set_of(signal);
    else if (signal < FIRST_REALTIME) error = result;
  }
  /* What was blocked for so long comes now, in the kernel's order; and what Node blocks must not stay so. */
  signal_set none = 0;
  long result = set_mask(SIG_SETMASK, &none, NULL);
  return (int)(error < 0 ? error : result);
}

/** struct sigaction as glibc and musl have it, alike on x86-64 and arm64. */
struct libc_sigaction {
  unsigned long handler;
  signal_set mask, rest_of_mask[15];
  int32_t flags;
  void (*restorer)(void);
};

/**
 * sigaction(3) for Node, when preloaded: it would put its own handlers over ours, and open its debugger on
 * SIGUSR1. What is taken stays ours; Node's wish is only remembered. errno is out of reach without a libc: Node
 * asks for no signal that could be refused.
 */
EXPORT int sigaction(int signal, const struct libc_sigaction *wanted, struct libc_sigaction *old) {
  struct kernel_sigaction action, before;
  if (wanted) action = (struct kernel_sigaction){.handler = wanted->handler, .flags = (uint32_t)wanted->flags, .mask = wanted->mask};
  if (signal >= 1 && signal <= LAST_SIGNAL && taken & set_of(signal)) {
    before = previous[signal];
    if (wanted) previous[signal] = action;
  } else if (set_action(signal, wanted ? &action : NULL, &before) < 0) return -1;
  if (old) {
    old->handler = before.handler;
    old->mask = before.mask;
    for (int word = 0; word < 15; word++) old->rest_of_mask[word] = 0;
    old->flags = (int32_t)before.flags;
  }
  return 0;
}

/*
 * 32 and 33 are the C library's, which catches them only once it needs them. Until then they must be ignored
 * explicitly: the default action ends even a PID 1 if one thread has the signal blocked (ours, in a handler or
 * around a spawn) and another has not.
 */
static void leave_to_libc(int signal) {
  struct kernel_sigaction ignore = {.handler = SIG_IGN}, current;
  if (set_action(signal, NULL, &current) == 0 && current.handler == SIG_DFL) set_action(signal, &ignore, NULL);
}

signal_set signals_to_wait_for(void) {
  /* A fault that our own instruction raises while it is blocked would be the end. And what is ignored must not be
     blocked, nor waited for: then the kernel keeps it. */
  return taken & ~FAULTS & ~(takes_terminal_stops ? 0 : set_of(SIGTTIN) | set_of(SIGTTOU));
}

/* Only these two codes: with any other one below 0 (SI_QUEUE), rt_sigqueueinfo(2) lets everybody write any pid. */
int is_own(const struct signal_info *info) {
  return (info->code == SI_USER || info->code == SI_TKILL) && info->pid == own_pid;
}

/*
 * Our own instruction, or a call of ours: abort() and V8's heap limit send to themselves. si_code > 0 is the kernel's;
 * F_SETSIG of fcntl(2) lets everybody have such a one, but for the signals that have codes of their own. SIGABRT has
 * none, and no instruction raises it.
 */
static int is_our_fault(int signal, const struct signal_info *info) {
  if (!(FAULTS & set_of(signal))) return 0;
  return is_own(info) || (info->code > 0 && signal != SIGABRT);
}

/* The handler; runs with every signal blocked, on whichever thread the kernel picked. */
static void handle(int signal, struct signal_info *info, void *context) {
  if (is_our_fault(signal, info)) {
    fault(signal, info, context);
    return;
  }
  if (is_own(info)) return;
  /* A Node that hangs while it boots (it does, with too little memory) must not hold up a stop for ever. Only by our
     own clock: no F_SETSIG has its code. */
  if (!is_listening && signal == SIGALRM && info->code == SI_KERNEL) CALL_1(exit_group, 128 + SIGTERM);
  if (!is_listening && (signal == SIGTERM || signal == SIGINT)) set_alarm(BOOT_AFTER_STOP);
  struct event event = {signal, info->code, info->pid, info->uid};
  /* The main thread while it waits (a fault signal of another process): sexton_next has to look at its clock. */
  if (is_main_thread() && !is_waiting() && pass_on_and_remember(&event)) return;
  if (signal == SIGCHLD && __atomic_exchange_n(&child_announced, 1, __ATOMIC_SEQ_CST)) return;
  record(&event);
  if (is_waiting()) wake();
}

static int is_main_thread(void) { return __builtin_thread_pointer() == main_thread; }

/* setitimer(2), ITIMER_REAL: SIGALRM from the kernel. 0 seconds: no alarm. */
static void set_alarm(int64_t seconds) {
  int64_t timer[4] = {0, 0, seconds, 0};
  CALL_3(setitimer, 0, timer, NULL);
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
  if (CALL_3(write, pipe_write, event, sizeof *event) == sizeof *event) {
    __atomic_add_fetch(&recorded, 1, __ATOMIC_SEQ_CST);
    return;
  }
  /* Standard signals coalesce, as they do in the kernel; realtime signals queue, so they are counted. */
  if (event->signal < FIRST_REALTIME) __atomic_store_n(&overflowed[event->signal], 1, __ATOMIC_SEQ_CST);
  else __atomic_add_fetch(&overflowed[event->signal], 1, __ATOMIC_SEQ_CST);
  __atomic_store_n(&overflowed_any, 1, __ATOMIC_SEQ_CST);
}

int take_recorded(struct event *event) {
  if (take_overflowed(event)) return 1;
  if (!__atomic_load_n(&recorded, __ATOMIC_SEQ_CST)) return 0;
  long length = CALL_3(read, pipe_read, event, sizeof *event);
  if (length < 0) return (int)length;
  __atomic_sub_fetch(&recorded, 1, __ATOMIC_SEQ_CST);
  if (event->signal == SIGCHLD) __atomic_store_n(&child_announced, 0, __ATOMIC_SEQ_CST);
  return 1;
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
