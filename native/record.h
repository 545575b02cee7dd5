/*
 * What the launcher writes down before it turns into Node: all that Node destroys at boot. SEXTON_RECORD has the
 * descriptor that it can be read from and, behind a comma, the pid of the program if the launcher has started it
 * (the fast lane), or 0. src/kernel/record.ts reads it; this file and that one describe the same layout.
 *
 *   offset  size  field
 *        0     4  magic
 *        4     4  our own pid
 *        8     8  mask: the signals that were blocked, bit signal - 1
 *       16     8  ignored: the signals that were ignored
 *       24     8  soft limit of descriptors (RLIMIT_NOFILE)
 *       32     8  hard limit of descriptors
 *       40     4  parent's pid
 *       44     4  count of open descriptors
 *       48     4  argc, with argv[0]
 *       52     4  count of environment strings
 *       56     8  0
 *       64        descriptors, 4 bytes each: those that were open, none of them close-on-exec
 *                 strings, each ended by a NUL byte: argv, environment
 *
 * Numbers are little-endian.
 */
#ifndef SEXTON_RECORD_H
#define SEXTON_RECORD_H

#include <stdint.h>

#define RECORD_MAGIC 0x31525853u /* "SXR1" */

struct record {
  uint32_t magic;
  int32_t pid;
  uint64_t mask, ignored, soft_limit, hard_limit;
  int32_t parent;
  uint32_t descriptor_count, argc, environment_count;
  uint64_t zero;
};

#endif
