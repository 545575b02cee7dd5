/* Starting the program: what libsexton.so and the launcher share. */
#ifndef SEXTON_SPAWN_H
#define SEXTON_SPAWN_H

#include "request.h"
#include "sexton.h"

/** What the child needs of a stack until it executes the program. */
enum { SPAWN_STACK = 64 * 1024 };

struct child {
  const struct request *request;
  char *directory;                               /* NULL: the one that we are in */
  char **candidates, **arguments, **environment; /* arguments[-1] is free: /bin/sh goes there */
  char *listen_pid;                              /* the LISTEN_PID=0000000000 of environment that gets the child's pid, or NULL */
  int terminal, terminal_opened, report;         /* spawn_child's own */
};

/** What went wrong in the child, through a pipe that a successful exec closes. */
struct failure {
  int32_t error, step;
};

/** Returns the pid, or -1 with *failure filled. `stack` is the upper end of SPAWN_STACK bytes. */
long spawn_child(struct child *child, void *stack, struct failure *failure);

/** Gives our own group the terminal (a descriptor, or below 0) that the child has had. */
void reclaim_terminal(int terminal, long pid);

#endif
