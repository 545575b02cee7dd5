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

#include "random.h"

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
#include "../../native/installed-node.c"
#undef __asm__

int fork(void);
int waitpid(int pid, int *status, int options);
void _exit(int status);
void __sanitizer_set_death_callback(void (*callback)(void));
void *__asan_region_is_poisoned(void *from, size_t size);

enum { OWN_GROUP = 1, MOST_STRINGS = 400, MOST_FDS = 4096, CHILD_PID = 4242, MOST_RECORD = 1 << 20, PAGE_SIZE = 4096, PIPE_SIZE = 65536 };
/* How a world ends: 1 is broken's and the sanitizers'. */
enum { WITH_PROGRAM = 2, BY_PIPE = 4, NODE_IS_THERE = 32 };
/* A record is in a memfd, or in a pipe with two ends. */
enum kind { CLOSED, INHERITED, FOLDER, CGROUP, NUMBER, TASKS_LIMIT, TASKS, REPORT, RECORD, RECORD_PIPE, RECORD_END, NODE, LIBRARY, TERMINAL, OTHER };

static uint64_t seed, run;
static unsigned one_in; /* how often a system call fails; 0: never */
static int argc, environment_count, fd_count, has_proc, in_child, reported, program, listed;
static int is_root, koffi, node_is_elf, no_memfd, no_files, has_terminal, cgroup_version;
static long tasks; /* how many more the cgroup allows; below 0: its files are odd */
static int no_limits, no_setting; /* prlimit64 is refused, or only to set something */
static uint64_t limits[16][2], soft_now;
static int elf_was_read, pipe_was_refused, size_was_refused, terminal_was_refused, is_reaped, foreground = OWN_GROUP;
static int to_forward;                    /* the signal that the program has to get next, or 0 */
static int was_too_long, must_be_shorter; /* E2BIG */
static char *arguments[MOST_STRINGS + 1], *variables[MOST_STRINGS + 1];
static int fds[MOST_FDS];
static char kinds[MOST_FDS], closes_on_exec[MOST_FDS];
static uint8_t record_bytes[MOST_RECORD];
static size_t record_length, record_position, pipe_size;
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

static int fails(void) { return one_in && below(one_in) == 0; }

static long some_error(void) {
  static const int errors[] = {EPERM, ENOENT, ENOEXEC, EBADF, EAGAIN, EACCES, ENOTDIR, EINVAL, ENOSYS};
  return -errors[below(sizeof errors / sizeof *errors)];
}

/* ---- the kernel ---- */

static void touch(const void *bytes, size_t count) { CHECK(!__asan_region_is_poisoned((void *)bytes, count)); }

static long own_pid(void) { return 1 + 6 * (long)(seed & 1); }

static long open_as(enum kind kind, long flags) {
  for (int fd = 0; fd < MOST_FDS && (uint64_t)fd < soft_now; fd++)
    if (!kinds[fd]) return closes_on_exec[fd] = (flags & O_CLOEXEC) != 0, kinds[fd] = (char)kind, fd;
  return -24;
}

static long open_tasks(const char *path) {
  const char *name = path + strlen(cgroup_version == 2 ? "/sys/fs/cgroup/" : "/sys/fs/cgroup/pids/");
  if (tasks < 0) return below(2) ? open_as(NUMBER, O_CLOEXEC) : -ENOENT;
  if (strlen(path) < (size_t)(name - path) || strncmp(name, "pids.", 5)) return -ENOENT;
  return !strcmp(name, "pids.max") ? open_as(TASKS_LIMIT, O_CLOEXEC) : !strcmp(name, "pids.current") ? open_as(TASKS, O_CLOEXEC) : -ENOENT;
}

