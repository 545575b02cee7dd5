/* Spawn requests: native/request.c takes one whole, or not at all. fuzz-request.c has the rest of a spawn. */
#include <string.h>

#include "../../native/request.c"
#include "explore.h"

void check(uint8_t *bytes, size_t length) {
  struct request request;
  if (parse_request(bytes, (uint32_t)length, &request)) return;
  CHECK(request.candidate_count > 0 && request.argc > 0);
  const uint8_t *end = bytes + length;
  volatile uint8_t sum = 0;
  for (uint32_t i = 0; i < 4 * request.group_count; i++) sum ^= request.groups[i];
  for (uint32_t i = 0; i < 24 * request.limit_count; i++) sum ^= request.limits[i];
  for (uint32_t i = 0; i < 8 * request.descriptor_count; i++) sum ^= request.descriptors[i];
  char *string = request.strings;
  for (uint32_t i = 0; i < request.string_count; i++) {
    CHECK((uint8_t *)string < end);
    string += strlen(string) + 1;
  }
  CHECK((uint8_t *)string <= end);
}

size_t seed_input(size_t index, uint8_t *bytes) {
  if (index > 1) return 0;
  uint32_t head[16] = {0x31545853, index ? 8 | 16 : 1, 0, 0, 0, 0, 1000, 1000, index ? 2 : 0, index, index ? 2 : 0, 1, 2, 2, index ? 1 : ~0u, 0};
  uint8_t *end = bytes + 64;
  memcpy(bytes, head, 64);
  memset(end, 1, 4 * head[8] + 24 * head[9] + 8 * head[10]);
  end += 4 * head[8] + 24 * head[9] + 8 * head[10];
  static const char strings[] = "/tmp\0/bin/sh\0sh\0-c\0A=1\0LISTEN_PID=0000000000";
  size_t skipped = index ? 0 : 5;
  memcpy(end, strings + skipped, sizeof strings - skipped);
  return (size_t)(end - bytes) + sizeof strings - skipped;
}
