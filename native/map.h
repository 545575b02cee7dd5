/* Mapping an ELF program as execve(2) does: elf(5). */
#ifndef SEXTON_MAP_H
#define SEXTON_MAP_H

#include "sexton.h"

struct mapped {
  long base;  /* what is added to its addresses: 0 for a program that is linked to one */
  long entry; /* in memory, as the others */
  long headers, header_size, header_count;
  char *interpreter; /* the path of its dynamic linker, or NULL */
};

/** Maps the program that begins at `offset` of a file. Returns NULL, or what keeps it from being mapped. */
const char *map_program(int file, uint64_t offset, size_t page, struct mapped *mapped);

#endif
