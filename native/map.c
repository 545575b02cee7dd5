#include "map.h"

#include "text.h"

enum { MAP_FIXED = 0x10, MAP_FIXED_NOREPLACE = 0x100000, EEXIST = 17 };
enum { PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3, PF_X = 1, PF_W = 2, PF_R = 4, ET_EXEC = 2, ET_DYN = 3, MOST_HEADERS = 64 };
#if defined(__x86_64__)
enum { OUR_MACHINE = 62 /* EM_X86_64 */ };
#elif defined(__aarch64__)
enum { OUR_MACHINE = 183 /* EM_AARCH64 */ };
#endif

const char NO_PROGRAM[] = "is no ELF program of this machine";

/* Elf64_Ehdr */
struct elf_header {
  uint8_t identity[16];
  uint16_t type, machine;
  uint32_t version;
  uint64_t entry, program_headers, section_headers;
  uint32_t flags;
  uint16_t size, program_header_size, program_header_count, rest[3];
};

/* Elf64_Phdr */
struct program_header {
  uint32_t type, flags;
  uint64_t offset, address, physical_address, file_size, memory_size, align;
};

/* Elf64_Dyn */
struct dynamic_entry {
  int64_t tag;
  uint64_t value;
};

static int is_sound(int file, uint64_t offset, const struct elf_header *header, const struct program_header *headers, size_t page);
static int is_within(const struct elf_header *header, const struct program_header *headers, uint64_t address, uint64_t size, uint32_t flags);
static int read_all(int file, void *buffer, size_t size, uint64_t offset);
static const char *reserve(const struct elf_header *header, const struct program_header *headers, size_t page, struct mapped *mapped);
static const char *map_segment(int file, uint64_t offset, const struct program_header *segment, size_t page, long base);
static long map(uint64_t address, uint64_t length, int protection, int flags, int file, uint64_t offset);
static int is_error(long result) { return (unsigned long)result > -4096UL; }

const char *map_program(int file, uint64_t offset, size_t page, struct mapped *mapped) {
  struct elf_header header;
  struct program_header headers[MOST_HEADERS];
  if (!read_all(file, &header, sizeof header, offset)) return NO_PROGRAM;
  if (header.identity[0] != 0x7f || header.identity[1] != 'E' || header.identity[2] != 'L' || header.identity[3] != 'F') return NO_PROGRAM;
  if (header.machine != OUR_MACHINE || (header.type != ET_EXEC && header.type != ET_DYN)) return NO_PROGRAM;
  if (header.program_header_size != sizeof *headers || header.program_header_count > MOST_HEADERS) return NO_PROGRAM;
  if (!read_all(file, headers, header.program_header_count * sizeof *headers, offset + header.program_headers)) return NO_PROGRAM;

  if (!is_sound(file, offset, &header, headers, page)) return NO_PROGRAM;

  const char *failed = reserve(&header, headers, page, mapped);
  if (failed) return failed;
  mapped->entry = mapped->base + (long)header.entry;
  mapped->header_size = sizeof *headers;
  mapped->header_count = header.program_header_count;
  for (int i = 0; i < header.program_header_count; i++) {
    const struct program_header *segment = &headers[i];
    if (segment->type == PT_INTERP) mapped->interpreter = (char *)(mapped->base + (long)segment->address);
    if (segment->type == PT_DYNAMIC) mapped->dynamic = (const struct dynamic_entry *)(mapped->base + (long)segment->address);
    if (segment->type != PT_LOAD) continue;
    if ((failed = map_segment(file, offset, segment, page, mapped->base))) return failed;
    if (header.program_headers - segment->offset < segment->file_size)
      mapped->headers = mapped->base + (long)(segment->address + header.program_headers - segment->offset);
  }
  return mapped->headers ? NULL : NO_PROGRAM;
}

const char *dynamic_text(const struct mapped *mapped, int64_t tag, int index) {
  const struct dynamic_entry *found = NULL, *texts = NULL;
  for (const struct dynamic_entry *entry = mapped->dynamic; entry && entry->tag != DT_NULL; entry++) {
    if (entry->tag == DT_STRTAB) texts = entry;
    if (entry->tag == tag && index-- == 0) found = entry;
  }
  return found && texts ? (const char *)(mapped->base + (long)(texts->value + found->value)) : NULL;
}

/*
 * What the kernel would refuse, or kill us for later, without a word: parts that the file does not have, addresses that
 * nobody has, and an entry, headers or the path of the dynamic linker that are not in what gets loaded.
 */
