/*
 * Node out of our own file: the single file is this launcher with a whole Node, itself a dynamic ELF, behind it
 * (scripts/build-sea.js). The kernel executes only the launcher. It then does what the kernel does for any program
 * with an interpreter, in the same process: maps Node and the dynamic linker, and jumps to the latter with a stack as
 * execve(2) would have made it. So nothing is copied, and nothing need be written to a disk.
 */
#include "find.h"
#include "launcher.h"
#include "map.h"

enum { AT_NULL = 0, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_BASE = 7, AT_ENTRY = 9, AT_EXECFN = 31 };
enum { MFD_CLOEXEC = 1, MFD_EXEC = 0x10, O_CREAT = 0100, O_EXCL = 0200 };
#define TRAILER "SEXTON-1" /* scripts/build-sea.js writes it */
#define DESCRIPTORS "/proc/self/fd/"
#define O_TMPFILE (020000000 | O_DIRECTORY)

/* The last bytes of the file. */
struct trailer {
  char magic[8];
  uint64_t node;
};

/* What is loaded as a library must be a file. These are inside of us, from where they are put into one. */
#define ENCLOSE(name, path) \
  __asm__(".section .rodata\n" #name ":\n.incbin \"" path "\"\n" #name "_end:\n.previous\n"); \
  extern const char name[], name##_end[]
ENCLOSE(libsexton, LIBSEXTON);
ENCLOSE(koffi, KOFFI);

static struct mapped node, interpreter;

/** A native part of us, in a file that can be loaded. */
struct part {
  const char *name, *from, *end;
  char *path;
  long file;
};
static struct part library = {.name = "libsexton.so", .from = libsexton, .end = libsexton_end}, koffi_addon = {.name = "koffi.node", .from = koffi, .end = koffi_end};

static int open_ourselves(const struct start *start);
static long find_offset(int file);
static void map_node(const struct start *start);
static void make_file(const struct start *start, struct part *part);
static int make_file_in(const char *folder, struct part *part);
static int has_proc(void);
static int is_loadable(long file, const struct part *part);
static void fill(struct part *part, long program);
static void enter(const struct start *start, char **environment) __attribute__((noreturn));

void become_tool(struct start *start) {
  if (start->argc < 1 || !equal(base_name(start->argv[0]), "sextonctl")) return;
  map_node(start);
  size_t count = 0;
  while (start->environment[count]) count++;
  char **environment = allocate((count + 1) * sizeof *environment), **end = environment;
  for (char **entry = start->environment; *entry; entry++)
    if (!begins(*entry, "SEXTON_RECORD=")) *end++ = *entry;
  enter(start, environment);
}

/* All of it before the program is started: what fails here must not take that with it. */
void find_node(struct start *start) {
  make_file(start, &library);
  fill(&library, 0);
  if (koffi_addon.end > koffi_addon.from) make_file(start, &koffi_addon);
  map_node(start);
}

int is_node_complete(const struct start *start) {
  (void)start;
  return 1;
}

char *preloaded_library(const struct start *start) {
  (void)start;
  return library.path;
}

char *own_variable(const struct start *start) {
  (void)start;
  return koffi_addon.path ? join("SEXTON_KOFFI=", koffi_addon.path) : NULL;
}

void execute_node(struct start *start, char **environment, int record, long program) {
  (void)record;
  if (koffi_addon.path) fill(&koffi_addon, program); /* the program does not wait for a MiB to be copied */
  enter(start, environment);
}

static void map_node(const struct start *start) {
  size_t page = (size_t)auxiliary_value(start, AT_PAGESZ);
  int file = open_ourselves(start);
  long offset = find_offset(file);
  const char *failed = offset < 0 ? "it was cut short" : map_program(file, (uint64_t)offset, page, &node);
  if (failed) fail_with("the Node in this file", failed, "fetch or build the file again");
  if (!node.interpreter) fail_with("the Node in this file", "has no dynamic linker", "build it with one of nodejs.org's");
  CALL_1(close, file);

  long linker = CALL_4(openat, AT_FDCWD, node.interpreter, O_CLOEXEC, 0);
  if (linker < 0) fail_with(node.interpreter, "not found", "this file needs glibc and libstdc++; where there is musl, install Node and the package");
  if ((failed = map_program((int)linker, 0, page, &interpreter))) fail_with(node.interpreter, failed, NULL);
  CALL_1(close, linker);
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

/*
 * A file that may be loaded as a library, by its path: in memory, and where that is refused (seccomp, or the sysctl
 * vm.memfd_noexec) in a directory that may be written to and executed from. It has no name there; without /proc it
 * must have one, and src/single-file/parts.ts removes it.
 */
static void make_file(const struct start *start, struct part *part) {
  if (has_proc()) {
    part->file = CALL_2(memfd_create, part->name, MFD_CLOEXEC | MFD_EXEC);
    if (part->file == -EINVAL) part->file = CALL_2(memfd_create, part->name, MFD_CLOEXEC); /* before Linux 6.3 */
    part->path = join(DESCRIPTORS, number_text(part->file));
    if (is_loadable(part->file, part)) return;
    if (part->file >= 0) CALL_1(close, part->file);
  }
  const char *folders[] = {variable(start->environment, "TMPDIR"), "/tmp", "/var/tmp", "/dev/shm", "/run"};
  for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++)
    if (folders[i] && *folders[i] == '/' && make_file_in(folders[i], part)) return;
  fail_with("its native part", "cannot be loaded", "allow memfd_create(2), or a TMPDIR that can be written to and executed from");
}

static int make_file_in(const char *folder, struct part *part) {
  if (has_proc()) {
    part->file = CALL_4(openat, AT_FDCWD, folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0500);
    part->path = join(DESCRIPTORS, number_text(part->file));
  } else {
    part->path = join(join(join(folder, "/.sexton-"), number_text(CALL_0(getpid))), join("-", part->name));
    if (!is_preloadable(part->path)) return 0;
    CALL_3(unlinkat, AT_FDCWD, part->path, 0); /* of a container that was started before */
    part->file = CALL_4(openat, AT_FDCWD, part->path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0500);
  }
  if (part->file < 0) return 0;
  if (is_loadable(part->file, part)) return 1;
  CALL_1(close, part->file);
  if (!has_proc()) CALL_3(unlinkat, AT_FDCWD, part->path, 0);
  return 0;
}

static int has_proc(void) { return is_readable(DESCRIPTORS); }

/* Tries, with its last byte: noexec shows only then, and a limit on the size of files. */
static int is_loadable(long file, const struct part *part) {
  long size = part->end - part->from;
  if (file < 0 || CALL_4(pwrite64, file, part->end - 1, 1, size - 1) != 1) return 0;
  long memory = CALL_6(mmap, NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  if ((unsigned long)memory > -4096UL) return 0;
  CALL_2(munmap, memory, size);
  return 1;
}

static void fill(struct part *part, long program) {
  long written;
  for (const char *at = part->from; at < part->end; at += written)
    if ((written = CALL_4(pwrite64, part->file, at, part->end - at, at - part->from)) <= 0)
      abandon(program, "its native part", "cannot be loaded", written < 0 ? exec_error(written) : NULL);
  if (!has_proc()) CALL_1(close, part->file);
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
      case AT_BASE: *end++ = interpreter.base; break;
      case AT_ENTRY: *end++ = node.entry; break;
      default: *end++ = pair[1];
    }
  }
  *end++ = AT_NULL;
  *end = 0;
#if defined(__x86_64__)
  __asm__ volatile("mov %0, %%rsp\n\txor %%edx, %%edx\n\txor %%ebp, %%ebp\n\tjmp *%1" ::"D"(stack), "S"(interpreter.entry) : "memory");
#elif defined(__aarch64__)
  register long *x9 __asm__("x9") = stack;
  register long x10 __asm__("x10") = interpreter.entry;
  __asm__ volatile("mov sp, %0\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, #0\n\tbr %1" ::"r"(x9), "r"(x10) : "memory");
#endif
  __builtin_unreachable();
}
