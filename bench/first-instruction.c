/*
 * first-instruction ROUNDS A... // B...: microseconds from the exec of an init to its program's first instruction,
 * for two inits in turn (A B A B), so that the machine's moods fall on both. A and B are whole command lines whose
 * program is first.S, divided by the word //. Prints a line for each round: A's time, B's time.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

/* Runs the init once. The program writes the time of its first instruction to descriptor 200. */
static double once(char **words) {
  int ends[2], status;
  double times[2];
  if (pipe(ends)) exit(99);
  pid_t child = fork();
  if (!child) {
    dup2(ends[1], 200);
    close(ends[0]);
    close(ends[1]);
    times[0] = now();
    if (write(200, &times[0], sizeof times[0]) < 0) _exit(97);
    execvp(words[0], words);
    _exit(98);
  }
  close(ends[1]);
  struct timespec first;
  if (read(ends[0], &times[0], sizeof times[0]) != sizeof times[0]) exit(96);
  if (read(ends[0], &first, sizeof first) != sizeof first) exit(95);
  close(ends[0]);
  waitpid(child, &status, 0);
  return first.tv_sec * 1e6 + first.tv_nsec / 1e3 - times[0];
}

int main(int argc, char **argv) {
  char **other = argv + 2;
  while (*other && strcmp(*other, "//")) other++;
  if (argc < 5 || !*other) return fprintf(stderr, "first-instruction ROUNDS A... // B...\n"), 2;
  *other++ = NULL;
  for (int round = atoi(argv[1]); round > 0; round--) {
    double a = once(argv + 2), b = once(other);
    printf("%.1f %.1f\n", a, b);
  }
  return 0;
}