static int is_sound(int file, uint64_t offset, const struct elf_header *header, const struct program_header *headers, size_t page) {
  enum { MOST_ADDRESSES = 46 }; /* of the 47 bits that a process has of them */
  int segments = 0, has_headers = 0;
  uint64_t size = (uint64_t)CALL_3(lseek, file, 0, 2 /* SEEK_END */) - offset, table = header->program_header_count * sizeof *headers;
  for (int i = 0; i < header->program_header_count; i++) {
    const struct program_header *part = &headers[i];
    if (part->type != PT_LOAD && part->type != PT_INTERP) continue;
    if (part->offset > size || part->file_size > size - part->offset || part->file_size > part->memory_size) return 0;
    if (part->address >> MOST_ADDRESSES || part->memory_size >> MOST_ADDRESSES) return 0;
    if (part->type == PT_INTERP) {
      char last = 1;
      if (part->file_size == 0 || !is_within(header, headers, part->address, part->file_size, PF_R)) return 0;
      if (!read_all(file, &last, 1, offset + part->offset + part->file_size - 1) || last) return 0;
      continue;
    }
    segments++;
    if (part->file_size == 0 && (part->address & (page - 1))) return 0; /* its first page would be another's */
    if (header->program_headers >= part->offset && header->program_headers - part->offset < part->file_size)
      has_headers = part->file_size - (header->program_headers - part->offset) >= table;
  }
  return segments > 0 && has_headers && is_within(header, headers, header->entry, 1, PF_X);
}

/* In what one segment loads from the file, with these rights. */
static int is_within(const struct elf_header *header, const struct program_header *headers, uint64_t address, uint64_t size, uint32_t flags) {
  for (int i = 0; i < header->program_header_count; i++) {
    const struct program_header *part = &headers[i];
    if (part->type != PT_LOAD || (part->flags & flags) != flags || address < part->address) continue;
    if (address - part->address < part->file_size && size <= part->file_size - (address - part->address)) return 1;
  }
  return 0;
}

/* The whole range at once: its segments must stand as far from each other in memory as they say. Then it is given back,
   since what is between them stays free, as after execve(2): it would count for the limit of the address space. */
static const char *reserve(const struct elf_header *header, const struct program_header *headers, size_t page, struct mapped *mapped) {
  uint64_t first = ~(uint64_t)0, last = 0;
  for (int i = 0; i < header->program_header_count; i++) {
    if (headers[i].type != PT_LOAD) continue;
    if (headers[i].address < first) first = headers[i].address & ~(page - 1);
    if (headers[i].address + headers[i].memory_size > last) last = headers[i].address + headers[i].memory_size;
  }
  if (first >= last) return "has nothing to be loaded";
  int is_fixed = header->type == ET_EXEC;
  long place = map(is_fixed ? first : 0, last - first, 0, MAP_PRIVATE | MAP_ANONYMOUS | (is_fixed ? MAP_FIXED_NOREPLACE : 0), -1, 0);
  /* Linux knows MAP_FIXED_NOREPLACE since 4.17; before, it takes the address for a hint. */
  if (place == -EEXIST || (!is_error(place) && is_fixed && (uint64_t)place != first)) return "cannot be mapped: its addresses are taken";
  if (is_error(place)) return "cannot be mapped: too little memory";
  CALL_2(munmap, place, last - first);
  mapped->base = place - (long)first;
  return NULL;
}

static const char *map_segment(int file, uint64_t offset, const struct program_header *segment, size_t page, long base) {
  static const char *const failed = "cannot be mapped";
  int protection = (segment->flags & PF_R ? PROT_READ : 0) | (segment->flags & PF_W ? PROT_WRITE : 0) | (segment->flags & PF_X ? PROT_EXEC : 0);
  uint64_t address = (uint64_t)base + segment->address, before = address & (page - 1);
  uint64_t file_end = address + segment->file_size, memory_end = address + segment->memory_size;
  uint64_t page_end = (file_end + page - 1) & ~(uint64_t)(page - 1);
  if (segment->file_size > 0 && is_error(map(address - before, segment->file_size + before, protection, MAP_PRIVATE | MAP_FIXED, file, offset + segment->offset - before)))
    return failed;
  if (memory_end <= file_end) return NULL;
  /* .bss: the rest of the last page, and pages of its own. */
  if (segment->flags & PF_W)
    for (char *at = (char *)file_end; at < (char *)page_end; at++) *(volatile char *)at = 0;
  if (memory_end > page_end && is_error(map(page_end, memory_end - page_end, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0))) return failed;
  return NULL;
}

static int read_all(int file, void *buffer, size_t size, uint64_t offset) { return CALL_4(pread64, file, buffer, size, offset) == (long)size; }

static long map(uint64_t address, uint64_t length, int protection, int flags, int file, uint64_t offset) {
  return CALL_6(mmap, address, length, protection, flags, file, offset);
}
