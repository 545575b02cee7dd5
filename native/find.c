#include "find.h"

enum { LONGEST_PATH = 4096, LINKS = 40, X_OK = 1, R_OK = 4, MANY = 1 << 30 };

static char *real_folder(char *folder);
static long read_number(const char *folder, const char *name);
static long tasks_left_in(const char *folder);

char **search_path(char *program, const char *path) {
  size_t elements = 1, length = length_of(program);
  for (const char *at = path; *at; at++) elements += *at == ':';
  char **candidates = allocate((elements + 1) * sizeof *candidates), **end = candidates;
  if (*program == 0 || contains(program, '/')) {
    *end = program;
    return candidates;
  }
  for (;;) {
    size_t folder = 0;
    while (path[folder] && path[folder] != ':') folder++;
    char *to = *end++ = allocate(folder + length + 2);
    to = append_bytes(to, path, folder);
    if (folder) *to++ = '/'; /* an empty element is the directory that we are in */
    append(to, program);
    if (!path[folder]) break;
    path += folder + 1;
  }
  /* What is too long cannot be executed. When all are, the kernel says so. */
  end = candidates;
  for (char **candidate = candidates; *candidate; candidate++)
    if (length_of(*candidate) < LONGEST_PATH) *end++ = *candidate;
  if (end > candidates) *end = NULL;
  return candidates;
}

int is_readable(const char *path) { return CALL_3(faccessat, AT_FDCWD, path, R_OK) == 0; }

int is_executable(const char *path) {
  if (CALL_3(faccessat, AT_FDCWD, path, X_OK) < 0) return 0;
  long folder = CALL_4(openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  if (folder >= 0) CALL_1(close, folder);
  return folder < 0;
}

int is_elf(const char *path) {
  char magic[4] = {0, 0, 0, 0};
  long fd = CALL_4(openat, AT_FDCWD, path, O_CLOEXEC, 0);
  if (fd < 0) return 0;
  long length = CALL_3(read, fd, magic, sizeof magic);
  CALL_1(close, fd);
  return length == sizeof magic && magic[0] == 0x7f && magic[1] == 'E' && magic[2] == 'L' && magic[3] == 'F';
}

char *own_path(char *executed) {
  char *path = allocate(LONGEST_PATH);
  if (CALL_4(readlinkat, AT_FDCWD, "/proc/self/exe", path, LONGEST_PATH - 1) > 0) return path;
  /* No /proc: follow the links of the last element; the kernel follows those before it. */
  path = executed;
  for (int i = 0; i < LINKS; i++) {
    char *target = allocate(LONGEST_PATH);
    if (CALL_4(readlinkat, AT_FDCWD, path, target, LONGEST_PATH - 1) <= 0) break;
    path = *target == '/' ? target : join(join(parent_folder(join(path, "")), "/"), target);
  }
  return join(join(real_folder(parent_folder(join(path, ""))), "/"), base_name(path));
}

/* Absolute, without links and dots: parents are found by cutting it, by us as by Node. getcwd(2) knows it. */
static char *real_folder(char *folder) {
  char *path = allocate(LONGEST_PATH);
  long before = CALL_4(openat, AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  if (before < 0) return folder;
  long length = -1;
  if (CALL_1(fchdir, before) == 0 && CALL_1(chdir, folder) == 0) { /* first: whether we can come back */
    length = CALL_2(getcwd, path, LONGEST_PATH);
    CALL_1(fchdir, before);
  }
  CALL_1(close, before);
  return length > 0 && *path == '/' ? path : folder; /* or "(unreachable)/..." */
}

char *parent_folder(char *path) {
  char *slash = NULL;
  for (char *at = path; *at; at++)
    if (*at == '/') slash = at;
  if (!slash) return ".";
  *(slash == path ? slash + 1 : slash) = 0;
  return path;
}

const char *base_name(const char *path) {
  const char *base = path;
  for (; *path; path++)
    if (*path == '/') base = path + 1;
  return base;
}

int is_preloadable(const char *path) {
  while (*path && !contains(" :$\t\n\v\f\r", *path)) path++;
  return !*path;
}

char *preloadable(char *path) {
  if (is_preloadable(path)) return path;
  long fd = CALL_4(openat, AT_FDCWD, path, 0, 0); /* kept over exec; src/kernel/record.ts closes it */
  if (fd < 0) return NULL;
  char *again = join("/proc/self/fd/", number_text(fd));
  if (is_readable(again)) return again;
  CALL_1(close, fd); /* no /proc: the loader would complain on stderr */
  return NULL;
}

long tasks_left(void) {
  /* In a container its own cgroup is usually mounted there; else /proc/self/cgroup tells where it is. */
  long left = tasks_left_in("/sys/fs/cgroup");
  if (left == MANY) left = tasks_left_in("/sys/fs/cgroup/pids");
  if (left != MANY) return left;
  static char text[4096];
  long fd = CALL_4(openat, AT_FDCWD, "/proc/self/cgroup", O_CLOEXEC, 0);
  if (fd < 0) return MANY;
  long length = CALL_3(read, fd, text, sizeof text - 1);
  CALL_1(close, fd);
  if (length < 0) return MANY;
  /* Lines are 0::/path for version 2, and N:pids:/path for version 1. */
  for (char *line = text; *line;) {
    char *end = line;
    while (*end && *end != '\n') end++;
    int last = *end == 0;
    *end = 0;
    while (*line && *line != ':') line++;
    const char *mount = begins(line, "::") ? "/sys/fs/cgroup" : begins(line, ":pids:") ? "/sys/fs/cgroup/pids" : NULL;
    if (mount && left == MANY) left = tasks_left_in(join(mount, line + (begins(line, "::") ? 2 : 6)));
    if (last) break;
    line = end + 1;
  }
  return left;
}

static long tasks_left_in(const char *folder) {
  long limit = read_number(folder, "/pids.max");
  long current = read_number(folder, "/pids.current");
  return limit < 0 || current < 0 ? MANY : limit - current;
}

static long read_number(const char *folder, const char *name) {
  char text[32];
  long fd = CALL_4(openat, AT_FDCWD, join(folder, name), O_CLOEXEC, 0);
  if (fd < 0) return -1;
  long length = CALL_3(read, fd, text, sizeof text - 1);
  CALL_1(close, fd);
  if (length <= 0 || text[0] < '0' || text[0] > '9') return -1; /* "max" */
  text[length] = 0;
  return parse_number(text);
}
