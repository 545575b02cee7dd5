/*
 * load ORPHANS SIGNALS SIGNAL...: what the soak puts upon PID 1. As many orphans of mixed fates, and as many signals of
 * the kinds that are named, side by side to the end. Then says
 *
 *   result {"orphans": MADE, "sent": N, "received": N, "wrong": [SIGNAL, SENT, RECEIVED, ...]}
 *
 * and waits for a byte on stdin before it exits with 7.
 *
 * The program itself takes the signals and counts them: all are blocked, so none is missed. One child makes the orphans,
 * another sends the signals, each in a process group of its own.
 */
#include "../../bench/fixtures/fixture.h"
#include <sys/prctl.h>

enum { BATCH = 64, BATCHES = 16, AHEAD = 4, FIRST_REALTIME = 34, STATUS = 7 };
/* How long nothing may happen until it is given up. */
static const int SECONDS = 60;

/* Shared by the three. */
static struct {
  volatile long made, received[65], sent[65];
  volatile int is_made, is_sent, has_failed;
  /* The children of the batches made last, and their own. */
  volatile pid_t pids[BATCHES][BATCH][2];
} *shared;

static long orphans, signals;
static int kinds[64], kind_count;

static void make_orphans(void);
static void make_batch(long first, int batch, int count);
static void live(long number, volatile pid_t *own_child);
static void wait_for_batch(int batch);
static void send_signals(void);
static void take_signals(void);
static void end(pid_t pid);
static void tell(void);

static void fail(const char *step) {
  perror(step);
  shared->has_failed = 1;
  _exit(91);
}

static pid_t start(void (*task)(void)) {
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid > 0) return pid;
  /* Out of reach of what is passed on to the group. */
  setpgid(0, 0);
  task();
  /* Not a zombie that nobody waits for, until the other has done its part too. */
  for (;;) pause();
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  orphans = atol(argv[1]);
  signals = atol(argv[2]);
  for (int i = 3; i < argc; i++) kinds[kind_count++] = atoi(argv[i]);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  /* No core of those that crash, and nobody that is called for one. */
  prctl(PR_SET_DUMPABLE, 0);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  say("ready\n");
  pid_t maker = start(make_orphans), sender = start(send_signals);
  take_signals();
  end(maker);
  end(sender);
  tell();
  char byte;
  return read(0, &byte, 1) == 1 ? STATUS : 90;
}

static void end(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}

/* A parent for each batch, which leaves it behind. PID 1 is never more than BATCHES of them behind. */
static void make_orphans(void) {
  for (int batch = 0; shared->made < orphans; batch = (batch + 1) % BATCHES) {
    long left = orphans - shared->made;
    wait_for_batch(batch);
    pid_t parent = fork();
    if (parent < 0) fail("fork");
    if (parent == 0) make_batch(shared->made, batch, left < BATCH ? (int)left : BATCH), _exit(0);
    int status;
    waitpid(parent, &status, 0);
    if (status != 0) fail("a batch");
  }
  for (int batch = 0; batch < BATCHES; batch++) wait_for_batch(batch);
  shared->is_made = 1;
}

static void make_batch(long first, int batch, int count) {
  int child = 0;
  for (long made = 0; made < count; child++) {
    volatile pid_t *pids = shared->pids[batch][child];
    /* Every eighth is a double fork, and two orphans. */
    int is_double = (first + made) % 8 == 7 && made + 2 <= count;
    pids[1] = is_double ? -1 : 0;
    pid_t pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) live(first + made, is_double ? &pids[1] : NULL);
    pids[0] = pid;
    made += is_double ? 2 : 1;
    shared->made += is_double ? 2 : 1;
  }
  for (; child < BATCH; child++) shared->pids[batch][child][0] = shared->pids[batch][child][1] = 0;
}

/* The fate of an orphan, by its number. */
static void live(long number, volatile pid_t *own_child) {
  static const int DEADLY[] = {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGSEGV, SIGABRT, SIGBUS, SIGALRM};
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (own_child) {
    pid_t pid = fork();
    if (pid > 0) *own_child = pid, _exit(0);
    if (pid < 0) fail("fork");
  }
  switch (number / 8 % 8) {
    case 0: raise(DEADLY[number / 64 % (sizeof DEADLY / sizeof *DEADLY)]); break;
    case 1: *(volatile char *)NULL = 0; break;
    case 2: nap(1000 + number % 97 * 1000); break;
    case 3: nap(number % 1000); break;
  }
  _exit((int)(number & 0xff));
}

/* Until nobody has their pids any more: PID 1 has reaped them. */
static void wait_for_batch(int batch) {
  double deadline = now() + SECONDS * 1e6;
  for (int child = 0; child < BATCH; child++)
    for (int generation = 0; generation < 2; generation++) {
      pid_t pid = shared->pids[batch][child][generation];
      for (; pid > 0 && kill(pid, 0) == 0; nap(50))
        if (now() > deadline) fail("an orphan is not reaped");
      shared->pids[batch][child][generation] = 0;
    }
}

/*
 * As evenly as the orphans are made. A standard signal that is pending takes no second one, so each of them waits until
 * the one before has come; the realtime signals queue, and go ahead.
 */
static void send_signals(void) {
  int last_standard = 0;
  for (long number = 0; number < signals; number++) {
    int signal = kinds[number % kind_count];
    while (!shared->is_made && (double)number * (double)orphans > (double)shared->made * (double)signals) nap(500);
    if (signal < FIRST_REALTIME) {
      while (shared->received[last_standard] < shared->sent[last_standard]) nap(50);
      last_standard = signal;
    } else
      while (shared->received[signal] + AHEAD < shared->sent[signal]) nap(50);
    shared->sent[signal]++;
    while (sigqueue(1, signal, (union sigval){0}) < 0) {
      if (errno != EAGAIN) fail("sigqueue");
      nap(1000);
    }
  }
  shared->is_sent = 1;
}

/* Until all was sent and has come, or nothing comes any more. */
static void take_signals(void) {
  sigset_t all;
  sigfillset(&all);
  sigdelset(&all, SIGCHLD);
  long received = 0;
  for (int quiet = 0; quiet < SECONDS && !shared->has_failed; quiet++) {
    struct timespec second = {shared->is_made && shared->is_sent && received >= signals ? 0 : 1, 0};
    int signal = sigtimedwait(&all, NULL, &second);
    if (signal > 0) shared->received[signal]++, received++;
    if (signal > 0 || !shared->is_made) quiet = 0;
    else if (second.tv_sec == 0) return;
  }
}

static void tell(void) {
  int length = 0;
  char wrong[2048] = "";
  long sent = 0, received = 0;
  for (int signal = 1; signal <= 64; signal++) {
    sent += shared->sent[signal];
    received += shared->received[signal];
    if (shared->sent[signal] != shared->received[signal])
      length += snprintf(wrong + length, sizeof wrong - (size_t)length, "%s[%d, %ld, %ld]", length ? ", " : "", signal,
                         shared->sent[signal], shared->received[signal]);
  }
  char line[4096];
  snprintf(line, sizeof line, "result {\"orphans\": %ld, \"sent\": %ld, \"received\": %ld, \"wrong\": [%s]}\n", shared->made,
           sent, received, wrong);
  say(line);
}
