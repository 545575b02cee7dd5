/*
 * What the launcher is made of: launcher.c writes down what Node destroys and starts the program of the fast lane; Node
 * itself comes from an installed package (installed-node.c) or out of the launcher's own file (enclosed-node.c).
 */
#ifndef SEXTON_LAUNCHER_H
#define SEXTON_LAUNCHER_H

#include "record.h"
#include "text.h"

/* getauxval(3) */
enum { AT_SECURE = 23, AT_EXECFN = 31 };

/** All that there is to know at the start. */
struct start {
  int argc;
  char **argv, **environment;
  long *auxiliary; /* getauxval(3): pairs of a type and a value, ended by type 0 */
  struct record record;
  int32_t *descriptors;
  char *package, *bundle, *library, *node;
};

/** getauxval(3), of what the kernel gave us; 0 for none. */
long auxiliary_value(const struct start *start, long type);

/** A copy of the environment without what would do things to our Node; *end is where more may be appended. */
char **node_environment(const struct start *start, char ***end);

/** Why execve(2) and the like failed, in words. */
const char *exec_error(long error);

/** fail_with, when a program may run already (else 0). */
void abandon(long program, const char *what, const char *message, const char *remedy) __attribute__((noreturn));

/** Called as sextonctl, becomes that, if it is in the same file: no init, and nothing to be saved. */
void become_tool(struct start *start);
/** Finds Node and the parts that it will want, or says what is missing, and leaves. */
void find_node(struct start *start);
/** Whether nothing that could be foreseen keeps Node from adopting a program that runs already. */
int is_node_complete(const struct start *start);
/** Appends what Node alone is to get: our library as LD_PRELOAD can take it, and at most MOST_OWN_VARIABLES in all. */
char **append_own_variables(const struct start *start, char **end);
enum { MOST_OWN_VARIABLES = 3 };
/** Becomes Node with this environment. `record` is the descriptor that it reads; `program` runs already, or is 0. */
void execute_node(struct start *start, char **environment, int record, long program) __attribute__((noreturn));

#endif
