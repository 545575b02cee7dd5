/*
 * drive LIBRARY SPAWNED REFUSED: uses libsexton.so as Node does, from a plain C program, for valgrind and qemu-user.
 *
 * SPAWNED: a file with a request whose program exits with 7; REFUSED: one whose program does not exist.
 * Says nothing and returns 0 when all is as it should be.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEP_EXEC = 14, PIPE_RECORDS = 65536 / 16 };

struct event {
  int32_t signal, code, pid;
  uint32_t uid;
};

static int (*sexton_listen)(int);
static int (*sexton_next)(struct event *event, int timeout_ms);
static int (*sexton_write)(int fd, const uint8_t *data, uint32_t length);
static int (*sexton_spawn)(uint8_t *buffer, uint32_t length);
static int (*sexton_kill)(int target, int signal);
static int (*sexton_prctl)(int option, int value);
static int (*sexton_set_foreground)(int terminal, int group);

#define CHECK(condition) ((condition) ? (void)0 : broken(#condition, __LINE__))

static void broken(const char *condition, int line) {
  fprintf(stderr, "drive.c:%d: does not hold: %s\n", line, condition);
  _exit(1);
}

static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (!found) broken(name, __LINE__);
  return found;
}

/* Every signal of a child arrives, with its sender; and the child's end. */
static void receive_signals(void) {
  static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGTERM, SIGTSTP, SIGWINCH, 40, 40, 50};
  enum { COUNT = sizeof signals / sizeof *signals };
  int seen[65] = {0};
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < COUNT; i++) kill(getppid(), signals[i]);
    _exit(3);
  }
  for (int i = 0; i <= COUNT; i++) {
    struct event event;
    CHECK(sexton_next(&event, 10000) == 1);
    CHECK(event.signal > 0 && event.signal <= 64 && event.pid == child && event.uid == getuid());
    CHECK(event.code == (event.signal == SIGCHLD ? CLD_EXITED : SI_USER));
    seen[event.signal]++;
  }
  for (int i = 0; i < COUNT; i++) CHECK(seen[signals[i]] == (signals[i] == 40 ? 2 : 1));
  int status;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

