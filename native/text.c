#include "text.h"

#include <limits.h>

enum { FAILED = 125, ARENA = 256 * 1024 };

void *allocate(size_t size) {
  static char arena[ARENA] __attribute__((aligned(16)));
  static size_t used;
  size = (size + 15) & ~(size_t)15;
  if (size <= ARENA - used) return arena + (used += size) - size;
  long memory = CALL_6(mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if ((unsigned long)memory > -4096UL) fail_with("cannot start", "Cannot allocate memory", NULL);
  return (void *)memory;
}

size_t length_of(const char *text) {
  size_t length = 0;
  while (text[length]) length++;
  return length;
}

int begins(const char *text, const char *prefix) {
  while (*prefix)
    if (*text++ != *prefix++) return 0;
  return 1;
}

int begins_with_any(const char *text, const char *const *prefixes) {
  for (; *prefixes; prefixes++)
    if (begins(text, *prefixes)) return 1;
  return 0;
}

int equal(const char *one, const char *other) { return begins(one, other) && length_of(one) == length_of(other); }

int contains(const char *text, char character) {
  while (*text && *text != character) text++;
  return *text == character;
}

char *append(char *end, const char *text) {
  while ((*end = *text++)) end++;
  return end;
}

char *append_bytes(char *end, const void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) *end++ = ((const char *)bytes)[i];
  return end;
}

char *join(const char *first, const char *second) {
  char *joined = allocate(length_of(first) + length_of(second) + 1);
  append(append(joined, first), second);
  return joined;
}

long parse_number(const char *digits) {
  long number = 0;
  for (; *digits >= '0' && *digits <= '9'; digits++)
    if (__builtin_mul_overflow(number, 10L, &number) || __builtin_add_overflow(number, (long)(*digits - '0'), &number)) return LONG_MAX;
  return number;
}

char *number_text(long number) {
  char *digit = (char *)allocate(24) + 23;
  do *--digit = (char)('0' + number % 10);
  while (number /= 10);
  return digit;
}

char *variable(char **environment, const char *name) {
  for (; *environment; environment++) {
    size_t length = length_of(name);
    if (begins(*environment, name) && (*environment)[length] == '=') return *environment + length + 1;
  }
  return NULL;
}

void fail_with(const char *what, const char *message, const char *remedy) {
  static char line[4096];
  char *end = append(line, "sexton: ");
  const char *parts[] = {what, ": ", message, remedy ? ": " : "", remedy ? remedy : "", "\n"};
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
    if (length_of(parts[i]) < (size_t)(line + sizeof line - end)) end = append(end, parts[i]);
  CALL_3(write, 2, line, end - line);
  for (;;) CALL_1(exit_group, FAILED);
}
