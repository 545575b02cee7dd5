/*
 * helpers COMMAND...: native/find.c and native/text.c, compiled hosted under sanitizers.
 *
 * Texts come from stdin and go to stdout, each ended by a NUL byte. /proc and /sys are those of a folder that
 * SEXTON_TEST_ROOT names; without it there are none. Memory comes from calloc, each piece of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../native/sexton.h"

int dup(int fd); /* unistd.h has names of ours */
int close(int fd);
static long pretend(long number, long a, long b, long c, long d, long e, long f);
#define system_call pretend
#include "../../native/find.c"
#include "../../native/text.c"
#undef system_call

static const char *elsewhere(const char *path, char *room, size_t size) {
  const char *root = getenv("SEXTON_TEST_ROOT");
  if (strncmp(path, "/proc/", 6) && strncmp(path, "/sys/", 5)) return path;
  snprintf(room, size, "%s%s", root ? root : "/nonexistent", path);
  return room;
}

static long pretend(long number, long a, long b, long c, long d, long e, long f) {
  char room[2 * LONGEST_PATH];
  if (number == __NR_mmap) return (long)calloc(1, (size_t)b);
  if (number == __NR_openat || number == __NR_faccessat || number == __NR_readlinkat) b = (long)elsewhere((const char *)b, room, sizeof room);
  if (number == __NR_exit_group) exit((int)a);
  return system_call(number, a, b, c, d, e, f);
}

/* From here on each allocation is a mapping, and so, above, a piece of its own that ends where it ends. */
static void exhaust_arena(void) {
  char *before = NULL;
  for (size_t total = 0; total < ARENA; total += 1024) {
    char *piece = allocate(1024 - total % 16);
    if (((unsigned long)piece & 15) || (before && piece < before + 1024)) abort();
    for (int i = 0; i < 1024; i++)
      if (piece[i]) abort();
    memset(piece, 'x', 1024);
    before = piece;
  }
}

/* The next text of stdin, in memory of exactly its size; NULL at the end. */
static char *next_text(void) {
  char *line = NULL;
  size_t size = 0;
  ssize_t length = getdelim(&line, &size, 0, stdin);
  if (length < 1) return NULL;
  char *text = malloc((size_t)length);
  memcpy(text, line, (size_t)length);
  free(line);
  return text;
}

static void say(const char *text) { fwrite(text, 1, strlen(text) + 1, stdout); }
static void say_number(long number) { printf("%ld%c", number, 0); }

int main(int argc, char **argv) {
  const char *command = argc > 1 ? argv[1] : "";
  exhaust_arena();
  if (!strcmp(command, "tasks_left")) return say_number(tasks_left()), 0;
  if (!strcmp(command, "fail_with")) {
    char *what = next_text(), *message = next_text();
    fail_with(what, message, next_text());
  }
  for (char *text; (text = next_text());) {
    if (!strcmp(command, "search_path")) {
      char **candidates = search_path(text, next_text());
      long count = 0;
      while (candidates[count]) count++;
      say_number(count);
      while (*candidates) say(*candidates++);
    } else if (!strcmp(command, "parent_folder")) say(parent_folder(text));
    else if (!strcmp(command, "base_name")) say(base_name(text));
    else if (!strcmp(command, "own_path")) say(own_path(text));
    else if (!strcmp(command, "preloadable")) {
      int before = dup(0), after;
      close(before);
      char *path = preloadable(text);
      after = dup(0);
      close(after);
      if ((before != after) != (path && path != text)) abort(); /* the library is open only if it is named so */
      say(path ? path : "(none)");
    } else if (!strcmp(command, "is_elf")) say_number(is_elf(text));
    else if (!strcmp(command, "is_executable")) say_number(is_executable(text));
    else if (!strcmp(command, "parse_number")) say_number(parse_number(text));
    else if (!strcmp(command, "number_text")) say(number_text(atol(text)));
    else if (!strcmp(command, "variable")) {
      char *environment[] = {text, next_text(), NULL}, *value = variable(environment, next_text());
      say(value ? value : "(none)");
    } else return fprintf(stderr, "helpers: %s is unknown\n", command), 2;
  }
  return 0;
}
