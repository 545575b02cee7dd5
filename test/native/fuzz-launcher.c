/*
 * fuzz-launcher SEED COUNT
 *
 * The whole launcher, compiled hosted under sanitizers, in COUNT odd worlds: arguments, variables, descriptors,
 * files and system calls that fail. The system calls come to `pretend` below. In the end there is Node with the
 * arguments and the record that belong to this world, or status 125 and one line. Run N of a seed is the same in
 * every run, whatever COUNT.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../native/sexton.h"

static long pretend(long number, long a, long b, long c, long d, long e, long f);
static long pretend_mask(int how, const signal_set *set, signal_set *old);
static long pretend_action(int signal, const struct kernel_sigaction *action, struct kernel_sigaction *old);
#define system_call pretend
#define set_mask pretend_mask
#define set_action pretend_action
#define sexton_clone pretend_clone
#include "../../native/find.c"
#include "../../native/request.c"
#include "../../native/spawn.c"
#include "../../native/text.c"
#define __asm__(entry)
#include "../../native/launcher.c"
#undef __asm__

int fork(void);
int waitpid(int pid, int *status, int options);
void _exit(int status);
void __sanitizer_set_death_callback(void (*callback)(void));
void *__asan_region_is_poisoned(void *from, size_t size);

enum { MOST_STRINGS = 400, MOST_FDS = 4096, CHILD_PID = 4242, NODE_IS_THERE = 42, MOST_RECORD = 1 << 20 };
enum kind { CLOSED, INHERITED, FOLDER, CGROUP, NUMBER, REPORT, RECORD, OTHER };

static uint64_t seed, run, random_state;
static unsigned one_in; /* how often a system call fails; 0: never */
static int argc, environment_count, fd_count, has_proc, in_child, reported, program, listed;
static char *arguments[MOST_STRINGS + 1], *variables[MOST_STRINGS + 1];
static int fds[MOST_FDS];
static char kinds[MOST_FDS];
static uint8_t record_bytes[MOST_RECORD];
static size_t record_length;
static signal_set mask, ignored;
static struct failure report;
static jmp_buf child_is_gone;

#define CHECK(condition) ((condition) ? (void)0 : broken(#condition, __LINE__))

static void tell_run(void) { fprintf(stderr, "fuzz-launcher: run %llu of seed %llu\n", (unsigned long long)run, (unsigned long long)seed); }

static void broken(const char *condition, int line) {
  fprintf(stderr, "fuzz-launcher.c:%d: does not hold: %s\n", line, condition);
  tell_run();
  _exit(1);
}

