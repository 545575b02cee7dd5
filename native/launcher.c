/*
 * The launcher: what an image uses as its entrypoint. It writes down what Node would destroy (record.h), and
 * then becomes Node with dist/sexton.cjs: the same process, the same pid. A static ELF: it needs no shell and
 * no libc of the image.
 *
 * In the fast lane (`sexton [--] program`, nothing else said) it starts the program itself, with the very same
 * spawn.c, and Node boots beside it and adopts it.
 */
#include "find.h"
#include "launcher.h"
#include "spawn.h"

enum { MOST_DESCRIPTORS = 65536 };
/* What Node needs to boot, measured with some room: below, it crashes or hangs without a word. */
enum { NODE_DESCRIPTORS = 32, NODE_TASKS = 16 };
/* The program of the fast lane runs while Node boots, and must not take what Node still needs. */
enum { AMPLE_TASKS = 1024 };

/* The variables that are sexton's own beside those of the options: src/cli/options.ts, OTHER_VARIABLES. */
static const char *const own_variables[] = {"SEXTON_FFI=", "SEXTON_NODE=", "SEXTON_FAST_LANE=", NULL};
/* What is meant for the program, or for another Node, and would do things to ours: agents, a debugger, libraries. */
static const char *const hidden_variables[] = {"NODE_", "OPENSSL_CONF=", "LD_", "SEXTON_RECORD=", "SEXTON_LIBRARY=", "SEXTON_KOFFI=", NULL};

void launch(long *stack) __attribute__((noreturn, used));
static void record_signals(struct record *record);
static void record_descriptors(struct start *start);
static void ask_for_descriptors(struct start *start);
static void record_descriptor(struct start *start, int fd);
static void fill_standard_descriptors(void);
static void check_limits(const struct start *start);
static int may_take_fast_lane(const struct start *start);
static long start_program(struct start *start);
static char **program_environment(char **environment, char **listen_pid);
static int write_record(struct start *start);
static long keep(const char *from, const char *end);
static void set_descriptor_limit(const struct record *record, uint64_t soft);
static int is_limited(int resource);
static void become_node(struct start *start, int record, long program) __attribute__((noreturn));

/* The stack at the start holds argc, argv, NULL, envp, NULL. */
#if defined(__x86_64__)
__asm__(".text\n.globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call launch\n  hlt\n");
#elif defined(__aarch64__)
__asm__(".text\n.globl _start\n_start:\n  mov x29, #0\n  mov x0, sp\n  bl launch\n  brk #0\n");
#endif

void launch(long *stack) {
  struct start start = {.argc = (int)stack[0], .argv = (char **)(stack + 1)};
  start.environment = start.argv + start.argc + 1;
  char **end = start.environment;
  while (*end) end++;
  start.auxiliary = (long *)(end + 1);
  become_tool(&start);
  record_signals(&start.record); /* first: from here on no signal is lost but those of Node's own faults */
  record_descriptors(&start);
  fill_standard_descriptors();
  check_limits(&start);
  find_node(&start);
  int record = write_record(&start); /* before the program is started: Node must not start it once more */
  long program = may_take_fast_lane(&start) ? start_program(&start) : 0;
  become_node(&start, record, program);
}

/* Blocks all signals until the preloaded library takes them in Node. */
static void record_signals(struct record *record) {
  signal_set all = ~(signal_set)0;
  set_mask(SIG_SETMASK, &all, &record->mask);
  for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
    struct kernel_sigaction action;
    if (set_action(signal, NULL, &action) == 0 && action.handler == SIG_IGN) record->ignored |= set_of(signal);
  }
  /* wait(2): with SIGCHLD ignored nobody is left to be waited for, and no status. */
  struct kernel_sigaction standard = {.handler = SIG_DFL};
  set_action(SIGCHLD, &standard, NULL);
}

