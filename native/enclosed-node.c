/*
 * Node out of our own file: the single file is this launcher with a whole Node, itself a dynamic ELF, behind it
 * (scripts/build-sea.js). The kernel executes only the launcher. It then does what the kernel does for any program
 * with an interpreter, in the same process: maps Node and the dynamic linker, and jumps to the latter with a stack as
 * execve(2) would have made it. So nothing is copied, and nothing need be written to a disk.
 */
#include "enclosed-parts.h"
#include "find.h"
#include "map.h"

enum { AT_NULL = 0, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_BASE = 7, AT_ENTRY = 9 };
#define TRAILER "SEXTON-1" /* scripts/build-sea.js writes it */
#if defined(__x86_64__)
#define ARCHITECTURE "x86_64"
#elif defined(__aarch64__)
#define ARCHITECTURE "aarch64"
#endif

/* The last bytes of the file. */
struct trailer {
  char magic[8];
  uint64_t node;
};

static struct mapped node, linker;

static int open_ourselves(const struct start *start);
static long find_offset(int file);
static void map_node(const struct start *start);
static void map_linker(size_t page);
static int is_library_there(const char *name);
static void enter(const struct start *start, char **environment) __attribute__((noreturn));

void become_tool(struct start *start) {
  if (start->argc < 1 || !equal(base_name(start->argv[0]), "sextonctl")) return;
  map_node(start);
  char **end;
  enter(start, node_environment(start, &end));
}

/* All of it before the program is started: what fails here must not take that with it. */
void find_node(struct start *start) {
  map_node(start);
  make_native_parts(start);
}

/* With capabilities of our own the dynamic linker preloads nothing. */
int is_node_complete(const struct start *start) {
  if (auxiliary_value(start, AT_SECURE)) return 0;
  const char *library;
  for (int i = 0; (library = dynamic_text(&node, DT_NEEDED, i)); i++)
    if (!is_library_there(library)) return 0;
  return 1;
}

/* Where it is found by default: ld.so(8). Elsewhere only the dynamic linker itself finds it. */
static int is_library_there(const char *name) {
  static const char *const folders[] = {"/lib/" ARCHITECTURE "-linux-gnu/", "/lib64/", "/usr/lib/" ARCHITECTURE "-linux-gnu/", "/usr/lib64/", "/lib/", "/usr/lib/"};
  for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++)
    if (is_readable(join(folders[i], name))) return 1;
  return 0;
}

/* The path of the library twice: the dynamic linker may ignore LD_PRELOAD, and removes it then. */
char **append_own_variables(const struct start *start, char **end) {
  (void)start;
  *end++ = join("LD_PRELOAD=", sexton_library.path);
  *end++ = join("SEXTON_LIBRARY=", sexton_library.path);
  if (koffi_addon.path) *end++ = join("SEXTON_KOFFI=", koffi_addon.path);
  return end;
}

void execute_node(struct start *start, char **environment, int record, long program) {
  (void)record;
  fill_koffi_addon(program);
  enter(start, environment);
}

static void map_node(const struct start *start) {
  static const char *const what = "the Node in this file", *const again = "fetch or build the file again";
  size_t page = (size_t)auxiliary_value(start, AT_PAGESZ);
  int file = open_ourselves(start);
  long offset = find_offset(file);
  if (offset < 0) fail_with(what, "it was cut short", again);
  const char *failed = map_program(file, (uint64_t)offset, page, &node);
  if (failed) fail_with(what, failed, failed == NO_PROGRAM ? again : NULL);
  if (!node.interpreter) fail_with(what, "has no dynamic linker", "build it with one of nodejs.org's");
  CALL_1(close, file);
  map_linker(page);
}

/* By that path there may be musl's too, or what stands in for glibc's beside musl. Only glibc's bears that name itself. */
static void map_linker(size_t page) {
  static const char *const remedy = "this file needs glibc and libstdc++; where there is musl, install Node and the package";
  long file = CALL_4(openat, AT_FDCWD, node.interpreter, O_CLOEXEC, 0);
  if (file < 0) fail_with(node.interpreter, "not found", remedy);
  const char *failed = map_program((int)file, 0, page, &linker);
  if (failed) fail_with(node.interpreter, failed, failed == NO_PROGRAM ? remedy : NULL);
  const char *name = dynamic_text(&linker, DT_SONAME, 0);
  if (!name || !equal(name, base_name(node.interpreter))) fail_with(node.interpreter, "is not glibc's", remedy);
  CALL_1(close, file);
}

static int open_ourselves(const struct start *start) {
  const char *executed = (const char *)auxiliary_value(start, AT_EXECFN);
  long file = CALL_4(openat, AT_FDCWD, "/proc/self/exe", O_CLOEXEC, 0);
  if (file < 0 && executed) file = CALL_4(openat, AT_FDCWD, executed, O_CLOEXEC, 0);
  if (file < 0) fail_with("this file", "cannot be read, which is needed to execute it", "chmod 755");
  return (int)file;
}

/* Returns where Node begins in the file, or -1. */
static long find_offset(int file) {
  struct trailer trailer;
  long size = CALL_3(lseek, file, 0, 2 /* SEEK_END */);
  if (size < (long)sizeof trailer) return -1;
  if (CALL_4(pread64, file, &trailer, sizeof trailer, size - (long)sizeof trailer) != sizeof trailer) return -1;
  static const char magic[] = TRAILER;
  for (unsigned i = 0; i < sizeof trailer.magic; i++)
    if (trailer.magic[i] != magic[i]) return -1;
  return trailer.node < (uint64_t)size ? (long)trailer.node : -1;
}

/* The stack as execve(2) would leave it. The arguments themselves stay in place: `ps` shows them, and Node overwrites. */
static void enter(const struct start *start, char **environment) {
  long pairs = 0, variables = 0;
  while (start->auxiliary[2 * pairs]) pairs++;
  while (environment[variables]) variables++;
  long words[1 + start->argc + 1 + variables + 1 + 2 * (pairs + 1) + 1], *end = words;
  if ((unsigned long)end % 16) end++; /* on a multiple of 16 */
  long *stack = end;
  *end++ = start->argc;
  for (int i = 0; i < start->argc; i++) *end++ = (long)start->argv[i];
  *end++ = 0;
  for (long i = 0; i < variables; i++) *end++ = (long)environment[i];
  *end++ = 0;
  for (long *pair = start->auxiliary; *pair; pair += 2) {
    *end++ = pair[0];
    switch (pair[0]) {
      case AT_PHDR: *end++ = node.headers; break;
      case AT_PHENT: *end++ = node.header_size; break;
      case AT_PHNUM: *end++ = node.header_count; break;
      case AT_BASE: *end++ = linker.base; break;
      case AT_ENTRY: *end++ = node.entry; break;
      default: *end++ = pair[1];
    }
  }
  *end++ = AT_NULL;
  *end = 0;
#if defined(__x86_64__)
  __asm__ volatile("mov %0, %%rsp\n\txor %%edx, %%edx\n\txor %%ebp, %%ebp\n\tjmp *%1" ::"D"(stack), "S"(linker.entry) : "memory");
#elif defined(__aarch64__)
  register long *x9 __asm__("x9") = stack;
  register long x10 __asm__("x10") = linker.entry;
  __asm__ volatile("mov sp, %0\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, #0\n\tbr %1" ::"r"(x9), "r"(x10) : "memory");
#endif
  __builtin_unreachable();
}
