/*
 * fuzz-request SEED COUNT REQUEST...
 *
 * Mutated spawn requests through the whole of native/request.c and native/spawn.c, compiled hosted under
 * sanitizers. Nothing is forked or executed: spawn.c's system calls come to `pretend` below, which looks at all
 * that it is given, and has some calls fail. Each request stands in memory of exactly its size, and what the
 * code makes of it is compared with a reading of native/request.h of our own.
 *
 * REQUEST: files with valid requests, to start from. Run N of a seed is the same in every run, whatever COUNT.
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
#include "../../native/spawn.c"

void __sanitizer_set_death_callback(void (*callback)(void));
void *__asan_region_is_poisoned(void *from, size_t size);

enum { HEAD = 64, LARGEST = 1 << 16, MOST_FILES = 64, MOST_FDS = 64, OWN_PID = 7, CHILD_PID = 4242 };

/* A request as request.h describes it, read by somebody else than request.c. */
struct reading {
  int valid;
  uint32_t flags, uid, gid, groups, limits, descriptors, candidates, argc, environment, listen_pid;
  uint64_t mask, ignored;
  const uint8_t *first_group, *first_limit, *first_descriptor;
  size_t count;
  char *directory, *strings[LARGEST];
};

/* What the kernel would know. */
struct world {
  int in_child, mappings, reaped, executed, groups_set, limits_set, forked;
  char open[MOST_FDS], open_in_child[MOST_FDS];
  int report_read, report_write, reported, candidate, shell_next;
  signal_set mask, child_mask, child_ignored;
  struct failure report;
  jmp_buf child_is_gone;
};

static struct { uint8_t *bytes; size_t length; } files[MOST_FILES];
static int file_count;
static uint64_t seed, run;
static struct reading expected;
static struct world world;
static unsigned one_in; /* how often a system call fails; 0: never */

#define CHECK(condition) ((condition) ? (void)0 : broken(#condition, __LINE__))

static void tell_run(void) {
  fflush(stdout);
  fprintf(stderr, "fuzz-request: run %llu of seed %llu\n", (unsigned long long)run, (unsigned long long)seed);
}

static void broken(const char *condition, int line) {
  fprintf(stderr, "fuzz-request.c:%d: does not hold: %s\n", line, condition);
  tell_run();
  exit(1);
}

/* ---- the reading ---- */

static uint32_t number(const uint8_t *from) {
  uint32_t value;
  memcpy(&value, from, sizeof value);
  return value;
}

static char *string_at(uint8_t **at, uint8_t *end) {
  uint8_t *nul = memchr(*at, 0, (size_t)(end - *at)), *this = *at;
  if (!nul) return NULL;
  *at = nul + 1;
  return (char *)this;
}

static int is_place_for_pid(const char *text) {
  return strlen(text) == 21 && strncmp(text, "LISTEN_PID=", 11) == 0 && strspn(text + 11, "0123456789") == 10;
}

static void read_request(uint8_t *buffer, size_t length) {
  struct reading *r = &expected;
  r->valid = 0;
  r->directory = NULL;
  if (length < HEAD || memcmp(buffer, "SXT1", 4)) return;
  r->flags = number(buffer + 4);
  memcpy(&r->mask, buffer + 8, 8);
  memcpy(&r->ignored, buffer + 16, 8);
  uint32_t *fields[] = {&r->uid, &r->gid, &r->groups, &r->limits, &r->descriptors, &r->candidates, &r->argc, &r->environment, &r->listen_pid};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) *fields[i] = number(buffer + 24 + 4 * i);
  double sections = HEAD + 4.0 * r->groups + 24.0 * r->limits + 8.0 * r->descriptors;
  if (sections > (double)length || r->candidates == 0 || r->argc == 0) return;
  r->first_group = buffer + HEAD;
  r->first_limit = r->first_group + 4 * (size_t)r->groups;
  r->first_descriptor = r->first_limit + 24 * (size_t)r->limits;
  uint8_t *at = buffer + (size_t)sections;
  if (r->flags & 16 && !(r->directory = string_at(&at, buffer + length))) return;
  double strings = (double)r->candidates + r->argc + r->environment;
  for (r->count = 0; (double)r->count < strings; r->count++)
    if (!(r->strings[r->count] = string_at(&at, buffer + length))) return;
  if (r->listen_pid != 0xffffffff) {
    if (r->listen_pid >= r->environment) return;
    if (!is_place_for_pid(r->strings[r->candidates + r->argc + r->listen_pid])) return;
  }
  r->valid = 1;
}

/* ---- the kernel ---- */

static void touch(const void *bytes, size_t count) { CHECK(!__asan_region_is_poisoned((void *)bytes, count)); }

static int fails(void) { return one_in && below(one_in) == 0; }

