/* Mapping an ELF program as execve(2) does: elf(5). */
#ifndef SEXTON_MAP_H
#define SEXTON_MAP_H

#include "sexton.h"

struct mapped {
  long base;  /* what is added to its addresses: 0 for a program that is linked to one */
  long entry; /* in memory, as the others */
  long headers, header_size, header_count;
  char *interpreter; /* the path of its dynamic linker, or NULL */
  const struct dynamic_entry *dynamic; /* what a dynamic linker reads of it, or NULL */
};

enum { DT_NULL = 0, DT_NEEDED = 1, DT_STRTAB = 5, DT_SONAME = 14 };

/** What map_program returns for a file that is none for this machine. */
extern const char NO_PROGRAM[];

/** Maps the program that begins at `offset` of a file. Returns NULL, or what keeps it from being mapped. */
const char *map_program(int file, uint64_t offset, size_t page, struct mapped *mapped);

/** The text of its dynamic section by that tag, DT_NEEDED or DT_SONAME, from 0 on; NULL if there are not so many. */
const char *dynamic_text(const struct mapped *mapped, int64_t tag, int index);

#endif
