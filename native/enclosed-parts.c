#include "enclosed-parts.h"

#include "find.h"

enum { MFD_CLOEXEC = 1, MFD_EXEC = 0x10, O_CREAT = 0100, O_EXCL = 0200, GRND_NONBLOCK = 1 };
#define O_TMPFILE (020000000 | O_DIRECTORY)
#define DESCRIPTORS "/proc/self/fd/"

#define ENCLOSE(label, path) \
  __asm__(".section .rodata\n" #label ":\n.incbin \"" path "\"\n" #label "_end:\n.previous\n"); \
  extern const char label[], label##_end[]
ENCLOSE(libsexton, LIBSEXTON);
ENCLOSE(koffi, KOFFI);

struct native_part sexton_library = {.name = "libsexton.so", .content = libsexton, .end = libsexton_end};
struct native_part koffi_addon = {.name = "koffi.node", .content = koffi, .end = koffi_end};

static void make_file(const struct start *start, struct native_part *part);
static int make_file_in_memory(struct native_part *part);
static int make_file_in_folder(const char *folder, struct native_part *part);
static char *random_name(const char *folder, const char *name);
static int can_be_loaded(const struct native_part *part);
static void fill_file(struct native_part *part, long program);
static void remove_named_files(void);
static int has_proc(void);

void make_native_parts(const struct start *start) {
  make_file(start, &sexton_library);
  fill_file(&sexton_library, 0);
  if (koffi_addon.end > koffi_addon.content) make_file(start, &koffi_addon);
}

void fill_koffi_addon(long program) {
  if (koffi_addon.path) fill_file(&koffi_addon, program);
}

/* In memory, and where that is refused (seccomp, or the sysctl vm.memfd_noexec) in a folder that may be written to and
   executed from. */
static void make_file(const struct start *start, struct native_part *part) {
  if (has_proc() && make_file_in_memory(part)) return;
  /* Whoever gave a privileged program (ld.so(8), secure-execution mode) its TMPDIR may have fewer rights than it. */
  char *chosen = auxiliary_value(start, AT_SECURE) ? NULL : variable(start->environment, "TMPDIR");
  const char *folders[] = {chosen, "/tmp", "/var/tmp", "/dev/shm", "/run"};
  for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++)
    if (folders[i] && *folders[i] == '/' && make_file_in_folder(folders[i], part)) return;
  remove_named_files();
  fail_with("its native part", "cannot be loaded", "allow memfd_create(2), or a TMPDIR that can be written to and executed from");
}

static int make_file_in_memory(struct native_part *part) {
  part->file = CALL_2(memfd_create, part->name, MFD_CLOEXEC | MFD_EXEC);
  if (part->file == -EINVAL) part->file = CALL_2(memfd_create, part->name, MFD_CLOEXEC); /* before Linux 6.3 */
  if (part->file < 0) return 0;
  part->path = join(DESCRIPTORS, number_text(part->file));
  if (can_be_loaded(part)) return 1;
  CALL_1(close, part->file);
  part->path = NULL;
  return 0;
}

/* Without a name, if /proc gives it a path. Not every file system can make one without (O_TMPFILE): it loses it at once. */
static int make_file_in_folder(const char *folder, struct native_part *part) {
  part->file = has_proc() ? CALL_4(openat, AT_FDCWD, folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0500) : -1;
  char *name = part->file < 0 ? random_name(folder, part->name) : NULL;
  if (name) {
    if (!has_proc() && !is_preloadable(name)) return 0;
    part->file = CALL_4(openat, AT_FDCWD, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0500);
    if (part->file < 0) return 0;
    if (has_proc()) CALL_3(unlinkat, AT_FDCWD, name, 0);
  }
  part->path = has_proc() ? join(DESCRIPTORS, number_text(part->file)) : name; /* src/single-file/parts.ts removes it */
  if (can_be_loaded(part)) return 1;
  CALL_1(close, part->file);
  if (!has_proc()) CALL_3(unlinkat, AT_FDCWD, part->path, 0);
  part->path = NULL;
  return 0;
}

/* Containers may share the folder, and each of them is PID 1. */
static char *random_name(const char *folder, const char *name) {
  uint64_t random = 0;
  CALL_3(getrandom, &random, sizeof random, GRND_NONBLOCK);
  char *unique = join(number_text(CALL_0(getpid)), join("-", number_text((long)(random >> 1))));
  return join(join(folder, "/.sexton-"), join(unique, join("-", name)));
}

/* Tries, with its last byte: noexec shows only then, and a limit on the size of files. */
static int can_be_loaded(const struct native_part *part) {
  long size = part->end - part->content;
  if (CALL_4(pwrite64, part->file, part->end - 1, 1, size - 1) != 1) return 0;
  long memory = CALL_6(mmap, NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, part->file, 0);
  if ((unsigned long)memory > -4096UL) return 0;
  CALL_2(munmap, memory, size);
  return 1;
}

static void fill_file(struct native_part *part, long program) {
  long written;
  for (const char *at = part->content; at < part->end; at += written)
    if ((written = CALL_4(pwrite64, part->file, at, part->end - at, at - part->content)) <= 0) {
      remove_named_files();
      abandon(program, "its native part", "cannot be loaded", written < 0 ? exec_error(written) : NULL);
    }
  if (!has_proc()) CALL_1(close, part->file);
}

/* There will be no Node to do it. */
static void remove_named_files(void) {
  if (has_proc()) return;
  if (sexton_library.path) CALL_3(unlinkat, AT_FDCWD, sexton_library.path, 0);
  if (koffi_addon.path) CALL_3(unlinkat, AT_FDCWD, koffi_addon.path, 0);
}

static int has_proc(void) { return is_readable(DESCRIPTORS); }