static long some_error(void) {
  static const int errors[] = {EPERM, ENOENT, EINTR, ENOEXEC, EBADF, EAGAIN, EACCES, ENODEV, ENOTDIR, EINVAL, ENOSYS, ETIMEDOUT, ESTALE};
  return -errors[below(sizeof errors / sizeof *errors)];
}

static int open_descriptor(void) {
  for (int fd = 3; fd < MOST_FDS; fd++)
    if (!world.open[fd]) return world.open[fd] = 1, fd;
  broken("a descriptor is free", __LINE__);
  return -1;
}

__attribute__((noreturn)) static void leave_child(void) { longjmp(world.child_is_gone, 1); }

static void set_one_limit(uint64_t resource, const uint64_t *limits) {
  const uint8_t *limit = expected.first_limit + 24 * (size_t)world.limits_set;
  CHECK((uint32_t)world.limits_set < expected.limits);
  CHECK(resource == number(limit));
  CHECK(memcmp(limits, limit + 8, 16) == 0);
  world.limits_set++;
}

static void check_environment(char **environment) {
  char **strings = expected.strings + expected.candidates + expected.argc;
  for (uint32_t i = 0; i < expected.environment; i++) {
    CHECK(environment[i] == strings[i]);
    touch(environment[i], strlen(environment[i]) + 1);
    if (i == expected.listen_pid) CHECK(strcmp(environment[i], "LISTEN_PID=4242") == 0);
  }
  CHECK(environment[expected.environment] == NULL);
}

static long execute_program(char *path, char **arguments, char **environment) {
  char **strings = expected.strings + expected.candidates;
  if (world.shell_next) {
    CHECK(strcmp(path, "/bin/sh") == 0 && strcmp(arguments[0], "/bin/sh") == 0);
    CHECK(arguments[1] == expected.strings[world.candidate - 1]);
    arguments++;
  } else {
    CHECK((uint32_t)world.candidate < expected.candidates && path == expected.strings[world.candidate]);
    CHECK(arguments[0] == strings[0]);
    world.candidate++;
  }
  touch(path, strlen(path) + 1);
  for (uint32_t i = 1; i < expected.argc; i++) CHECK(arguments[i] == strings[i]);
  for (uint32_t i = 0; i < expected.argc; i++) touch(arguments[i], strlen(arguments[i]) + 1);
  CHECK(arguments[expected.argc] == NULL);
  check_environment(environment);

  /* All of the child's orders have been carried out by now. */
  CHECK(world.child_mask == expected.mask);
  signal_set unchangeable = set_of(SIGKILL) | set_of(SIGSTOP);
  CHECK(world.child_ignored == (expected.ignored & ~unchangeable));
  CHECK((uint32_t)world.limits_set == expected.limits);
  CHECK(!(expected.flags & SPAWN_CREDENTIALS) || world.groups_set);
  CHECK(world.open_in_child[world.report_write]);

  if (one_in ? below(4) == 0 : 1) {
    world.executed = 1;
    leave_child();
  }
  long error = world.shell_next ? (below(2) ? -ENOENT : some_error()) : below(3) ? -ENOENT : some_error();
  world.shell_next = !world.shell_next && error == -ENOEXEC;
  return error;
}