static void record_descriptors(struct start *start) {
  uint64_t limits[2] = {1024, 4096};
  CALL_4(prlimit64, 0, RLIMIT_NOFILE, NULL, limits);
  start->record.soft_limit = limits[0];
  start->record.hard_limit = limits[1];
  set_descriptor_limit(&start->record, limits[1]);

  long directory = CALL_4(openat, AT_FDCWD, "/proc/self/fd", O_DIRECTORY | O_CLOEXEC, 0);
  if (directory < 0) {
    ask_for_descriptors(start);
    return;
  }
  /* getdents(2): d_ino (8), d_off (8), d_reclen (2), d_type (1), d_name */
  char entries[4096] __attribute__((aligned(8)));
  long length;
  while ((length = CALL_3(getdents64, directory, entries, sizeof entries)) > 0)
    for (char *entry = entries; entry < entries + length; entry += *(uint16_t *)(entry + 16)) {
      const char *name = entry + 19;
      if (*name != '.' && parse_number(name) != directory) record_descriptor(start, (int)parse_number(name));
    }
  CALL_1(close, directory);
  if (length < 0) ask_for_descriptors(start);
}

/* Without /proc: for one after the other. */
static void ask_for_descriptors(struct start *start) {
  uint64_t soft = start->record.soft_limit;
  int end = soft < MOST_DESCRIPTORS ? (int)soft : MOST_DESCRIPTORS;
  start->record.descriptor_count = 0;
  for (int fd = 0; fd < end; fd++)
    if (CALL_2(fcntl, fd, F_GETFD) >= 0) record_descriptor(start, fd);
}

static void record_descriptor(struct start *start, int fd) {
  static uint32_t room;
  uint32_t count = start->record.descriptor_count;
  if (count == room) {
    int32_t *before = start->descriptors;
    room = room ? 2 * room : 64;
    start->descriptors = allocate(room * sizeof *before);
    for (uint32_t i = 0; i < count; i++) start->descriptors[i] = before[i];
  }
  start->descriptors[start->record.descriptor_count++] = fd;
}

/* What is opened from here on must not become somebody's stdin, stdout or stderr. The program does not get these. */
static void fill_standard_descriptors(void) {
  for (;;) {
    long fd = CALL_4(openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) fd = CALL_4(openat, AT_FDCWD, "/", O_DIRECTORY | O_CLOEXEC, 0);
    if (fd > 2) CALL_1(close, fd);
    if (fd < 0 || fd > 2) return;
  }
}

/* Too few of these, and Node would crash or hang at boot without saying why. */
static void check_limits(const struct start *start) {
  const char *remedy = "sexton needs room for 16 more, for Node's threads";
  uint64_t tasks[2] = {0, 0};
  if (start->record.hard_limit < NODE_DESCRIPTORS + start->record.descriptor_count)
    fail_with("the limit of open files", "is too low for Node", "raise ulimit -n to 64 or more");
  if (tasks_left() < NODE_TASKS) fail_with("the pids limit of the cgroup", "is too low", remedy);
  CALL_4(prlimit64, 0, RLIMIT_NPROC, NULL, tasks);
  if (is_limited(RLIMIT_NPROC) && tasks[0] < NODE_TASKS) fail_with("ulimit -u", "is too low", remedy);
}

/* Root is not held to the limit of processes: getrlimit(2). */
static int is_limited(int resource) {
  uint64_t limits[2] = {~(uint64_t)0, ~(uint64_t)0};
  if (resource == RLIMIT_NPROC && CALL_0(geteuid) == 0) return 0;
  CALL_4(prlimit64, 0, resource, NULL, limits);
  return limits[0] != ~(uint64_t)0;
}

