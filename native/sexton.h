/*
 * What the native parts share: raw system calls and the few kernel structures that they need.
 *
 * Everything here is freestanding: no libc, so that one object loads under glibc and under musl.
 * Signal sets are the kernel's (8 bytes), not libc's (128), and only system calls of the generic
 * set are used (arm64 has no poll, pipe, dup2 or vfork).
 */
#ifndef SEXTON_H
#define SEXTON_H

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

/* asm-generic/errno.h */
enum { EPERM = 1, ENOENT = 2, EINTR = 4, EIO = 5, E2BIG = 7, ENOEXEC = 8, EBADF = 9, ECHILD = 10, EAGAIN = 11, ENOMEM = 12, EACCES = 13, ENODEV = 19, ENOTDIR = 20,
       EINVAL = 22, ESPIPE = 29, ENOSYS = 38, EOPNOTSUPP = 95, ETIMEDOUT = 110, ESTALE = 116 };

/* asm-generic/signal.h and asm/signal.h, alike on x86-64 and arm64 */
enum { SIGHUP = 1, SIGINT = 2, SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGSEGV = 11, SIGPIPE = 13, SIGALRM = 14, SIGTERM = 15, SIGCHLD = 17,
       SIGCONT = 18, SIGSTOP = 19, SIGTTIN = 21, SIGTTOU = 22, SIGXFSZ = 25, SIGSYS = 31, FIRST_REALTIME = 34, LAST_SIGNAL = 64 };
enum { SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIG_SETMASK = 2 };
/* asm-generic/siginfo.h: kill(2), tgkill(2), and a timer or a terminal */
enum { SI_TKILL = -6, SI_USER = 0, SI_KERNEL = 0x80 };
#define SIG_DFL 0UL
#define SIG_IGN 1UL
#define SA_SIGINFO 0x00000004UL
#define SA_RESTORER 0x04000000UL
#define SA_RESTART 0x10000000UL

/* fcntl.h, sched.h, sys/mman.h, sys/ioctl.h, alike on x86-64 and arm64 */
enum { F_GETFD = 1, F_SETFD = 2, F_SETFL = 4, FD_CLOEXEC = 1, O_WRONLY = 1, O_RDWR = 2, O_NOCTTY = 0400, O_NONBLOCK = 04000, O_CLOEXEC = 02000000,
       O_PATH = 010000000, F_SETPIPE_SZ = 1031, RLIMIT_DATA = 2, RLIMIT_NPROC = 6, RLIMIT_NOFILE = 7, RLIMIT_AS = 9, PR_SET_NAME = 15, PR_SET_CHILD_SUBREAPER = 36 };
#if defined(__aarch64__)
enum { O_DIRECTORY = 040000 };
#else
enum { O_DIRECTORY = 0200000 };
#endif
enum { AT_FDCWD = -100 };
enum { CLONE_VM = 0x100, CLONE_VFORK = 0x4000 };
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20, MAP_STACK = 0x20000 };
enum { TCGETS = 0x5401, TIOCSCTTY = 0x540E, TIOCGPGRP = 0x540F, TIOCSPGRP = 0x5410, TIOCNOTTY = 0x5422 };
enum { POLLIN = 1, POLLOUT = 4, RWF_NOWAIT = 8 };

typedef uint64_t signal_set;

/** The set that holds one signal (1 to 64). */
static inline signal_set set_of(int signal) { return (signal_set)1 << (signal - 1); }

/** struct sigaction as rt_sigaction(2) takes it. arm64 has the restorer too, and never uses it. */
struct kernel_sigaction {
  unsigned long handler;
  unsigned long flags;
  void (*restorer)(void);
  signal_set mask;
};

/** The head of siginfo_t on a 64-bit kernel; pid and uid hold for what kill, sigqueue or tgkill sent. */
struct signal_info {
  int32_t signal, error, code, padding;
  int32_t pid;
  uint32_t uid;
};

struct timespec64 { int64_t seconds, nanoseconds; };
struct poll_descriptor { int32_t fd; int16_t events, revents; };
struct io_vector { const void *base; size_t length; };

#if defined(__x86_64__)
static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#else
#error "sexton knows x86-64 and arm64"
#endif

#define CALL_0(n) system_call(__NR_##n, 0, 0, 0, 0, 0, 0)
#define CALL_1(n, a) system_call(__NR_##n, (long)(a), 0, 0, 0, 0, 0)
#define CALL_2(n, a, b) system_call(__NR_##n, (long)(a), (long)(b), 0, 0, 0, 0)
#define CALL_3(n, a, b, c) system_call(__NR_##n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define CALL_4(n, a, b, c, d) system_call(__NR_##n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define CALL_5(n, a, b, c, d, e) system_call(__NR_##n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define CALL_6(n, a, b, c, d, e, f) system_call(__NR_##n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#if defined(__x86_64__)
/* rt_sigaction(2): x86-64 wants the return from a handler from us; arm64 has it in the vDSO. By its bytes, which
   are glibc's, debuggers know it. */
__attribute__((naked)) static void restore_from_handler(void) {
  __asm__ volatile("movq %0, %%rax\n\tsyscall" ::"i"(__NR_rt_sigreturn));
}
#endif

static inline long set_action(int signal, const struct kernel_sigaction *action, struct kernel_sigaction *old) {
#if defined(__x86_64__)
  if (action && action->handler != SIG_DFL && action->handler != SIG_IGN) {
    struct kernel_sigaction complete = *action;
    complete.flags |= SA_RESTORER;
    complete.restorer = restore_from_handler;
    return CALL_4(rt_sigaction, signal, &complete, old, sizeof(signal_set));
  }
#endif
  return CALL_4(rt_sigaction, signal, action, old, sizeof(signal_set));
}

static inline long set_mask(int how, const signal_set *set, signal_set *old) {
  return CALL_4(rt_sigprocmask, how, set, old, sizeof(signal_set));
}

#endif