/* What another process sends in our name is no mistake of ours, nor nothing: it arrives. */
static void receive_forged(void) {
  static const int signals[] = {SIGABRT, SIGSEGV, SIGTERM};
  struct event event;
  pid_t parent = getpid(), child = fork();
  if (child == 0) {
    for (int i = 0; i < 3; i++) {
      siginfo_t info = {.si_signo = signals[i], .si_code = SI_QUEUE};
      info.si_pid = parent;
      if (syscall(SYS_rt_sigqueueinfo, parent, signals[i], &info) < 0) _exit(1);
    }
    _exit(0);
  }
  int seen[65] = {0}, status;
  for (int i = 0; i < 4; i++) {
    CHECK(sexton_next(&event, 10000) == 1);
    CHECK(event.signal == SIGCHLD || (event.code == SI_QUEUE && event.pid == parent));
    seen[event.signal]++;
  }
  for (int i = 0; i < 3; i++) CHECK(seen[signals[i]] == 1);
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* More than the pipe holds: the realtime ones are counted, of the others one comes. */
static void overflow(void) {
  struct event event;
  int realtime = 0, terminated = 0;
  pid_t child = fork();
  if (child == 0) {
    union sigval value = {.sival_int = 0};
    for (int i = 0; i < PIPE_RECORDS + 500; i++)
      while (sigqueue(getppid(), 40, value) < 0 && errno == EAGAIN) usleep(1000);
    for (int i = 0; i < 3; i++) kill(getppid(), SIGTERM);
    _exit(0);
  }
  CHECK(waitpid(child, NULL, 0) == child);
  while (sexton_next(&event, 200) == 1) {
    if (event.signal == 40) realtime++;
    else if (event.signal == SIGTERM) terminated++;
    else CHECK(event.signal == SIGCHLD);
  }
  CHECK(realtime == PIPE_RECORDS + 500);
  CHECK(terminated >= 1 && terminated <= 3);
}

static void write_without_blocking(void) {
  uint8_t data[4096];
  int ends[2], written, total = 0;
  memset(data, 'x', sizeof data);
  CHECK(pipe(ends) == 0);
  while ((written = sexton_write(ends[1], data, sizeof data)) > 0) total += written;
  CHECK(written == -EAGAIN && total >= 4096);
  close(ends[0]);
  CHECK(sexton_write(ends[1], data, 1) == -EPIPE);
  close(ends[1]);
  CHECK(sexton_write(200, data, 1) == -EBADF);
  CHECK(sexton_write(-1, data, 1) < 0);
}

/* Between the lines of others, wherever they left off. */
static void write_to_file(void) {
  char text[64] = "";
  FILE *file = tmpfile();
  int fd = fileno(file);
  CHECK(write(fd, "one\n", 4) == 4);
  CHECK(sexton_write(fd, (const uint8_t *)"two\n", 4) == 4);
  CHECK(write(fd, "three\n", 6) == 6);
  CHECK(sexton_write(fd, (const uint8_t *)"four\n", 5) == 5);
  CHECK(pread(fd, text, sizeof text, 0) == 19 && strcmp(text, "one\ntwo\nthree\nfour\n") == 0);
  fclose(file);
}

/* The reason of a failure is the result. pidfd_open(2) and its sister are not here: valgrind does not know them. */
static void call_the_system(void) {
  CHECK(sexton_kill(getpid(), 0) == 0 && sexton_kill(getpid(), 65) == -EINVAL && sexton_kill(0x3fffffff, 0) == -ESRCH);
  CHECK(sexton_prctl(PR_SET_PDEATHSIG, SIGUSR2) == 0 && sexton_prctl(PR_SET_PDEATHSIG, 65) == -EINVAL);
  CHECK(sexton_prctl(PR_SET_PDEATHSIG, 0) == 0);
  int null = open("/dev/null", O_RDWR);
  CHECK(sexton_set_foreground(null, getpgrp()) == -ENOTTY && sexton_set_foreground(-1, 1) == -EBADF);
  close(null);
}

/* Returns what sexton_spawn does; *step is what failed. */
static int spawn_file(const char *path, int *step) {
  FILE *file = fopen(path, "rb");
  CHECK(file && fseek(file, 0, SEEK_END) == 0);
  size_t length = (size_t)ftell(file);
  uint8_t *request = malloc(length);
  rewind(file);
  CHECK(fread(request, 1, length, file) == length);
  fclose(file);
  int result = sexton_spawn(request, (uint32_t)length);
  *step = request[0];
  free(request);
  return result;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  void *library = dlopen(argv[1], RTLD_NOW);
  if (!library) return fprintf(stderr, "%s\n", dlerror()), 1;
  *(void **)&sexton_listen = symbol(library, "sexton_listen");
  *(void **)&sexton_next = symbol(library, "sexton_next");
  *(void **)&sexton_write = symbol(library, "sexton_write");
  *(void **)&sexton_spawn = symbol(library, "sexton_spawn");
  *(void **)&sexton_kill = symbol(library, "sexton_kill");
  *(void **)&sexton_prctl = symbol(library, "sexton_prctl");
  *(void **)&sexton_set_foreground = symbol(library, "sexton_set_foreground");
  struct event event;
  int status, step;

  CHECK(sexton_listen(0) == 0);
  CHECK(sexton_listen(0) == 0);
  CHECK(sexton_next(&event, 0) == 0);
  receive_signals();
  receive_forged();
  overflow();
  write_without_blocking();
  write_to_file();
  call_the_system();

  pid_t pid = spawn_file(argv[2], &step);
  CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
  CHECK(spawn_file(argv[3], &step) == -ENOENT && step == STEP_EXEC);
  CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
  CHECK(sexton_spawn(NULL, 0) == -EINVAL);
  while (sexton_next(&event, 0) == 1) CHECK(event.signal == SIGCHLD);
  return 0;
}