static long pretend(long number, long a, long b, long c, long d, long e, long f) {
  (void)e, (void)f;
  switch (number) {
    case __NR_mmap: {
      if (fails()) return -12;
      world.mappings++;
      return (long)calloc(1, (size_t)b);
    }
    case __NR_munmap:
      CHECK(!world.in_child);
      free((void *)a);
      world.mappings--;
      return 0;
    case __NR_pipe2:
      if (fails()) return -24;
      world.report_read = ((int *)a)[0] = open_descriptor();
      world.report_write = ((int *)a)[1] = open_descriptor();
      return 0;
    case __NR_openat:
      touch((char *)b, strlen((char *)b) + 1);
      return below(2) ? open_descriptor() : -ENOENT;
    case __NR_close:
      if (a < 0 || a >= MOST_FDS) return -EBADF;
      if (world.in_child) world.open_in_child[a] = 0;
      else {
        CHECK(world.open[a]);
        world.open[a] = 0;
      }
      return 0;
    case __NR_fcntl: return 0;
    case __NR_read:
      CHECK(a == world.report_read && !world.in_child && (size_t)c == sizeof world.report);
      if (!world.reported) return 0;
      *(struct failure *)b = world.report;
      return c;
    case __NR_write:
      CHECK(a == world.report_write && world.in_child && world.open_in_child[a] && (size_t)c == sizeof world.report);
      world.report = *(struct failure *)b;
      world.reported = 1;
      return c;
    case __NR_exit_group: CHECK(world.in_child && world.reported); leave_child();
    case __NR_wait4:
      CHECK(a == CHILD_PID);
      world.reaped++;
      return a;
    case __NR_ioctl:
      if (below(4) == 0) return -25;
      if (b == TIOCGPGRP) *(int *)c = (int)below(3) * OWN_PID;
      if (b == TIOCSPGRP) touch((int *)c, sizeof(int));
      return 0;
    case __NR_getpid: return world.in_child ? CHILD_PID : OWN_PID;
    case __NR_getpgid:
    case __NR_getsid: return OWN_PID;
    case __NR_setgroups:
      CHECK((uint32_t)a == expected.groups && memcmp((void *)b, expected.first_group, 4 * (size_t)a) == 0);
      world.groups_set = 1;
      return fails() ? some_error() : 0;
    case __NR_setresgid: CHECK((uint32_t)a == expected.gid); return fails() ? some_error() : 0;
    case __NR_setresuid: CHECK((uint32_t)a == expected.uid); return fails() ? some_error() : 0;
    case __NR_capset:
      CHECK(expected.uid != 0 && *(uint32_t *)a == 0x20080522);
      for (int i = 0; i < 6; i++) CHECK(((uint32_t *)b)[i] == 0);
      return fails() ? some_error() : 0;
    case __NR_setsid:
    case __NR_setpgid: return fails() ? some_error() : 0;
    case __NR_chdir:
      CHECK((char *)a == expected.directory);
      touch((char *)a, strlen((char *)a) + 1);
      return fails() ? some_error() : 0;
    case __NR_prlimit64:
      CHECK(a == 0 && d == 0);
      set_one_limit((uint64_t)b, (uint64_t *)c);
      return fails() ? some_error() : 0;
    case __NR_execve: return execute_program((char *)a, (char **)b, (char **)c);
    default: fprintf(stderr, "system call %ld\n", number); broken("a system call that is known", __LINE__);
  }
  return -ENOSYS;
}

static long pretend_mask(int how, const signal_set *set, signal_set *old) {
  signal_set *mask = world.in_child ? &world.child_mask : &world.mask;
  CHECK(how == SIG_SETMASK);
  if (old) *old = *mask;
  *mask = *set;
  return 0;
}

static long pretend_action(int signal, const struct kernel_sigaction *action, struct kernel_sigaction *old) {
  CHECK(world.in_child && action && !old && signal >= 1 && signal <= LAST_SIGNAL && signal != SIGKILL && signal != SIGSTOP);
  world.child_ignored &= ~set_of(signal);
  if (action->handler == SIG_IGN) world.child_ignored |= set_of(signal);
  return 0;
}

long pretend_clone(unsigned long flags, void *stack, int (*function)(void *), void *argument) {
  CHECK(flags == (CLONE_VM | CLONE_VFORK | SIGCHLD) && world.mask == ~(signal_set)0);
  touch((char *)stack - SPAWN_STACK, SPAWN_STACK);
  if (fails()) return -EAGAIN;
  world.forked = 1;
  memcpy(world.open_in_child, world.open, sizeof world.open);
  world.child_mask = world.mask;
  world.child_ignored = set_of(SIGTTIN) | set_of(SIGTTOU);
  if (setjmp(world.child_is_gone) == 0) {
    world.in_child = 1;
    function(argument);
    broken("the child never returns", __LINE__);
  }
  world.in_child = 0;
  return CHILD_PID;
}

/* ---- one request ---- */

/** Whether it was taken for a request. */
static int spawn_exactly(const uint8_t *bytes, size_t length) {
  uint8_t *buffer = malloc(length), *before = malloc(length);
  if (length) memcpy(buffer, bytes, length), memcpy(before, bytes, length);
  read_request(buffer, length);
  memset(&world, 0, offsetof(struct world, child_is_gone));
  signal_set mask = any();
  world.mask = mask;

  int result = sexton_spawn(buffer, length);

  CHECK(world.mappings == 0 && world.mask == mask && !memchr(world.open, 1, sizeof world.open));
  CHECK(world.reaped == world.reported);
  if (result > 0) CHECK(expected.valid && result == CHILD_PID && world.executed && !world.reported);
  else {
    CHECK(result < 0 && result > -4096 && !world.executed);
    uint32_t step = length >= 4 ? number(buffer) : STEP_REQUEST;
    CHECK(step >= STEP_REQUEST && step <= STEP_EXEC);
    CHECK((step == STEP_REQUEST) == !expected.valid);
    if (world.reported) CHECK(step == (uint32_t)world.report.step && result == -world.report.error);
    if (!expected.valid) CHECK(result == -EINVAL && !world.forked && (length < 4 || memcmp(buffer + 4, before + 4, length - 4) == 0));
  }
  free(buffer);
  free(before);
  return expected.valid;
}

/* ---- mutations ---- */