/* splitmix64 */
static uint64_t any(void) {
  uint64_t z = random_state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static size_t below(size_t end) { return (size_t)(any() % end); }
static int fails(void) { return one_in && below(one_in) == 0; }

static long some_error(void) {
  static const int errors[] = {EPERM, ENOENT, ENOEXEC, EBADF, EAGAIN, EACCES, ENOTDIR, EINVAL, ENOSYS};
  return -errors[below(sizeof errors / sizeof *errors)];
}

/* ---- the kernel ---- */

static void touch(const void *bytes, size_t count) { CHECK(!__asan_region_is_poisoned((void *)bytes, count)); }

static long open_as(enum kind kind) {
  for (int fd = 0; fd < MOST_FDS; fd++)
    if (!kinds[fd]) return kinds[fd] = (char)kind, fd;
  return -24;
}

static long open_path(const char *path) {
  touch(path, strlen(path) + 1);
  if (fails()) return some_error();
  if (!strncmp(path, "/proc/", 6) && !has_proc) return -ENOENT;
  if (!strcmp(path, "/proc/self/fd")) return open_as(FOLDER);
  if (!strcmp(path, "/proc/self/cgroup")) return open_as(CGROUP);
  if (!strncmp(path, "/sys/", 5)) return below(2) ? open_as(NUMBER) : -ENOENT;
  return !strcmp(path, "/") || below(4) ? open_as(OTHER) : -ENOENT;
}

static long fill(char *to, size_t size, const char *text) {
  size_t length = strlen(text) < size ? strlen(text) : size;
  touch(to, size);
  memcpy(to, text, length);
  return (long)length;
}

static long read_from(int fd, char *to, size_t size) {
  static const char *const cgroups[] = {"0::/\n", "0::/a/b", "11:pids:/c\n0::/x\n", "", "::\n", "\n\n1:pids:", "abc"};
  static const char *const numbers[] = {"max\n", "100\n", "58\n", "0\n", "", "99999999999999999999999999999999999\n", "3"};
  if (kinds[fd] == REPORT && reported) return fill(to, size, ""), memcpy(to, &report, sizeof report), sizeof report;
  if (fails()) return some_error();
  if (kinds[fd] == CGROUP) {
    if (below(4)) return fill(to, size, cgroups[below(sizeof cgroups / sizeof *cgroups)]);
    touch(to, size);
    for (size_t i = 0; i < size; i++) to[i] = ":\n0pids/"[below(8)];
    return (long)size;
  }
  if (kinds[fd] == NUMBER) return fill(to, size, numbers[below(sizeof numbers / sizeof *numbers)]);
  return 0;
}

/* struct linux_dirent64: some at a time. */
static long list_entries(int folder, char *to, size_t size) {
  size_t used = 0;
  for (; listed < fd_count + 3; listed++) {
    char name[24];
    if (listed < 2) strcpy(name, listed ? ".." : ".");
    else sprintf(name, "%d", listed == 2 ? folder : fds[listed - 3]);
    size_t length = (19 + strlen(name) + 1 + 7) & ~(size_t)7;
    if (used + length > size || (used && below(100) == 0)) return (long)used;
    memset(to + used, 0xff, length);
    *(uint16_t *)(to + used + 16) = (uint16_t)length;
    strcpy(to + used + 19, name);
    used += length;
  }
  return (long)used;
}

static void check_record(const char *number) {
  struct record record;
  int fd = atoi(number);
  CHECK((fd > 2 || one_in) && fd < MOST_FDS && kinds[fd] == RECORD && record_length >= sizeof record);
  memcpy(&record, record_bytes, sizeof record);
  CHECK(record.magic == RECORD_MAGIC && record.argc == (uint32_t)argc && record.environment_count == (uint32_t)environment_count);
  CHECK(record.mask == mask && record.program == program);
  CHECK((record.ignored & ~ignored) == 0);
  CHECK(record.descriptor_count <= (uint32_t)fd_count);
  const int32_t *descriptors = (const int32_t *)(record_bytes + sizeof record);
  if (!one_in && has_proc) {
    CHECK(record.descriptor_count == (uint32_t)fd_count);
    for (int i = 0; i < fd_count; i++) CHECK(descriptors[i] == fds[i]);
  }
  const char *string = (const char *)(descriptors + record.descriptor_count);
  for (int i = 0; i < argc; i++, string += strlen(string) + 1) CHECK(!strcmp(string, arguments[i]));
  for (int i = 0; i < environment_count; i++, string += strlen(string) + 1) CHECK(!strcmp(string, variables[i]));
  CHECK(string == (char *)record_bytes + record_length);
}

static void check_node(const char *path, char **words, char **environment) {
  touch(path, strlen(path) + 1);
  CHECK(!strcmp(words[0], "sexton") && strlen(words[1]) >= strlen("/dist/sexton.cjs"));
  for (int i = 1; i < argc; i++) CHECK(words[i + 1] == arguments[i]);
  CHECK(words[argc ? argc + 1 : 2] == NULL);
  int preloads = 0, records = 0, others = 0, expected = 0;
  for (; *environment; environment++) {
    CHECK(strncmp(*environment, "NODE_", 5) && strncmp(*environment, "OPENSSL_CONF=", 13));
    if (!strncmp(*environment, "LD_PRELOAD=", 11)) preloads++;
    else if (!strncmp(*environment, "SEXTON_RECORD=", 14)) records++, check_record(*environment + 14);
    else others++;
  }
  for (int i = 0; i < environment_count; i++)
    expected += strncmp(variables[i], "NODE_", 5) && strncmp(variables[i], "OPENSSL_CONF=", 13) && strncmp(variables[i], "LD_PRELOAD=", 11) &&
                strncmp(variables[i], "SEXTON_RECORD=", 14);
  CHECK(preloads == 1 && others == expected);
  CHECK(records == 1 || (records == 0 && one_in));
}

static void check_program(const char *path, char **words, char **environment) {
  touch(path, strlen(path) + 1);
  if (!strcmp(path, "/bin/sh") && !strcmp(words[0], path)) words++; /* a script without #! */
  int skipped = argc;
  for (int i = 0; i < MOST_STRINGS && words[i]; i++) touch(words[i], strlen(words[i]) + 1), skipped--;
  CHECK(skipped == 1 || skipped == 2);
  for (int i = skipped + 1; i < argc; i++) CHECK(words[i - skipped] == arguments[i]);
  for (; *environment; environment++) {
    CHECK(strncmp(*environment, "SEXTON_NODE=", 12) && strncmp(*environment, "SEXTON_FFI=", 11));
    touch(*environment, strlen(*environment) + 1);
  }
}

static long pretend(long number, long a, long b, long c, long d, long e, long f) {
  (void)e, (void)f;
  switch (number) {
    case __NR_mmap: return (long)calloc(1, (size_t)b);
    case __NR_openat: return open_path((char *)b);
    case __NR_close:
      if (a < 0 || a >= MOST_FDS || !kinds[a]) return -EBADF;
      if (!in_child) kinds[a] = CLOSED;
      return 0;
    case __NR_fcntl: return a >= 0 && a < MOST_FDS && kinds[a] ? 0 : -EBADF;
    case __NR_faccessat:
      touch((char *)b, strlen((char *)b) + 1);
      return below(8) ? 0 : some_error();
    case __NR_readlinkat:
      if (below(3) == 0 || (!has_proc && !strncmp((char *)b, "/proc/", 6))) return -ENOENT;
      return fill((char *)c, (size_t)d, below(2) ? "/opt/sexton/prebuilds/linux-x64/sexton" : below(2) ? "sexton" : "../x/./sexton");
    case __NR_chdir: touch((char *)a, strlen((char *)a) + 1); return below(2) ? 0 : some_error();
    case __NR_fchdir: return fails() ? some_error() : 0;
    case __NR_getcwd: return fill((char *)a, (size_t)b, below(2) ? "/opt/a" : "(unreachable)/b") + 1;
    case __NR_read: return read_from((int)a, (char *)b, (size_t)c);
    case __NR_write:
      touch((void *)b, (size_t)c);
      if (kinds[a] == RECORD) {
        if (fails()) return below(2) ? 0 : some_error();
        size_t count = 1 + below((size_t)c);
        CHECK(record_length + count <= sizeof record_bytes);
        memcpy(record_bytes + record_length, (void *)b, count);
        record_length += count;
        return (long)count;
      }
      if (in_child) {
        CHECK(c == sizeof report && kinds[a] == REPORT);
        memcpy(&report, (void *)b, sizeof report);
        return reported = 1, c;
      }
      CHECK(a == 2 && c < 4096 && !strncmp((char *)b, "sexton: ", 8) && ((char *)b)[c - 1] == '\n');
      return c;
    case __NR_prlimit64: {
      static const uint64_t limits[] = {0, 3, 32, 40, 256, 1024, 1 << 20, ~(uint64_t)0};
      if (fails()) return some_error();
      ((uint64_t *)d)[0] = limits[below(8)], ((uint64_t *)d)[1] = limits[2 + below(6)];
      return 0;
    }
    case __NR_getdents64: return fails() ? some_error() : list_entries((int)a, (char *)b, (size_t)c);
    case __NR_memfd_create: return fails() ? some_error() : open_as(RECORD);
    case __NR_getpid: return in_child ? CHILD_PID : 1 + 6 * (long)(seed & 1);
    case __NR_getppid: return 0;
    case __NR_getpgid:
    case __NR_getsid: return 1;
    case __NR_prctl:
    case __NR_nanosleep:
    case __NR_kill: return 0;
    case __NR_setpgid: return fails() ? some_error() : 0;
    case __NR_ioctl:
      if (b == TIOCGPGRP) *(int *)c = 1;
      return below(2) ? 0 : -25;
    case __NR_pipe2:
      if (fails()) return -24;
      ((int *)a)[0] = (int)open_as(REPORT), ((int *)a)[1] = (int)open_as(REPORT);
      return 0;
    case __NR_wait4:
      CHECK(a == CHILD_PID);
      return a;
    case __NR_execve:
      if (!in_child) {
        check_node((char *)a, (char **)b, (char **)c);
        if (!fails()) _exit(NODE_IS_THERE);
        return some_error();
      }
      check_program((char *)a, (char **)b, (char **)c);
      if (below(3)) return below(3) == 0 ? -ENOENT : below(2) ? -ENOEXEC : some_error();
      program = CHILD_PID;
      longjmp(child_is_gone, 1);
    case __NR_exit_group:
      if (in_child) longjmp(child_is_gone, 1);
      CHECK(a == FAILED);
      _exit(0);
    default: fprintf(stderr, "system call %ld\n", number); broken("a system call that is known", __LINE__);
  }
  return -ENOSYS;
}

static long pretend_mask(int how, const signal_set *set, signal_set *old) {
  static int times;
  CHECK(how == SIG_SETMASK);
  if (set && !in_child) touch(set, sizeof *set);
  if (old) *old = times++ ? ~(signal_set)0 : mask;
  return 0;
}

static long pretend_action(int signal, const struct kernel_sigaction *action, struct kernel_sigaction *old) {
  CHECK(signal >= 1 && signal <= LAST_SIGNAL);
  if (fails()) return -EINVAL;
  if (action) touch(action, sizeof *action);
  if (old) *old = (struct kernel_sigaction){.handler = ignored & set_of(signal) ? SIG_IGN : SIG_DFL};
  return 0;
}

long pretend_clone(unsigned long flags, void *stack, int (*function)(void *), void *argument) {
  CHECK(flags == (CLONE_VM | CLONE_VFORK | SIGCHLD));
  touch((char *)stack - SPAWN_STACK, SPAWN_STACK);
  if (fails()) return -EAGAIN;
  if (setjmp(child_is_gone) == 0) {
    in_child = 1;
    function(argument);
    broken("the child never returns", __LINE__);
  }
  in_child = 0;
  return CHILD_PID;
}

/* ---- a world ---- */

static char *exactly(const char *text) { return strcpy(malloc(strlen(text) + 1), text); }

static char *some_text(int is_variable) {
  static const char *const words[] = {"--", "-", "", "sh", "-v", "/bin/true", "a b", "\xff\xfe", "--version", "sexton"};
  static const char *const settings[] = {"PATH=/bin:/usr/bin", "PATH=", "PATH", "PATH=:", "SEXTON_NODE=/n", "SEXTON_NODE=", "SEXTON_FFI=koffi",
    "SEXTON_FAST_LANE=0", "SEXTON_FAST_LANE=1", "SEXTON_FAST_LANE=", "SEXTON_", "SEXTON_USER=x", "SEXTON_RECORD=3", "NODE_OPTIONS=--inspect", "NODE_",
    "OPENSSL_CONF=x", "LD_PRELOAD=a:b", "LISTEN_PID=1", "LISTEN_PID=7", "LISTEN_PID=", "=", "", "A=1", "A"};
  size_t kind = below(is_variable ? 12 : 8);
  if (kind > 1) return exactly(is_variable ? settings[below(sizeof settings / sizeof *settings)] : words[below(sizeof words / sizeof *words)]);
  size_t length = below(kind ? 64 : below(20) ? 300 : 20000);
  char *text = malloc(length + 6);
  for (size_t i = 0; i < length + 5; i++) text[i] = below(4) ? 'x' : ":/=.- a$"[below(8)];
  if (is_variable && below(2)) memcpy(text, "PATH=", 5);
  text[length + 5] = 0;
  return text;
}

static void launch_somewhere(void) {
  one_in = below(2) ? 0 : 3 + (unsigned)below(60);
  has_proc = below(4) != 0;
  mask = any(), ignored = any() & any();
  argc = below(50) == 0 ? 0 : 1 + (int)below(below(10) ? 6 : MOST_STRINGS);
  environment_count = (int)below(below(10) ? 12 : MOST_STRINGS);
  for (int i = 0; i < argc; i++) arguments[i] = i ? some_text(0) : exactly(below(4) ? "/usr/bin/sexton" : "init");
  for (int i = 0; i < environment_count; i++) variables[i] = some_text(1);
  for (int fd = 0, most = (int)below(below(10) ? 40 : 1500); fd < most; fd++)
    if (below(3)) kinds[fd] = INHERITED;
  if (!has_proc)
    for (int fd = 0; fd < MOST_FDS; fd++) kinds[fd] = fd < 3 ? INHERITED : CLOSED; /* whatever the limit: the same ones */
  for (int fd = 0; fd < MOST_FDS; fd++)
    if (kinds[fd]) fds[fd_count++] = fd;
  for (size_t total = 0; total < ARENA; total += 1024) allocate(1024); /* from here on each allocation is a piece of its own */

  char *executed = exactly(below(3) ? "/usr/bin/sexton" : below(2) ? "./sexton" : "sexton");
  long auxiliary[] = {6, 4096, AT_EXECFN, (long)executed, 0, 0};
  size_t words = 1 + (size_t)argc + 1 + (size_t)environment_count + 1, count = sizeof auxiliary / sizeof *auxiliary;
  long *stack = calloc(words + count, sizeof *stack);
  stack[0] = argc;
  memcpy(stack + 1, arguments, (size_t)argc * sizeof *arguments);
  memcpy(stack + 1 + argc + 1, variables, (size_t)environment_count * sizeof *variables);
  memcpy(stack + words, auxiliary, sizeof auxiliary);
  launch(stack);
}

int main(int count, char **words) {
  if (count != 3) return fputs("fuzz-launcher SEED COUNT\n", stderr), 2;
  __sanitizer_set_death_callback(tell_run);
  seed = strtoull(words[1], NULL, 10);
  uint64_t runs = strtoull(words[2], NULL, 10), nodes = 0;
  for (run = 1; run <= runs; run++) {
    random_state = seed * 0x2545f4914f6cdd1du + run;
    int child = fork(), status;
    if (child == 0) launch_somewhere();
    if (child < 0 || waitpid(child, &status, 0) != child) return perror("fuzz-launcher"), 2;
    if (WIFSIGNALED(status)) return fprintf(stderr, "signal %d\n", WTERMSIG(status)), tell_run(), 1;
    if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != NODE_IS_THERE) return 1;
    nodes += WEXITSTATUS(status) == NODE_IS_THERE;
  }
  printf("{\"runs\": %llu, \"nodes\": %llu}\n", (unsigned long long)runs, (unsigned long long)nodes);
  return 0;
}