/* Only the plain and by far commonest use, under our own name, with room for both: anything else is for Node. */
static int may_take_fast_lane(const struct start *start) {
  const char *first = start->argc > 1 ? start->argv[1] : "";
  int has_dashes = equal(first, "--");
  if (start->argc < (has_dashes ? 3 : 2) || (*first == '-' && !has_dashes)) return 0;
  if (!equal(base_name(start->argv[0]), "sexton")) return 0;
  for (char **entry = start->environment; *entry; entry++) {
    if (!begins(*entry, "SEXTON_") || begins(*entry, "SEXTON_NODE=")) continue;
    if (!equal(*entry, "SEXTON_FAST_LANE=1")) return 0;
  }
  if (is_limited(RLIMIT_AS) || is_limited(RLIMIT_DATA)) return 0;
  if (is_limited(RLIMIT_NPROC) || tasks_left() < AMPLE_TASKS) return 0;
  return is_node_complete(start);
}

/* Returns the program's pid; 0 when it could not be executed: Node tries again, and tells why in its own words. */
static long start_program(struct start *start) {
  static char stack[SPAWN_STACK] __attribute__((aligned(16)));
  /* prctl(2): whoever is orphaned while Node boots must come to us. As PID 1 they do. */
  if (CALL_0(getpid) != 1) CALL_5(prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  struct request request = {.flags = SPAWN_GROUP | SPAWN_TERMINAL, .mask = start->record.mask, .ignored = start->record.ignored};
  char **arguments = start->argv + (equal(start->argv[1], "--") ? 2 : 1);
  struct child child = {.request = &request, .arguments = arguments};
  char *before[] = {arguments[-1], arguments[0]}; /* a script without #! changes both, in our memory too */
  child.environment = program_environment(start->environment, &child.listen_pid);
  char *path = variable(start->environment, "PATH");
  child.candidates = search_path(*arguments, path ? path : "/bin:/usr/bin");
  struct failure failure;
  set_descriptor_limit(&start->record, start->record.soft_limit);
  long pid = spawn_child(&child, stack + sizeof stack, &failure);
  set_descriptor_limit(&start->record, start->record.hard_limit);
  arguments[-1] = before[0];
  arguments[0] = before[1];
  if (pid > 0) {
    /* On a busy machine we would boot Node for a whole time slice before the program has its first: step aside. */
    struct timespec64 moment = {0, 1000};
    CALL_2(nanosleep, &moment, NULL);
    return pid;
  }
  if (failure.step == STEP_FORK) fail_with(*arguments, "cannot be started", "fork was refused: a limit of processes or memory is reached");
  return 0;
}

/* Without the variables that are sexton's own, and with room for the program's pid if LISTEN_PID names us. */
static char **program_environment(char **environment, char **listen_pid) {
  size_t count = 0;
  while (environment[count]) count++;
  char **copy = allocate((count + 1) * sizeof *copy), **end = copy;
  char *own = join(LISTEN_PID_PREFIX, number_text(CALL_0(getpid)));
  for (; *environment; environment++) {
    if (begins_with_any(*environment, own_variables)) continue;
    *end++ = *environment;
    if (!*listen_pid && equal(*environment, own)) *listen_pid = end[-1] = join(LISTEN_PID_PREFIX, "0000000000");
  }
  return copy;
}

/* Returns the descriptor of the record; it is close-on-exec until we become Node. */
static int write_record(struct start *start) {
  struct record *record = &start->record;
  record->magic = RECORD_MAGIC;
  record->pid = (int32_t)CALL_0(getpid);
  record->parent = (int32_t)CALL_0(getppid);
  record->argc = (uint32_t)start->argc;
  size_t size = sizeof *record + record->descriptor_count * sizeof *start->descriptors;
  for (char **string = start->argv; *string; string++) size += length_of(*string) + 1;
  for (char **string = start->environment; *string; string++, record->environment_count++) size += length_of(*string) + 1;

  char *buffer = allocate(size), *end = buffer;
  end = append_bytes(end, record, sizeof *record);
  end = append_bytes(end, start->descriptors, record->descriptor_count * sizeof *start->descriptors);
  for (char **string = start->argv; *string; string++) end = append(end, *string) + 1;
  for (char **string = start->environment; *string; string++) end = append(end, *string) + 1;

  long fd = keep(buffer, end);
  if (fd < 0) fail_with("cannot keep a record for Node", "neither in memory nor in a pipe", exec_error(fd));
  return (int)fd;
}

/* In a memfd, or in a pipe where there is none (seccomp) or no file may be written (ulimit -f). Returns it or -errno. */
static long keep(const char *from, const char *end) {
  int ends[2];
  const char *at = from;
  long written = 0, fd = CALL_2(memfd_create, "sexton-record", FD_CLOEXEC /* MFD_CLOEXEC */);
  while (fd >= 0 && at < end && (written = CALL_3(write, fd, at, end - at)) > 0) at += written;
  if (fd >= 0 && at == end && CALL_3(lseek, fd, 0, 0) == 0) return fd;
  if (fd >= 0) CALL_1(close, fd);

  long error = CALL_2(pipe2, ends, O_CLOEXEC | O_NONBLOCK);
  if (error < 0) return error;
  CALL_3(fcntl, ends[1], F_SETPIPE_SZ, end - from);
  for (at = from; at < end && (written = CALL_3(write, ends[1], at, end - at)) > 0;) at += written;
  CALL_1(close, ends[1]);
  if (at == end) return ends[0];
  return written < 0 ? written : -EAGAIN;
}

/* A soft limit that the program can live with may be too low for us and Node, which raises it anyway: it is raised all
   the time but while the program is started. */
static void set_descriptor_limit(const struct record *record, uint64_t soft) {
  uint64_t limits[2] = {soft, record->hard_limit};
  CALL_4(prlimit64, 0, RLIMIT_NOFILE, limits, NULL);
}

/* Closed standard descriptors stay open here: without them and without /dev/null Node aborts. */
static void become_node(struct start *start, int record, long program) {
  char **end, **environment = node_environment(start, &end);
  end = append_own_variables(start, end);
  *end++ = join(join("SEXTON_RECORD=", number_text(record)), join(",", number_text(program)));

  for (int fd = 0; fd <= 2; fd++) CALL_3(fcntl, fd, F_SETFD, 0);
  execute_node(start, environment, record, program);
}

char **node_environment(const struct start *start, char ***end) {
  size_t count = 0;
  while (start->environment[count]) count++;
  char **environment = allocate((count + MOST_OWN_VARIABLES + 2) * sizeof *environment); /* SEXTON_RECORD, and NULL */
  *end = environment;
  for (char **entry = start->environment; *entry; entry++)
    if (!begins_with_any(*entry, hidden_variables)) *(*end)++ = *entry;
  return environment;
}

long auxiliary_value(const struct start *start, long type) {
  for (long *pair = start->auxiliary; *pair; pair += 2)
    if (*pair == type) return pair[1];
  return 0;
}

/* There will be no Node. The program, if it runs already, is ended, and until then not left without an init. */
void abandon(long program, const char *what, const char *message, const char *remedy) {
  signal_set all = ~(signal_set)0;
  int signal = SIGTERM;
  while (program > 0) {
    if (signal != SIGCHLD && signal > 0) CALL_2(kill, -program, signal);
    for (long pid = 1; pid > 0 && program > 0;)
      if ((pid = CALL_4(wait4, -1, NULL, 1 /* WNOHANG */, NULL)) == program) {
        reclaim_terminal((int)CALL_4(openat, AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC, 0), program);
        program = 0;
      } else if (pid == -ECHILD) program = 0;
    if (program > 0) signal = (int)CALL_4(rt_sigtimedwait, &all, NULL, NULL, sizeof all);
  }
  fail_with(what, message, remedy);
}

const char *exec_error(long error) {
  switch (error) {
    case -ENOENT: return "its loader (ELF interpreter) is missing, or it was removed";
    case -EACCES: return "Permission denied";
    case -ENOEXEC: return "Exec format error";
    case -E2BIG: return "Argument list too long";
    case -ENOMEM: return "Cannot allocate memory";
    default: return join("error ", number_text(-error));
  }
}
