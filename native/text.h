/* Text and memory without a libc, for the launcher: a process that never lives long enough to free anything. */
#ifndef SEXTON_TEXT_H
#define SEXTON_TEXT_H

#include "sexton.h"

/** Zeroed memory; without memory there is nothing left to do but to say so and leave. */
void *allocate(size_t size);

size_t length_of(const char *text);
int begins(const char *text, const char *prefix);
int begins_with_any(const char *text, const char *const *prefixes);
int equal(const char *one, const char *other);
int contains(const char *text, char character);
/** Appends to a buffer that has room for it; returns the new end. */
char *append(char *end, const char *text);
char *append_bytes(char *end, const void *bytes, size_t count);
char *join(const char *first, const char *second);
/** Up to the first character that is no digit; of a number that is too large, as much as fits. */
long parse_number(const char *digits);
char *number_text(long number);

/** The value of an environment variable, or NULL. */
char *variable(char **environment, const char *name);

/** Writes `sexton: what: message[: remedy]` to stderr, and leaves with 125. */
void fail_with(const char *what, const char *message, const char *remedy) __attribute__((noreturn));

#endif
