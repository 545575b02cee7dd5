/* Reading a spawn request (request.h) without ever trusting a number in it. */
#include "request.h"

enum { HEAD = 64, GROUP_SIZE = 4, LIMIT_SIZE = 24, DESCRIPTOR_SIZE = 8 };

static int take(const uint8_t **section, size_t *offset, size_t length, uint64_t count, uint64_t size, uint8_t *buffer);
static int strings_end_inside(const uint8_t *strings, size_t length, uint64_t count);
static int is_listen_pid(const char *strings, uint64_t index);

/** Returns 0 and fills *request, or -1 when the buffer is not a whole request. */
int parse_request(uint8_t *buffer, size_t length, struct request *request) {
  if (!buffer || length < HEAD || read_32(buffer) != SPAWN_MAGIC) return -1;
  request->flags = read_32(buffer + 4);
  request->mask = read_64(buffer + 8);
  request->ignored = read_64(buffer + 16);
  request->uid = read_32(buffer + 24);
  request->gid = read_32(buffer + 28);
  request->group_count = read_32(buffer + 32);
  request->limit_count = read_32(buffer + 36);
  request->descriptor_count = read_32(buffer + 40);
  request->candidate_count = read_32(buffer + 44);
  request->argc = read_32(buffer + 48);
  request->environment_count = read_32(buffer + 52);
  request->listen_pid = read_32(buffer + 56);
  if (request->candidate_count < 1 || request->argc < 1) return -1;

  size_t offset = HEAD;
  if (take(&request->groups, &offset, length, request->group_count, GROUP_SIZE, buffer)) return -1;
  if (take(&request->limits, &offset, length, request->limit_count, LIMIT_SIZE, buffer)) return -1;
  if (take(&request->descriptors, &offset, length, request->descriptor_count, DESCRIPTOR_SIZE, buffer)) return -1;

  uint64_t before_environment = (uint64_t)!!(request->flags & SPAWN_DIRECTORY) + request->candidate_count + request->argc;
  uint64_t count = before_environment + request->environment_count;
  if (!strings_end_inside(buffer + offset, length - offset, count)) return -1;
  request->strings = (char *)buffer + offset;
  request->string_count = (size_t)count;
  if (request->listen_pid != NO_LISTEN_PID) {
    if (request->listen_pid >= request->environment_count) return -1;
    if (!is_listen_pid(request->strings, before_environment + request->listen_pid)) return -1;
  }
  return 0;
}

static int take(const uint8_t **section, size_t *offset, size_t length, uint64_t count, uint64_t size, uint8_t *buffer) {
  if (count * size > length - *offset) return -1; /* 32-bit counts: the product fits into 64 bits */
  *section = buffer + *offset;
  *offset += (size_t)(count * size);
  return 0;
}

static int strings_end_inside(const uint8_t *strings, size_t length, uint64_t count) {
  for (size_t at = 0; at < length && count; at++) count -= strings[at] == 0;
  return count == 0;
}

static int is_listen_pid(const char *strings, uint64_t index) {
  const char *prefix = LISTEN_PID_PREFIX;
  for (; index; strings++) index -= *strings == 0;
  for (; *prefix; prefix++, strings++)
    if (*strings != *prefix) return 0;
  for (int digit = 0; digit < LISTEN_PID_DIGITS; digit++, strings++)
    if (*strings < '0' || *strings > '9') return 0;
  return *strings == 0;
}

uint32_t read_32(const uint8_t *from) {
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

uint64_t read_64(const uint8_t *from) { return read_32(from) | (uint64_t)read_32(from + 4) << 32; }