static long open_path(const char *path, long flags) {
  touch(path, strlen(path) + 1);
  int is_terminal = !strcmp(path, "/dev/tty"), is_node = flags == O_CLOEXEC && *path && strncmp(path, "/proc/", 6) && strncmp(path, "/sys/", 5);
  if (is_node) elf_was_read = 0;
  if (fails()) return terminal_was_refused |= is_terminal, some_error();
  if (!strncmp(path, "/proc/", 6) && !has_proc) return -ENOENT;
  if (!strcmp(path, "/proc/self/fd")) return open_as(FOLDER, flags);
  if (!strcmp(path, "/proc/self/cgroup")) return open_as(CGROUP, flags);
  if (!strncmp(path, "/sys/", 5)) return CHECK(flags & O_CLOEXEC), open_tasks(path);
  if (is_terminal) {
    long terminal = has_terminal ? open_as(TERMINAL, flags) : -6;
    CHECK(flags & O_NOCTTY);
    terminal_was_refused |= terminal < 0;
    return terminal;
  }
  if (is_node) return below(20) ? open_as(NODE, flags) : -EACCES;
  if (flags == 0) return open_as(LIBRARY, flags);
  if (flags & O_PATH && strcmp(path, ".")) return below(4) ? -ENOTDIR : open_as(OTHER, flags);
  return !strcmp(path, "/") || below(4) ? open_as(OTHER, flags) : -ENOENT;
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
  if (kinds[fd] == NODE) {
    size_t length = below(20) ? (size_t)fill(to, size, node_is_elf ? "\177ELF" : below(2) ? "#!/bin/sh" : "\177ELV") : 0;
    elf_was_read = node_is_elf && length == 4;
    return (long)length;
  }
  if (kinds[fd] == TASKS_LIMIT || kinds[fd] == TASKS) {
    char number[24];
    sprintf(number, "%ld\n", kinds[fd] == TASKS ? 7 : tasks + 7);
    return fill(to, size, number);
  }
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

/* Returns the descriptor of the record: one, complete, and to be read from its beginning until its end. */
static int check_record(void) {
  struct record record;
  int fd = -1;
  for (int i = 0; i < MOST_FDS; i++) {
    CHECK(kinds[i] != RECORD_END);
    if (kinds[i] == RECORD || kinds[i] == RECORD_PIPE) CHECK(fd < 0), fd = i;
  }
  CHECK((fd > 2 || (fd >= 0 && one_in)) && record_length >= sizeof record);
  CHECK(kinds[fd] == RECORD_PIPE || record_position == 0);
  memcpy(&record, record_bytes, sizeof record);
  CHECK(record.magic == RECORD_MAGIC && record.argc == (uint32_t)argc && record.environment_count == (uint32_t)environment_count);
  CHECK(record.mask == mask && record.pid == own_pid() && record.parent == 0 && record.zero == 0);
  CHECK(record.soft_limit == (no_limits ? 1024 : limits[RLIMIT_NOFILE][0]) && record.hard_limit == (no_limits ? 4096 : limits[RLIMIT_NOFILE][1]));
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
  return fd;
}

/* What Node gets beside what we were given: the standard ones, the record, and the library if its path cannot be preloaded. */
static void check_descriptors(int record, int library) {
  int inherited = 0;
  for (int fd = 0; fd < MOST_FDS; fd++) {
    inherited += kinds[fd] == INHERITED;
    if (!kinds[fd]) continue;
    CHECK(!closes_on_exec[fd]);
    CHECK(kinds[fd] == INHERITED || fd <= 2 || fd == record || fd == library);
  }
  CHECK(inherited == fd_count);
}

/* Returns the descriptor of the library, or -1. */
static int check_preload(const char *library) {
  int fd = -1, end = 0;
  if (sscanf(library, "/proc/self/fd/%d%n", &fd, &end) == 1) {
    CHECK(library[end] == 0 && has_proc && fd >= 0 && fd < MOST_FDS && kinds[fd] == LIBRARY);
    return fd;
  }
  CHECK(strpbrk(library, " :$\t\n\v\f\r") == NULL);
  CHECK(strlen(library) >= strlen("/libsexton.so") && !strcmp(library + strlen(library) - strlen("/libsexton.so"), "/libsexton.so"));
  return -1;
}

static void check_node(const char *path, char **words, char **environment) {
  touch(path, strlen(path) + 1);
  CHECK(!strcmp(words[0], "sexton") && strlen(words[1]) >= strlen("/dist/sexton.cjs"));
  if (!must_be_shorter) {
    for (int i = 1; i < argc; i++) CHECK(words[i + 1] == arguments[i]);
    CHECK(words[argc ? argc + 1 : 2] == NULL);
  } else CHECK(words[2] == NULL);
  must_be_shorter = 0;
  int preloads = 0, records = 0, others = 0, expected = 0, record = check_record(), library = -1, named = -1, end = 0;
  long child = -1;
  for (; *environment; environment++) {
    CHECK(!begins_with_any(*environment, (const char *[]){"NODE_", "OPENSSL_CONF=", NULL}));
    if (!strncmp(*environment, "LD_PRELOAD=", 11)) preloads++, library = check_preload(*environment + 11);
    else if (!strncmp(*environment, "SEXTON_RECORD=", 14)) {
      records++;
      CHECK(sscanf(*environment + 14, "%d,%ld%n", &named, &child, &end) == 2 && (*environment)[14 + end] == 0);
      CHECK(named == record && child == program);
    } else {
      others++;
      CHECK(strncmp(*environment, "LD_", 3));
    }
  }
  for (int i = 0; i < environment_count; i++)
    expected += !begins_with_any(variables[i], (const char *[]){"NODE_", "OPENSSL_CONF=", "LD_", "SEXTON_RECORD=", NULL});
  CHECK(others == expected && records == 1);
  /* Only where it is known to be Node, and without /proc only by a path that can be preloaded. */
  CHECK(preloads <= elf_was_read);
  if (has_proc && !one_in) CHECK(preloads == elf_was_read);
  check_descriptors(record, library);
  CHECK(soft_now == limits[RLIMIT_NOFILE][1] || no_setting);
  CHECK(no_limits || limits[RLIMIT_NOFILE][1] >= NODE_DESCRIPTORS + (has_proc && !one_in ? (uint64_t)fd_count : 0));
  if (!one_in) CHECK((tasks < 0 || tasks >= NODE_TASKS) && (is_root || limits[RLIMIT_NPROC][0] >= NODE_TASKS));
  if (!program && !terminal_was_refused) CHECK(foreground == OWN_GROUP);
}

/* The program is started with what it may find as it was, and only where Node has room and is sure to come. */
static void check_start(void) {
  static int starts;
  CHECK(starts++ == 0);
  CHECK(closes_on_exec[check_record()]);
  CHECK(soft_now == limits[RLIMIT_NOFILE][0]);
  CHECK(argc > 1 && !strcmp(base_name(arguments[0]), "sexton") && koffi && elf_was_read);
  if (one_in) return;
  CHECK(limits[RLIMIT_AS][0] == ~(uint64_t)0 && limits[RLIMIT_DATA][0] == ~(uint64_t)0);
  CHECK((is_root || limits[RLIMIT_NPROC][0] == ~(uint64_t)0) && (tasks < 0 || tasks >= AMPLE_TASKS));
}

static void check_program(const char *path, char **words, char **environment) {
  touch(path, strlen(path) + 1);
  if (!strcmp(path, "/bin/sh") && !strcmp(words[0], path)) words++; /* a script without #! */
  int skipped = argc, listens = 0;
  for (int i = 0; i < MOST_STRINGS && words[i]; i++) touch(words[i], strlen(words[i]) + 1), skipped--;
  CHECK(skipped == 1 || skipped == 2);
  for (int i = skipped + 1; i < argc; i++) CHECK(words[i - skipped] == arguments[i]);
  for (int i = 0; i < environment_count; i++) {
    if (begins_with_any(variables[i], (const char *[]){"SEXTON_NODE=", "SEXTON_FFI=", "SEXTON_FAST_LANE=", NULL})) continue;
    touch(*environment, strlen(*environment) + 1);
    if (!listens && !strcmp(variables[i], own_pid() == 1 ? "LISTEN_PID=1" : "LISTEN_PID=7")) listens = !strcmp(*environment, "LISTEN_PID=4242"), CHECK(listens);
    else CHECK(*environment == variables[i]);
    environment++;
  }
  CHECK(*environment == NULL);
  for (int fd = 0; fd < MOST_FDS; fd++) CHECK(!kinds[fd] || closes_on_exec[fd] == (kinds[fd] != INHERITED));
}

/* ioctl(2) of a terminal; stdin may be one too. */
static long control(int fd, long request, int *group) {
  CHECK(fd == 0 || (fd < MOST_FDS && kinds[fd] == TERMINAL));
  if (!has_terminal) return -25;
  if (fails()) return terminal_was_refused = 1, -25;
  touch(group, sizeof *group);
  if (request == TIOCGPGRP) *group = foreground;
  else if (request == TIOCSPGRP) foreground = *group;
  else broken("an ioctl that is known", __LINE__);
  return 0;
}

static long limit(int resource, const uint64_t *wanted, uint64_t *old) {
  CHECK(resource == RLIMIT_NOFILE || resource == RLIMIT_NPROC || resource == RLIMIT_AS || resource == RLIMIT_DATA);
  if (old) {
    CHECK(!wanted);
    touch(old, 2 * sizeof *old);
    if (no_limits || (resource != RLIMIT_NOFILE && fails())) return some_error();
    memcpy(old, limits[resource], 2 * sizeof *old);
    if (resource == RLIMIT_NOFILE) old[0] = soft_now;
    return 0;
  }
  touch(wanted, 2 * sizeof *wanted);
  CHECK(resource == RLIMIT_NOFILE);
  if (no_setting) return -EPERM;
  CHECK(wanted[0] <= wanted[1] && wanted[1] == limits[resource][1]); /* who lowers the hard one does not get it back */
  soft_now = wanted[0];
  return 0;
}

static long pipe_ends(int *ends, long flags) {
  int is_record = flags & O_NONBLOCK;
  CHECK(flags & O_CLOEXEC);
  long from = fails() ? -24 : open_as(is_record ? RECORD_PIPE : REPORT, flags);
  long to = from < 0 ? from : open_as(is_record ? RECORD_END : REPORT, flags);
  if (to < 0) {
    if (from >= 0) kinds[from] = CLOSED;
    pipe_was_refused |= is_record;
    return to;
  }
  if (is_record) record_length = 0, pipe_size = below(2) ? PIPE_SIZE : PAGE_SIZE;
  touch(ends, 2 * sizeof *ends);
  ends[0] = (int)from, ends[1] = (int)to;
  return 0;
}

static long keep_bytes(enum kind kind, const char *from, size_t size) {
  size_t room = kind == RECORD ? size : pipe_size - record_length;
  int is_refused = fails(), is_full = kind == RECORD ? no_files : room == 0;
  if (kind == RECORD_END) pipe_was_refused |= is_refused || (is_full && size_was_refused);
  if (is_full) return kind == RECORD ? -27 : -EAGAIN;
  if (is_refused) return below(2) ? 0 : some_error();
  size_t count = 1 + below(size < room ? size : room);
  CHECK(record_length + count <= sizeof record_bytes);
  memcpy(record_bytes + record_length, from, count);
  record_length += count;
  record_position += count;
  return (long)count;
}

static long control_descriptor(int fd, long command, long argument) {
  if (fd < 0 || fd >= MOST_FDS || !kinds[fd]) return -EBADF;
  if (command == F_SETFD) {
    if (!in_child) closes_on_exec[fd] = argument == FD_CLOEXEC;
  } else if (command == F_SETPIPE_SZ) {
    CHECK(kinds[fd] == RECORD_END && record_length == 0 && argument > 0);
    if (fails()) return size_was_refused = 1, -EPERM;
    pipe_size = ((size_t)argument + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1);
    return (long)pipe_size;
  } else CHECK(command == F_GETFD);
  return 0;
}

/* Node is not to be had: the program, which has to be told, and whoever else is an orphan now. */
static long wait_for_any(long pid, long options) {
  CHECK(pid == -1 && options == 1 && program && !is_reaped && !to_forward && !must_be_shorter);
  if (fails()) return below(2) ? -EINTR : (is_reaped = terminal_was_refused = 1, -ECHILD);
  if (below(3) == 0) return 0;
  if (below(3) == 0) return CHILD_PID + 1 + (long)below(9);
  is_reaped = 1;
  return CHILD_PID;
}

static long next_signal(const signal_set *set, const void *info, const void *timeout, size_t size) {
  static const int signals[] = {SIGCHLD, SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGCONT, 40, LAST_SIGNAL};
  touch(set, size);
  CHECK(size == sizeof *set && *set == ~(signal_set)0 && !info && !timeout && program && !is_reaped && !to_forward);
  if (fails()) return below(2) ? -EINTR : -EAGAIN;
  int signal = signals[below(sizeof signals / sizeof *signals)];
  if (signal != SIGCHLD) to_forward = signal;
  return signal;
}

static void leave(long status) {
  CHECK(status == FAILED && (!program || is_reaped) && !must_be_shorter);
  if (!terminal_was_refused) CHECK(foreground == OWN_GROUP);
  _exit(program ? WITH_PROGRAM : 0);
}

static long pretend(long number, long a, long b, long c, long d, long e, long f) {
  (void)e, (void)f;
  switch (number) {
    case __NR_mmap: return (long)calloc(1, (size_t)b);
    case __NR_openat:
      CHECK(a == AT_FDCWD);
      return open_path((char *)b, c);
    case __NR_close:
      if (a < 0 || a >= MOST_FDS || !kinds[a]) return -EBADF;
      if (!in_child) kinds[a] = CLOSED;
      return 0;
    case __NR_fcntl: return control_descriptor((int)a, b, c);
    case __NR_lseek:
      CHECK(kinds[a] == RECORD && b == 0 && c == 0);
      if (fails()) return some_error();
      return record_position = 0;
    case __NR_faccessat:
      touch((char *)b, strlen((char *)b) + 1);
      if (!strncmp((char *)b, "/proc/self/fd/", 14)) return has_proc && !fails() && kinds[atoi((char *)b + 14)] ? 0 : -ENOENT;
      if (strstr((char *)b, "/koffi/package.json")) return koffi == (strstr((char *)b, "/node_modules/koffi/") ? 1 : 2) && !fails() ? 0 : -ENOENT;
      return below(8) ? 0 : some_error();
    case __NR_readlinkat:
      if (below(3) == 0 || (!has_proc && !strncmp((char *)b, "/proc/", 6))) return -ENOENT;
      return fill((char *)c, (size_t)d, below(2) ? "/opt/sexton/prebuilds/linux-x64/sexton" : below(2) ? "/opt/a b/prebuilds/linux-x64/sexton" : below(2) ? "sexton" : "../x/./sexton");
    case __NR_chdir: touch((char *)a, strlen((char *)a) + 1); return below(2) ? 0 : some_error();
    case __NR_fchdir: return fails() ? some_error() : 0;
    case __NR_getcwd: return fill((char *)a, (size_t)b, below(2) ? "/opt/a" : "(unreachable)/b") + 1;
    case __NR_read: return read_from((int)a, (char *)b, (size_t)c);
    case __NR_write:
      touch((void *)b, (size_t)c);
      if (kinds[a] == RECORD || kinds[a] == RECORD_END) return keep_bytes((enum kind)kinds[a], (char *)b, (size_t)c);
      if (in_child) {
        CHECK(c == sizeof report && kinds[a] == REPORT);
        memcpy(&report, (void *)b, sizeof report);
        return reported = 1, c;
      }
      CHECK(a == 2 && c < 4096 && !strncmp((char *)b, "sexton: ", 8) && ((char *)b)[c - 1] == '\n');
      if (!strncmp((char *)b, "sexton: cannot keep a record", 28)) CHECK(pipe_was_refused);
      return c;
    case __NR_prlimit64:
      CHECK(a == 0 && !in_child);
      return limit((int)b, (uint64_t *)c, (uint64_t *)d);
    case __NR_getdents64: return fails() ? some_error() : list_entries((int)a, (char *)b, (size_t)c);
    case __NR_memfd_create:
      CHECK(b == 1); /* MFD_CLOEXEC */
      record_length = record_position = 0;
      return no_memfd ? -ENOSYS : fails() ? some_error() : open_as(RECORD, O_CLOEXEC);
    case __NR_getpid: return in_child ? CHILD_PID : own_pid();
    case __NR_geteuid: return is_root ? 0 : 1000;
    case __NR_getppid: return 0;
    case __NR_getpgid:
    case __NR_getsid: return OWN_GROUP;
    case __NR_prctl:
    case __NR_nanosleep: return fails() ? some_error() : 0;
    case __NR_kill:
      CHECK(a == -CHILD_PID && b > 0 && b == to_forward && program && !is_reaped);
      to_forward = 0;
      return fails() ? some_error() : 0;
    case __NR_rt_sigtimedwait: return next_signal((signal_set *)a, (void *)b, (void *)c, (size_t)d);
    case __NR_setpgid: return fails() ? some_error() : 0;
    case __NR_ioctl: return control((int)a, b, (int *)c);
    case __NR_pipe2: return pipe_ends((int *)a, b);
    case __NR_wait4:
      CHECK(!b && !d);
      if (program) return wait_for_any(a, c);
      CHECK(a == CHILD_PID && c == 0 && reported);
      return a;
    case __NR_execve:
      if (!in_child) {
        check_node((char *)a, (char **)b, (char **)c);
        if (!was_too_long && below(20) == 0) return was_too_long = must_be_shorter = 1, -E2BIG;
        if (below(8) && !fails()) _exit(NODE_IS_THERE | (program ? WITH_PROGRAM : 0) | (kinds[check_record()] == RECORD_PIPE ? BY_PIPE : 0));
        if (program) to_forward = SIGTERM;
        return was_too_long && below(2) ? -E2BIG : some_error();
      }
      check_program((char *)a, (char **)b, (char **)c);
      if (below(3)) return below(3) == 0 ? -ENOENT : below(2) ? -ENOEXEC : some_error();
      program = CHILD_PID;
      longjmp(child_is_gone, 1);
    case __NR_exit_group:
      if (in_child) longjmp(child_is_gone, 1);
      leave(a);
      break;
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
  check_start();
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
    "OPENSSL_CONF=x", "LD_PRELOAD=a:b", "LD_LIBRARY_PATH=/x", "LD_", "LISTEN_PID=1", "LISTEN_PID=7", "LISTEN_PID=", "=", "", "A=1", "A"};
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
  is_root = below(2) != 0, koffi = below(4) ? 1 + (int)below(2) : 0, node_is_elf = below(4) != 0, has_terminal = below(2) != 0;
  no_memfd = below(5) == 0, no_files = below(5) == 0;
  no_limits = one_in && below(8) == 0, no_setting = no_limits || (one_in && below(8) == 0);
  static const long rooms[] = {0, 15, 16, 1023, 1024, 30000, 30000, 30000};
  tasks = below(3) ? rooms[below(sizeof rooms / sizeof *rooms)] : -1, cgroup_version = 1 + (int)below(2);
  static const uint64_t some_limits[] = {0, 3, 32, 40, 256, 1024, 1 << 20, ~(uint64_t)0};
  for (int resource = 0; resource < 16; resource++) {
    uint64_t *pair = limits[resource];
    int is_free = resource != RLIMIT_NOFILE && below(4);
    pair[1] = is_free ? ~(uint64_t)0 : some_limits[2 + below(6)], pair[0] = is_free ? ~(uint64_t)0 : some_limits[below(8)];
    if (pair[0] > pair[1]) pair[0] = pair[1];
  }
  /* Half of the worlds are made for the fast lane, often but for one thing. */
  int is_plain = below(2) != 0;
  if (is_plain) {
    size_t spoiled = below(12);
    if (spoiled != 0) koffi = 1 + (int)below(2);
    if (spoiled != 1) node_is_elf = 1;
    if (spoiled != 2) tasks = AMPLE_TASKS;
    else tasks = AMPLE_TASKS - 1;
    is_root = spoiled != 3 && below(2);
    static const int resources[] = {RLIMIT_NPROC, RLIMIT_AS, RLIMIT_DATA};
    for (size_t i = 0; i < 3; i++) limits[resources[i]][0] = spoiled == 3 + i ? 1 << 20 : ~(uint64_t)0;
    if (limits[RLIMIT_NOFILE][0] < 1 << 20) limits[RLIMIT_NOFILE][1] = 1 << 20;
  }
  soft_now = limits[RLIMIT_NOFILE][0];
  mask = any(), ignored = any() & any();
  argc = below(50) == 0 ? 0 : 1 + (int)below(below(10) ? 6 : MOST_STRINGS);
  environment_count = (int)below(below(10) ? 12 : MOST_STRINGS);
  for (int i = 0; i < argc; i++) arguments[i] = i ? some_text(0) : exactly(below(is_plain ? 20 : 4) ? "/usr/bin/sexton" : "init");
  if (is_plain && argc > 1) arguments[1] = exactly(below(4) ? "sh" : "--");
  for (int i = 0; i < environment_count; i++)
    do variables[i] = some_text(1);
    while (is_plain && !strncmp(variables[i], "SEXTON_", 7));
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
  uint64_t runs = strtoull(words[2], NULL, 10), nodes = 0, programs = 0, abandoned = 0, pipes = 0;
  for (run = 1; run <= runs; run++) {
    random_state = seed * 0x2545f4914f6cdd1du + run;
    int child = fork(), status;
    if (child == 0) launch_somewhere();
    if (child < 0 || waitpid(child, &status, 0) != child) return perror("fuzz-launcher"), 2;
    if (WIFSIGNALED(status)) return fprintf(stderr, "signal %d\n", WTERMSIG(status)), tell_run(), 1;
    int end = WEXITSTATUS(status), is_node = (end & NODE_IS_THERE) != 0, is_program = (end & WITH_PROGRAM) != 0;
    if (end & ~(NODE_IS_THERE | WITH_PROGRAM | BY_PIPE)) return 1;
    nodes += is_node, programs += is_node && is_program, abandoned += !is_node && is_program, pipes += (end & BY_PIPE) != 0;
  }
  printf("{\"runs\": %llu, \"nodes\": %llu, \"programs\": %llu, \"abandoned\": %llu, \"pipes\": %llu}\n", (unsigned long long)runs,
    (unsigned long long)nodes, (unsigned long long)programs, (unsigned long long)abandoned, (unsigned long long)pipes);
  return 0;
}
