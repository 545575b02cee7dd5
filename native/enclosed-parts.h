/*
 * The native parts that are inside of the single file: sexton's library and koffi. What is loaded as a library must be a
 * file, so they are put into one each.
 */
#ifndef SEXTON_ENCLOSED_PARTS_H
#define SEXTON_ENCLOSED_PARTS_H

#include "launcher.h"

struct native_part {
  const char *name, *content, *end;
  char *path; /* NULL: not made, or not in this file */
  long file;
};
extern struct native_part sexton_library, koffi_addon;

/** Makes a file for each, and fills that of the library. Says what forbids it, and leaves. */
void make_native_parts(const struct start *start);
/** A MiB: the program does not wait for it. `program` runs already, or is 0. */
void fill_koffi_addon(long program);

#endif
