/* What the launcher reads of cgroups, and the paths that it makes of PATH: native/find.c. */
#include <stdlib.h>
#include <string.h>

#include "../../native/sexton.h"

static long pretend(long number, long a, long b, long c, long d, long e, long f);
#define system_call pretend
#include "../../native/find.c"
#include "../../native/text.c"
#undef system_call
#include "explore.h"

enum { CGROUP = 1000, NUMBER = 1001, MOST_PIECES = 1 << 14 };

/* Parted by NUL: /proc/self/cgroup, pids.max, pids.current; PATH and a program are the first two again. */
static char *parts[3];
static int numbers, left_open;
static void *pieces[MOST_PIECES];
static size_t piece_count;

static long pretend(long number, long a, long b, long c, long d, long e, long f) {
  (void)d, (void)e, (void)f;
  switch (number) {
    case __NR_openat: {
      const char *path = (const char *)b;
      left_open++;
      if (!strcmp(path, "/proc/self/cgroup")) return CGROUP;
      CHECK(!strncmp(path, "/sys/fs/cgroup", 14));
      if (strstr(path, "/pids.max")) return NUMBER;
      if (strstr(path, "/pids.current")) return NUMBER + 1;
      left_open--;
      return -ENOENT;
    }
    case __NR_read: {
      const char *text = a == CGROUP ? parts[0] : parts[a - NUMBER + 1];
      size_t length = strlen(text) < (size_t)c ? strlen(text) : (size_t)c;
      if (a != CGROUP && numbers++ < 4) return -ENOENT; /* nothing at the usual places: ask /proc */
      memcpy((void *)b, text, length);
      return (long)length;
    }
    case __NR_close: left_open--; return 0;
    case __NR_mmap: /* a piece of its own, that ends where it ends */
      CHECK(piece_count < MOST_PIECES);
      return (long)(pieces[piece_count++] = calloc(1, (size_t)b));
    default: CHECK(!"a known system call"); return -ENOSYS;
  }
}

void check(uint8_t *bytes, size_t length) {
  static char texts[LONGEST_INPUT + 4];
  memset(texts, 0, sizeof texts);
  memcpy(texts, bytes, length);
  parts[0] = texts;
  for (int i = 1; i < 3; i++) parts[i] = parts[i - 1] + strlen(parts[i - 1]) + 1 <= texts + length ? parts[i - 1] + strlen(parts[i - 1]) + 1 : parts[i - 1] + strlen(parts[i - 1]);
  numbers = left_open = 0;
  tasks_left();
  CHECK(left_open == 0);
  if (strlen(parts[0]) > 8192 || strlen(parts[1]) > 300) return;
  char **candidates = search_path(parts[1], parts[0]);
  CHECK(*candidates != NULL);
  for (; *candidates; candidates++) CHECK(strlen(*candidates) >= strlen(parts[1]));
  while (piece_count) free(pieces[--piece_count]);
}

size_t seed_input(size_t index, uint8_t *bytes) {
  static const char *const seeds[] = {"0::/a/b\n", "11:pids:/c\n0::/\n", "/usr/bin:/bin", "::/x:"};
  static const char rest[] = "\0max\0 12\n";
  if (index >= sizeof seeds / sizeof *seeds) return 0;
  size_t length = strlen(seeds[index]);
  memcpy(bytes, seeds[index], length);
  memcpy(bytes + length, rest, sizeof rest);
  return length + sizeof rest;
}
