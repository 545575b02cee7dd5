/*
 * fork and exec, as a container init needs them.
 *
 * clone(CLONE_VM | CLONE_VFORK): the child borrows our memory until it executes the program, so that a
 * spawn takes the same 0.1 ms whatever Node's size. The price is discipline: all signals are blocked, so
 * that none of our handlers can run in the child, and the child has a stack of its own.
 */
#include "spawn.h"

enum { PAGE = 4096, MOST_GROUPS = 1024 };

static char *lay_out(const struct request *request, struct child *child, size_t *size);
static char **take_strings(char ***pointer, char **string, uint32_t count);
static char *next_string(char **string);
static void open_terminal(struct child *child);
static void release_terminal(int terminal);
static int start(void *argument);
static void fail(const struct child *child, enum spawn_step step, long error) __attribute__((noreturn));
static void become_leader(const struct child *child);
static void change_credentials(const struct child *child);
static void drop_capabilities(const struct child *child);
static void set_limits(const struct child *child);
static long restore_dispositions(const struct child *child);
static long restore_descriptors(const struct child *child);
static void write_listen_pid(const struct child *child);
static long execute(const struct child *child);
long sexton_clone(unsigned long flags, void *stack, int (*function)(void *), void *argument);

/**
 * Spawns the program of a request (request.h). Returns its pid, or -errno; then the first four bytes of
 * the buffer hold the step that failed.
 */
EXPORT int sexton_spawn(uint8_t *buffer, uint32_t length) {
  struct request request;
  struct child child;
  struct failure failure = {EINVAL, STEP_REQUEST};
  long pid = -1;
  if (!parse_request(buffer, length, &request)) {
    size_t size;
    char *memory = lay_out(&request, &child, &size);
    if ((unsigned long)memory > -4096UL) failure = (struct failure){(int32_t)-(long)memory, STEP_PREPARE};
    else {
      pid = spawn_child(&child, memory + SPAWN_STACK, &failure);
      CALL_2(munmap, memory, size);
    }
  }
  if (pid > 0) return (int)pid;
  if (buffer && length >= 4)
    for (int byte = 0; byte < 4; byte++) buffer[byte] = (uint8_t)((uint32_t)failure.step >> 8 * byte);
  return -failure.error;
}

/**
 * Executes the program of a request in our place, with its dispositions, descriptors and mask; nothing else of the
 * request counts. Returns only if that fails: -errno. Then dispositions and mask are those of the request.
 */
EXPORT int sexton_exec(uint8_t *buffer, uint32_t length) {
  struct request request;
  struct child child;
  size_t size;
  if (parse_request(buffer, length, &request)) return -EINVAL;
  char *memory = lay_out(&request, &child, &size);
  if ((unsigned long)memory > -4096UL) return (int)(long)memory;
  restore_dispositions(&child);
  restore_descriptors(&child);
  set_mask(SIG_SETMASK, &request.mask, NULL);
  int error = (int)execute(&child);
  CALL_2(munmap, memory, size);
  return error;
}

/*
 * One mapping: room for the child's stack, and above it the pointers to candidates, argv and environment.
 * Returns it, or -errno as mmap does.
 */
