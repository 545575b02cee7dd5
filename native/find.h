/* Finding programs and our own package. */
#ifndef SEXTON_FIND_H
#define SEXTON_FIND_H

#include "text.h"

/** The paths at which execvp(3) would try a program, ended by NULL; src/kernel/search-path.ts does the same. */
char **search_path(char *program, const char *path);
int is_readable(const char *path);
int is_executable(const char *path);
/** Whether it is a program by itself, and not a script for another. */
int is_elf(const char *path);
/** Our own path, with all symlinks followed that lead to it. `executed`: what was given to execve (AT_EXECFN). */
char *own_path(char *executed);
/** Cuts the last element off, in place. */
char *parent_folder(char *path);
const char *base_name(const char *path);
/** Whether LD_PRELOAD can take the path: it knows separators, and $. */
int is_preloadable(const char *path);
/** The path as LD_PRELOAD can take it; NULL if there is no way. */
char *preloadable(char *path);
/** How many more processes and threads the cgroup's pids limit allows; very many without one. */
long tasks_left(void);

#endif