static uint32_t interesting(size_t length) {
  switch (below(10)) {
    case 0: return 0;
    case 1: return 1;
    case 2: return 0xffffffff;
    case 3: return 0x80000000u >> below(4);
    case 4: return (uint32_t)length;
    case 5: return (uint32_t)(length - HEAD) / (below(2) ? 4 : below(2) ? 8 : 24) + (uint32_t)below(3) - 1;
    case 6: return 0xffffffffu / (below(2) ? 4 : below(2) ? 8 : 24) + (uint32_t)below(3);
    case 7: return (uint32_t)below(16);
    case 8: return (uint32_t)1 << below(32);
    default: return (uint32_t)any();
  }
}

static void move_block(uint8_t *bytes, size_t *length, size_t from, size_t to, size_t count) {
  if (from + count > *length) count = *length - from;
  if (to + count > LARGEST) count = LARGEST - to;
  memmove(bytes + to, bytes + from, count);
  if (to + count > *length) *length = to + count;
}

static void mutate(uint8_t *bytes, size_t *length) {
  size_t at = below(*length), count = 1 + below(below(2) ? 8 : 64);
  uint32_t value;
  if (*length < HEAD) return;
  switch (below(13)) {
    case 0: bytes[4 + below(HEAD - 4)] ^= (uint8_t)(1 << below(8)); break;
    case 1: value = interesting(*length), memcpy(bytes + 32 + 4 * below(7), &value, 4); break;
    case 2:
    case 3: { /* a count beside the truth */
      uint8_t *field = bytes + 32 + 4 * below(7);
      value = number(field) + (uint32_t)below(7) - 3, memcpy(field, &value, 4);
      break;
    }
    case 4: *length = below(4) ? *length - 1 - below(*length < 16 ? *length : 16) : below(*length); break;
    case 5: /* a string that does not end */
      for (size_t i = at; i < *length; i++)
        if (!bytes[i] && i >= HEAD) { bytes[i] = 'x'; break; }
      break;
    case 6: bytes[HEAD + below(*length - HEAD)] = 0; break;
    case 7: bytes[at] = (uint8_t)any(); break;
    case 8: move_block(bytes, length, at, below(*length), count); break;
    case 9: /* a piece is missing */
      if (at < HEAD) break;
      if (at + count > *length) count = *length - at;
      memmove(bytes + at, bytes + at + count, *length - at - count);
      *length -= count;
      break;
    case 10: /* a piece is there twice */ if (at >= HEAD) move_block(bytes, length, at, at + count, *length - at); break;
    case 11: { /* the end of another one */
      size_t other = below((size_t)file_count), from = below(files[other].length), rest = files[other].length - from;
      if (at + rest > LARGEST) break;
      memcpy(bytes + at, files[other].bytes + from, rest);
      *length = at + rest;
      break;
    }
    default: bytes[4] ^= (uint8_t)(1 << below(5)); /* a flag */
  }
}

static void load(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || file_count == MOST_FILES) {
    fprintf(stderr, "fuzz-request: %s cannot be read\n", path);
    exit(2);
  }
  uint8_t *bytes = malloc(LARGEST);
  files[file_count].bytes = bytes;
  files[file_count++].length = fread(bytes, 1, LARGEST, file);
  fclose(file);
}

int main(int argc, char **argv) {
  if (argc < 4) return fputs("fuzz-request SEED COUNT REQUEST...\n", stderr), 2;
  __sanitizer_set_death_callback(tell_run);
  seed = strtoull(argv[1], NULL, 10);
  uint64_t count = strtoull(argv[2], NULL, 10), accepted = 0, executed = 0;
  for (int i = 3; i < argc; i++) load(argv[i]);

  for (int i = 0; i < file_count; i++) {
    if (spawn_exactly(files[i].bytes, files[i].length) && world.executed) continue;
    fprintf(stderr, "fuzz-request: %s is refused\n", argv[3 + i]);
    return 1;
  }
  CHECK(sexton_spawn(NULL, 0) == -EINVAL && sexton_spawn(NULL, 100) == -EINVAL);

  static uint8_t bytes[LARGEST];
  for (run = 1; run <= count; run++) {
    random_state = seed * 0x2545f4914f6cdd1du + run;
    size_t from = below((size_t)file_count), length = files[from].length;
    memcpy(bytes, files[from].bytes, length);
    one_in = below(2) ? 0 : 2 + (unsigned)below(64);
    for (size_t times = below(5); times; times--) mutate(bytes, &length);
    accepted += (uint64_t)spawn_exactly(bytes, length);
    executed += (uint64_t)world.executed;
  }
  printf("{\"runs\": %llu, \"accepted\": %llu, \"executed\": %llu}\n", (unsigned long long)count, (unsigned long long)accepted,
         (unsigned long long)executed);
  return 0;
}