static char *lay_out(const struct request *request, struct child *child, size_t *size) {
  size_t table = (request->string_count + 8) * sizeof(char *);
  *size = (SPAWN_STACK + table + PAGE - 1) & ~(size_t)(PAGE - 1);
  char *memory = (char *)CALL_6(mmap, NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if ((unsigned long)memory > -4096UL) return memory;
  *child = (struct child){.request = request, .report = -1};
  char **pointer = (char **)(memory + SPAWN_STACK);
  char *string = request->strings;
  if (request->flags & SPAWN_DIRECTORY) child->directory = next_string(&string);
  child->candidates = take_strings(&pointer, &string, request->candidate_count);
  pointer++; /* arguments[-1] */
  child->arguments = take_strings(&pointer, &string, request->argc);
  child->environment = take_strings(&pointer, &string, request->environment_count);
  if (request->listen_pid != NO_LISTEN_PID) child->listen_pid = child->environment[request->listen_pid];
  return memory;
}

long spawn_child(struct child *child, void *stack, struct failure *failure) {
  int report[2];
  long error = CALL_2(pipe2, report, O_CLOEXEC);
  if (error < 0) {
    *failure = (struct failure){(int32_t)-error, STEP_PREPARE};
    return -1;
  }
  signal_set all = ~(signal_set)0, mask;
  set_mask(SIG_SETMASK, &all, &mask);
  child->report = report[1];
  open_terminal(child);
  if (child->request->flags & SPAWN_SESSION) release_terminal(child->terminal);
  long pid = sexton_clone(CLONE_VM | CLONE_VFORK | SIGCHLD, stack, start, child);

  CALL_1(close, report[1]);
  *failure = (struct failure){0, 0};
  if (pid < 0) *failure = (struct failure){(int32_t)-pid, STEP_FORK};
  else if (CALL_3(read, report[0], failure, sizeof *failure) == sizeof *failure) {
    CALL_4(wait4, pid, NULL, 0, NULL);
    reclaim_terminal(child->terminal, pid);
  }
  CALL_1(close, report[0]);
  if (child->terminal_opened) CALL_1(close, child->terminal);
  set_mask(SIG_SETMASK, &mask, NULL);
  return failure->error ? -1 : pid;
}

/* Points the next count places of the table at the next strings, and ends them with NULL. */
static char **take_strings(char ***pointer, char **string, uint32_t count) {
  char **first = *pointer;
  while (count--) *(*pointer)++ = next_string(string);
  *(*pointer)++ = NULL;
  return first;
}

static char *next_string(char **string) {
  char *this = *string;
  while (*(*string)++) {
  }
  return this;
}

/* The controlling terminal, wherever stdin leads; stdin where there is no /dev/tty; -1 without one. */
static void open_terminal(struct child *child) {
  child->terminal = -1;
  child->terminal_opened = 0;
  if (!(child->request->flags & SPAWN_TERMINAL)) return;
  int group;
  long fd = CALL_4(openat, AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
  if (fd >= 0) child->terminal_opened = 1;
  else if (CALL_3(ioctl, 0, TIOCGPGRP, &group) == 0) fd = 0;
  if (fd >= 0) child->terminal = (int)fd;
}

/*
 * A session leader keeps its terminal from the child's new session unless it lets go of it first
 * (ioctl_tty(2), TIOCNOTTY). The kernel then sends SIGHUP and SIGCONT to the foreground group, that is to us;
 * the handler knows by their sender that they are not for the program.
 */
static void release_terminal(int terminal) {
  if (terminal >= 0 && CALL_1(getsid, 0) == CALL_0(getpid)) CALL_3(ioctl, terminal, TIOCNOTTY, 0);
}

/* What was handed to a child is ours again, unless it has gone elsewhere since. */
void reclaim_terminal(int terminal, long pid) {
  int holder, own = (int)CALL_1(getpgid, 0);
  if (terminal >= 0 && CALL_3(ioctl, terminal, TIOCGPGRP, &holder) == 0 && holder == pid) CALL_3(ioctl, terminal, TIOCSPGRP, &own);
}

/* From here on we are the child. Each step names itself when it fails. */
static int start(void *argument) {
  struct child *child = argument;
  become_leader(child);
  if (child->request->flags & SPAWN_CREDENTIALS) change_credentials(child);
  if (child->directory) {
    long error = CALL_1(chdir, child->directory);
    if (error < 0) fail(child, STEP_DIRECTORY, error);
  }
  set_limits(child);
  long error = restore_dispositions(child);
  if (error < 0) fail(child, STEP_SIGNALS, error);
  error = restore_descriptors(child);
  if (error < 0) fail(child, STEP_DESCRIPTOR, error);
  write_listen_pid(child);
  error = set_mask(SIG_SETMASK, &child->request->mask, NULL);
  if (error < 0) fail(child, STEP_SIGNALS, error);
  fail(child, STEP_EXEC, execute(child));
}

static void fail(const struct child *child, enum spawn_step step, long error) {
  struct failure failure = {(int32_t)-error, (int32_t)step};
  CALL_3(write, child->report, &failure, sizeof failure);
  for (;;) CALL_1(exit_group, 127);
}

/* A terminal that does not let itself be handed over is no reason not to run the program. */
static void become_leader(const struct child *child) {
  uint32_t flags = child->request->flags;
  int holder = 0, group = (int)CALL_1(getpgid, 0);
  long has_terminal = child->terminal >= 0 && CALL_3(ioctl, child->terminal, TIOCGPGRP, &holder) == 0;
  if (flags & SPAWN_SESSION) {
    long error = CALL_0(setsid);
    if (error < 0) fail(child, STEP_SESSION, error);
    if (child->terminal >= 0) CALL_3(ioctl, child->terminal, TIOCSCTTY, 0);
  } else if (flags & SPAWN_GROUP) {
    long error = CALL_2(setpgid, 0, 0);
    if (error < 0) fail(child, STEP_GROUP, error);
    /* Only if our own group holds it: a job in the background must not take the shell's terminal. 0 is a holder
       outside our PID namespace. No race and no SIGTTOU: this happens before exec, with every signal blocked. */
    int own = (int)CALL_0(getpid);
    if (has_terminal && holder > 0 && holder == group) CALL_3(ioctl, child->terminal, TIOCSPGRP, &own);
  }
}

static void change_credentials(const struct child *child) {
  const struct request *request = child->request;
  uint32_t groups[MOST_GROUPS]; /* aligned, as setgroups(2) wants them */
  if (request->group_count > MOST_GROUPS) fail(child, STEP_SUPPLEMENTARY_GROUPS, -EINVAL);
  for (uint32_t i = 0; i < request->group_count; i++) groups[i] = read_32(request->groups + 4 * i);
  long error = CALL_2(setgroups, request->group_count, groups);
  if (error < 0) fail(child, STEP_SUPPLEMENTARY_GROUPS, error);
  error = CALL_3(setresgid, request->gid, request->gid, request->gid);
  if (error < 0) fail(child, STEP_GID, error);
  error = CALL_3(setresuid, request->uid, request->uid, request->uid);
  if (error < 0) fail(child, STEP_UID, error);
  if (request->uid != 0) drop_capabilities(child);
}

/*
 * capabilities(7): the change of user empties only some of the sets, and under the securebits no_setuid_fixup and
 * keep_caps none. What is inheritable would come back with a file that has it inheritable too. Ambient follows.
 */
static void drop_capabilities(const struct child *child) {
  struct { uint32_t version; int32_t pid; } header = {0x20080522 /* _LINUX_CAPABILITY_VERSION_3 */, 0};
  uint32_t none[6] = {0}; /* effective, permitted, inheritable; twice 32 bits */
  long error = CALL_2(capset, &header, none);
  if (error < 0) fail(child, STEP_CAPABILITIES, error);
}

static void set_limits(const struct child *child) {
  const struct request *request = child->request;
  for (uint32_t i = 0; i < request->limit_count; i++) {
    const uint8_t *limit = request->limits + 24 * i;
    uint64_t soft_and_hard[2] = {read_64(limit + 8), read_64(limit + 16)};
    long error = CALL_4(prlimit64, 0, read_32(limit), soft_and_hard, NULL);
    if (error < 0) fail(child, STEP_LIMIT, error);
  }
}

/*
 * exec turns our handlers into the default by itself, but SIGTTIN and SIGTTOU, which we ignore, stay ignored.
 * Returns 0 or -errno.
 */
static long restore_dispositions(const struct child *child) {
  struct kernel_sigaction standard = {.handler = SIG_DFL}, ignore = {.handler = SIG_IGN};
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    long error = set_action(signal, child->request->ignored & set_of(signal) ? &ignore : &standard, NULL);
    if (error < 0 && signal <= SIGSYS) return error; /* the others may be an emulator's */
  }
  return 0;
}

/* Returns 0 or -errno: a program must not start without its stdout. One that has been closed since is no error. */
static long restore_descriptors(const struct child *child) {
  const struct request *request = child->request;
  for (uint32_t i = 0; i < request->descriptor_count; i++) {
    int fd = (int)read_32(request->descriptors + 8 * i);
    uint32_t fate = read_32(request->descriptors + 8 * i + 4);
    if (fd == child->report) continue; /* the listed one was closed meanwhile, and its number is ours now */
    if (fate == DESCRIPTOR_CLOSED) CALL_1(close, fd);
    else {
      long error = CALL_3(fcntl, fd, F_SETFD, 0);
      if (error < 0 && error != -EBADF) return error;
    }
  }
  return 0;
}

/* sd_listen_fds(3): sockets are for the process that LISTEN_PID names, and that is the program now. */
static void write_listen_pid(const struct child *child) {
  if (!child->listen_pid) return;
  char digits[LISTEN_PID_DIGITS + 1];
  char *digit = digits + LISTEN_PID_DIGITS;
  *digit = 0;
  for (long pid = CALL_0(getpid); pid; pid /= 10) *--digit = (char)('0' + pid % 10);
  char *to = child->listen_pid + sizeof LISTEN_PID_PREFIX - 1;
  while ((*to++ = *digit++)) {
  }
}

/* execvp(3) over candidates that were made from PATH: a missing one is passed over, a forbidden one is remembered. */
static long execute(const struct child *child) {
  long error = -ENOENT;
  int forbidden = 0;
  for (char **candidate = child->candidates; *candidate; candidate++) {
    error = CALL_3(execve, *candidate, child->arguments, child->environment);
    if (error == -ENOEXEC) {
      /* A script without #!: POSIX has the shell run it. */
      char *first = child->arguments[0];
      child->arguments[-1] = "/bin/sh";
      child->arguments[0] = *candidate;
      error = CALL_3(execve, "/bin/sh", child->arguments - 1, child->environment);
      if (error == -ENOENT) error = -ENOEXEC; /* no shell in this image: the file is what cannot be executed */
      child->arguments[0] = first;
    }
    if (error == -EACCES) forbidden = 1;
    else if (error != -ENOENT && error != -ENOTDIR && error != -ESTALE && error != -ENODEV && error != -ETIMEDOUT) return error;
  }
  return forbidden ? -EACCES : error;
}

/* clone(2) with a stack for the child: the function is called there, and never returns. */
#if defined(__x86_64__)
__asm__(".text\n.hidden sexton_clone\n.globl sexton_clone\n.type sexton_clone, @function\nsexton_clone:\n"
        "  sub $16, %rsi\n"
        "  mov %rdx, 0(%rsi)\n"
        "  mov %rcx, 8(%rsi)\n"
        "  xor %edx, %edx\n"
        "  xor %r10d, %r10d\n"
        "  xor %r8d, %r8d\n"
        "  mov $56, %eax\n" /* __NR_clone */
        "  syscall\n"
        "  test %rax, %rax\n"
        "  jnz 1f\n"
        "  xor %ebp, %ebp\n"
        "  pop %rax\n"
        "  pop %rdi\n"
        "  call *%rax\n"
        "  hlt\n"
        "1: ret\n"
        ".size sexton_clone, .-sexton_clone\n");
#elif defined(__aarch64__)
__asm__(".text\n.hidden sexton_clone\n.globl sexton_clone\n.type sexton_clone, %function\nsexton_clone:\n"
        "  stp x2, x3, [x1, #-16]!\n"
        "  mov x2, #0\n"
        "  mov x3, #0\n"
        "  mov x4, #0\n"
        "  mov x8, #220\n" /* __NR_clone */
        "  svc #0\n"
        "  cbz x0, 1f\n"
        "  ret\n"
        "1: ldp x1, x0, [sp], #16\n"
        "  mov x29, #0\n"
        "  blr x1\n"
        "  brk #0\n"
        ".size sexton_clone, .-sexton_clone\n");
#endif
