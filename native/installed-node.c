/* Node as it is installed: an executable, with sexton's package around the launcher. */
#include "find.h"
#include "launcher.h"

static void find_package(struct start *start);
static int is_node_elf(const struct start *start);

/* Of the package, sextonctl is a program by itself. */
void become_tool(struct start *start) { (void)start; }

/* SEXTON_NODE, beside the package, PATH. */
void find_node(struct start *start) {
  find_package(start);
  char *path = variable(start->environment, "PATH");
  start->node = variable(start->environment, "SEXTON_NODE");
  if (start->node && *start->node) {
    if (is_executable(start->node)) return;
    fail_with("SEXTON_NODE", start->node, "is not an executable file");
  }
  static const char *const beside[] = {"/node", "/../node/bin/node"};
  for (unsigned i = 0; i < sizeof beside / sizeof *beside; i++)
    if (is_executable(start->node = join(start->package, beside[i]))) return;
  for (char **node = search_path("node", path ? path : "/usr/local/bin:/usr/bin:/bin"); *node; node++)
    if (is_executable(start->node = *node)) return;
  fail_with("node", "not found", "set SEXTON_NODE, put it beside the package or into PATH");
}

/* <package>/prebuilds/linux-<arch>/sexton: the bundle and the library are found from there, through any symlink. */
static void find_package(struct start *start) {
  char *executed = (char *)auxiliary_value(start, AT_EXECFN);
  char *folder = parent_folder(own_path(executed ? executed : start->argv[0]));
  start->library = join(folder, "/libsexton.so");
  start->package = parent_folder(parent_folder(folder));
  start->bundle = join(start->package, "/dist/sexton.cjs");
  const char *needed[] = {start->bundle, start->library};
  for (unsigned i = 0; i < 2; i++)
    if (!is_readable(needed[i])) fail_with(needed[i], "cannot be read", "the launcher must be a link into its package, not a copy; or install sexton again");
}

/* A Node with node:ffi could do without koffi; but which Node it is shows only when it runs, and a package that was
   installed whole has koffi. */
int is_node_complete(const struct start *start) {
  return is_node_elf(start) && (is_readable(join(start->package, "/node_modules/koffi/package.json")) ||
                                is_readable(join(start->package, "/../koffi/package.json")));
}

/* Whatever else stands in for Node, a shell script say, could not make anything of our library. */
char **append_own_variables(const struct start *start, char **end) {
  char *library = is_node_elf(start) ? preloadable(start->library) : NULL;
  if (library) *end++ = join("LD_PRELOAD=", library);
  return end;
}

/* Asked once: what the fast lane has relied on must hold when we become Node. */
static int is_node_elf(const struct start *start) {
  static int known = -1;
  if (known < 0) known = is_elf(start->node);
  return known;
}

void execute_node(struct start *start, char **environment, int record, long program) {
  long error = CALL_3(fcntl, record, F_SETFD, 0);
  if (error < 0) abandon(program, "the record", "cannot be handed to Node", exec_error(error));
  char **arguments = allocate((size_t)(start->argc + 3) * sizeof *arguments);
  arguments[0] = "sexton";
  arguments[1] = start->bundle;
  for (int i = 1; i <= start->argc; i++) arguments[i + 1] = start->argv[i];
  error = CALL_3(execve, start->node, arguments, environment);
  if (error == -E2BIG) { /* what we have added was too much: the record has the arguments too, `ps` must do without */
    arguments[2] = NULL;
    error = CALL_3(execve, start->node, arguments, environment);
  }
  abandon(program, start->node, "cannot be executed as Node", exec_error(error));
}
