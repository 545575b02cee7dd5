/* What explore.c fuzzes is linked with it, and has these. */
#ifndef EXPLORE_H
#define EXPLORE_H

#include <stddef.h>
#include <stdint.h>

enum { LONGEST_INPUT = 1 << 16 };

/** Everything that must hold for any input. */
void check(uint8_t *bytes, size_t length);
/** Writes the next input to begin with; returns its length, 0: there are no more. */
size_t seed_input(size_t index, uint8_t *bytes);

void broken(const char *condition, const char *file, int line);
#define CHECK(condition) ((condition) ? (void)0 : broken(#condition, __FILE__, __LINE__))

#endif
