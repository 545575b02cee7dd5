/*
 * The head of the single file with anything behind it: native/enclosed-node.c and map.c find their way to Node, or say
 * in one line why not. Files and memory are real; what is mapped must be what the headers say, and nothing else.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

int memfd_create(const char *name, unsigned flags); /* sys/mman.h has names of ours */
long write(int fd, const void *bytes, size_t length);

#include "../../native/sexton.h"

static long pretend(long number, long a, long b, long c, long d, long e, long f);
#define system_call pretend
#include "../../native/enclosed-node.c"
#include "../../native/map.c"
#include "../../native/text.c"
#undef system_call
#include "explore.h"

enum { PAGE = 4096, MOST_PLACES = 4, ELSEWHERE = 1000 };

static jmp_buf has_left;
static int ourselves, status, lines, has_mapped;
static struct { uint64_t from, length; } places[MOST_PLACES];
static int place_count;

const char *base_name(const char *path) { return path; }
int is_readable(const char *path) { return !!path; }
int is_preloadable(const char *path) { return !!path; }
long auxiliary_value(const struct start *start, long type) { return (void)start, type == AT_PAGESZ ? PAGE : 0; }
struct native_part sexton_library, koffi_addon;
void make_native_parts(const struct start *start) { (void)start; }
void fill_koffi_addon(long program) { (void)program; }
char **node_environment(const struct start *start, char ***end) { return (void)start, (void)end, NULL; }
const char *exec_error(long error) { return (void)error, "error"; }
void abandon(long program, const char *what, const char *message, const char *remedy) { (void)program, fail_with(what, message, remedy); }

static int is_reserved(uint64_t from, uint64_t length) {
  for (int i = 0; i < place_count; i++)
    if (from >= places[i].from && length <= places[i].length && from - places[i].from <= places[i].length - length) return 1;
  return 0;
}

static long pretend_map(uint64_t address, uint64_t length, long protection, long flags, long file, long offset) {
  if (flags & MAP_FIXED) {
    CHECK(is_reserved(address & ~(uint64_t)(PAGE - 1), (length + PAGE - 1) & ~(uint64_t)(PAGE - 1)));
  } else if (length > (uint64_t)1 << 32) return -ENOMEM; /* so that a run takes no time */
  long place = system_call(__NR_mmap, (long)address, (long)length, protection & ~PROT_EXEC, flags, file, offset);
  if (!(flags & MAP_FIXED) && (unsigned long)place <= -4096UL) {
    CHECK(place_count < MOST_PLACES);
    places[place_count].from = (uint64_t)place;
    places[place_count++].length = (length + PAGE - 1) & ~(uint64_t)(PAGE - 1);
  }
  return place;
}

static long pretend(long number, long a, long b, long c, long d, long e, long f) {
  switch (number) {
    case __NR_mmap: return pretend_map((uint64_t)a, (uint64_t)b, c, d, e, f);
    case __NR_openat:
      if (!strcmp((const char *)b, "/proc/self/exe")) return ourselves;
      CHECK(strlen((const char *)b) < LONGEST_INPUT); /* the dynamic linker, as Node names it */
      has_mapped = 1;
      return ELSEWHERE;
    case __NR_pread64: return a == ELSEWHERE ? 0 : system_call(number, a, b, c, d, e, f);
    case __NR_lseek: return a == ELSEWHERE ? 0 : system_call(number, a, b, c, d, e, f);
    case __NR_close: return 0;
    case __NR_munmap: /* only looked whether there is room: here the place stays taken */
      CHECK(is_reserved((uint64_t)a, (uint64_t)b));
      return 0;
    case __NR_write:
      CHECK(a == 2 && c > 0 && ((const char *)b)[c - 1] == '\n');
      lines++;
      return c;
    case __NR_exit_group:
      status = (int)a;
      longjmp(has_left, 1);
    default: CHECK(!"a known system call"); return -ENOSYS;
  }
}

/* Once Node has been mapped whole: each segment holds its part of the file. */
static void check_mapped(const uint8_t *bytes, uint64_t offset) {
  struct elf_header header;
  memcpy(&header, bytes + offset, sizeof header);
  CHECK(is_reserved((uint64_t)node.headers, header.program_header_count * sizeof(struct program_header)));
  CHECK(is_reserved((uint64_t)node.entry, 1));
  CHECK(is_reserved((uint64_t)node.interpreter, 1));
  struct program_header last = {0};
  int loaded = 0;
  for (int i = 0; i < header.program_header_count; i++) {
    struct program_header segment;
    memcpy(&segment, bytes + offset + header.program_headers + (uint64_t)i * sizeof segment, sizeof segment);
    if (segment.type == PT_LOAD) last = segment, loaded++;
  }
  const uint8_t *memory = (const uint8_t *)(node.base + (long)last.address);
  if (!memory) return; /* root may map address 0, and the sanitizer takes that for a mistake of ours */
  if (loaded == 0 || !(last.flags & (PF_R | PF_W))) return; /* only the last cannot have been covered by another */
  if (last.file_size) CHECK(memcmp(memory, bytes + offset + last.offset, last.file_size) == 0);
  if (last.flags & PF_W)
    for (uint64_t at = last.file_size; at < last.memory_size && at < last.file_size + 2 * PAGE; at++) CHECK(memory[at] == 0);
}

void check(uint8_t *bytes, size_t length) {
  status = lines = place_count = has_mapped = 0;
  node = linker = (struct mapped){0};
  ourselves = memfd_create("single-file", 1 /* MFD_CLOEXEC */);
  CHECK(write(ourselves, bytes, length) == (long)length);
  struct start start = {0};
  if (!setjmp(has_left)) map_node(&start);
  /* There is no dynamic linker here, so that it always ends with a line. */
  CHECK(status == 125 && lines == 1);
  if (has_mapped) {
    uint64_t offset;
    memcpy(&offset, bytes + length - sizeof offset, sizeof offset);
    check_mapped(bytes, offset);
  }
  for (int i = 0; i < place_count; i++) system_call(__NR_munmap, (long)places[i].from, (long)places[i].length, 0, 0, 0, 0);
  system_call(__NR_close, ourselves, 0, 0, 0, 0, 0);
}

/* A small Node: text, data and .bss, the path of a dynamic linker; to be placed anywhere, or not. */
size_t seed_input(size_t index, uint8_t *bytes) {
  if (index > 2) return 0;
  const size_t end = 0x500; /* from the beginning of the file on, so that it is small */
  memset(bytes, 'x', end);
  struct elf_header header = {.identity = {0x7f, 'E', 'L', 'F'}, .machine = OUR_MACHINE, .type = index == 1 ? ET_EXEC : ET_DYN};
  uint64_t base = index == 1 ? 0x10000000 : 0;
  header.entry = base + 0x200;
  header.program_headers = 64;
  header.program_header_size = sizeof(struct program_header);
  struct program_header headers[] = {
    {PT_INTERP, PF_R, 0x300, base + 0x300, 0, 8, 8, 1},
    {PT_LOAD, PF_R | PF_X, 0, base, 0, 0x400, 0x400, PAGE},
    {PT_LOAD, PF_R | PF_W, 0x400, base + 0x1400, 0, 0x100, 0x1900, PAGE},
  };
  header.program_header_count = index == 2 ? 2 : 3;
  memcpy(bytes, &header, sizeof header);
  memcpy(bytes + 64, headers, sizeof headers);
  memcpy(bytes + 0x300, "/lib/ld", 8);
  struct trailer trailer = {.magic = "SEXTON-1", .node = 0};
  memcpy(bytes + end, &trailer, sizeof trailer);
  return end + sizeof trailer;
}
