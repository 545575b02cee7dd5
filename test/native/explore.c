/*
 * explore SECONDS SEED CORPUS KEPT: fuzzes `check` of the file that this is linked with, guided by coverage.
 *
 * That file is compiled with gcc -fsanitize-coverage=trace-pc: every block calls us below. Inputs that reach an edge
 * which none did before join the corpus, and with KEPT=1 the folder CORPUS. A crash is saved there before we die.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "explore.h"
#include "random.h"

void __sanitizer_set_death_callback(void (*callback)(void));

enum { MOST = 4096, EDGES = 1 << 13, PATIENCE = 20 };

static struct { uint8_t *bytes; size_t length; } corpus[MOST];
static size_t corpus_size;
static uint8_t reached[EDGES], seen[EDGES];
static uintptr_t last;
static uint8_t input[LONGEST_INPUT];
static size_t input_length;
static const char *folder;

void __sanitizer_cov_trace_pc(void) {
  uintptr_t here = (uintptr_t)__builtin_return_address(0);
  reached[((here >> 1) ^ last) % EDGES] = 1;
  last = here >> 2;
}

static void save(const char *prefix) {
  uint64_t hash = 14695981039346656037u; /* FNV-1a */
  for (size_t i = 0; i < input_length; i++) hash = (hash ^ input[i]) * 1099511628211u;
  char path[4096];
  snprintf(path, sizeof path, "%s/%s%012llx", folder, prefix, (unsigned long long)hash & 0xffffffffffff);
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0 || write(file, input, input_length) != (ssize_t)input_length) perror(path);
  close(file);
  if (*prefix) fprintf(stderr, "saved: %s\n", path);
}

static void die(void) { save("failure-"); }

void broken(const char *condition, const char *file, int line) {
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
  die();
  _exit(1);
}

/* Whether it reached what nothing did before. */
static int run(void) {
  last = 0;
  memset(reached, 0, sizeof reached);
  alarm(PATIENCE); /* what hangs dies of SIGALRM */
  uint8_t *copy = malloc(input_length ? input_length : 1); /* of exactly its size */
  memcpy(copy, input, input_length);
  check(copy, input_length);
  free(copy);
  int is_new = 0;
  for (int i = 0; i < EDGES; i++)
    if (reached[i] && !seen[i]) seen[i] = 1, is_new = 1;
  if (is_new && corpus_size < MOST) {
    corpus[corpus_size].bytes = malloc(input_length ? input_length : 1);
    memcpy(corpus[corpus_size].bytes, input, input_length);
    corpus[corpus_size++].length = input_length;
  }
  return is_new;
}

static void insert(size_t at, const uint8_t *bytes, size_t count) {
  if (count > sizeof input - input_length) count = sizeof input - input_length;
  memmove(input + at + count, input + at, input_length - at);
  memcpy(input + at, bytes, count);
  input_length += count;
}

/* Numbers that break arithmetic, 1 to 8 bytes of them. */
static void overwrite_number(void) {
  static const uint64_t odd[] = {0, 1, 2, 3, 7, 8, 63, 64, 0xff, 0xfff, 0x1000, 0x1001, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0xfffffffffffff000, 0xffffffffffffffff};
  uint64_t number = odd[below(sizeof odd / sizeof *odd)] + (below(4) ? 0 : any() % 4096);
  size_t width = (size_t)1 << below(4);
  if (input_length < width) return;
  size_t at = below(input_length - width + 1);
  memcpy(input + (below(4) ? at & ~(width - 1) : at), &number, width);
}

static void mutate(void) {
  size_t base = below(corpus_size);
  input_length = corpus[base].length;
  memcpy(input, corpus[base].bytes, input_length);
  for (size_t changes = 1 + below(5); changes > 0; changes--) {
    size_t at = below(input_length + 1);
    uint8_t byte = (uint8_t)any();
    switch (below(7)) {
      case 0: if (at < input_length) input[at] = byte; break;
      case 1: if (at < input_length) input[at] ^= (uint8_t)(1u << below(8)); break;
      case 2: insert(at, &byte, 1); break;
      case 3: {
        size_t count = below(input_length - at + 1) % 64;
        memmove(input + at, input + at + count, input_length - at - count);
        input_length -= count;
        break;
      }
      case 4: {
        size_t other = below(corpus_size), from = below(corpus[other].length);
        insert(at, corpus[other].bytes + from, below(corpus[other].length - from + 1));
        break;
      }
      default: overwrite_number();
    }
  }
}

static void begin_with(const char *path) {
  int file = open(path, O_RDONLY);
  ssize_t length = file < 0 ? -1 : read(file, input, sizeof input);
  close(file);
  if (length < 0) return;
  input_length = (size_t)length;
  run();
}

int main(int argc, char **argv) {
  if (argc != 5) return fprintf(stderr, "explore SECONDS SEED CORPUS KEPT\n"), 2;
  random_state = strtoull(argv[2], NULL, 10);
  folder = argv[3];
  __sanitizer_set_death_callback(die);
  for (size_t i = 0; (input_length = seed_input(i, input)) > 0; i++) run();
  struct dirent **entries;
  int count = scandir(folder, &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    if (entries[i]->d_name[0] != '.') begin_with(path);
  }
  unsigned long executions = 0, edges = 0;
  time_t end = time(NULL) + atol(argv[1]);
  while (corpus_size && time(NULL) < end)
    for (int i = 0; i < 256; i++, executions++) {
      mutate();
      if (run() && atoi(argv[4])) save("");
    }
  for (int i = 0; i < EDGES; i++) edges += seen[i];
  printf("{\"executions\":%lu,\"covered\":%lu,\"corpus\":%zu}\n", executions, edges, corpus_size);
  return 0;
}
