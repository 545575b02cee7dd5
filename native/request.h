/*
 * The spawn request: everything that the child needs, in one buffer.
 * src/kernel/spawn-request.ts writes it; this file and that one describe the same layout.
 *
 *   offset  size  field
 *        0     4  magic; after a failed spawn: the step that failed (enum spawn_step)
 *        4     4  flags (enum spawn_flag)
 *        8     8  mask: the signals that the child starts with blocked, bit signal - 1
 *       16     8  ignored: the signals that the child starts with ignored; all others are default
 *       24     4  uid        with SPAWN_CREDENTIALS
 *       28     4  gid        with SPAWN_CREDENTIALS
 *       32     4  count of supplementary groups
 *       36     4  count of limits
 *       40     4  count of descriptors
 *       44     4  count of candidates for exec (1 and above; more than one only from a search of PATH)
 *       48     4  argc (1 and above)
 *       52     4  count of environment strings
 *       56     4  index of the environment string LISTEN_PID=0000000000 that gets the child's pid, or 0xffffffff
 *       60     4  0
 *       64        groups       4 bytes each: gid
 *                 limits      24 bytes each: resource (4), 0 (4), soft (8), hard (8)
 *                 descriptors  8 bytes each: fd (4), what becomes of it (4, enum descriptor_fate)
 *                 strings, each ended by a NUL byte: directory (with SPAWN_DIRECTORY), candidates, argv, environment
 *
 * Numbers are little-endian. Nothing is aligned but the 64 bytes of the head.
 */
#ifndef SEXTON_REQUEST_H
#define SEXTON_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#define SPAWN_MAGIC 0x31545853u /* "SXT1" */
#define NO_LISTEN_PID 0xffffffffu
#define LISTEN_PID_PREFIX "LISTEN_PID="
enum { LISTEN_PID_DIGITS = 10 };

enum spawn_flag {
  SPAWN_GROUP = 1,       /* setpgid: a process group of its own */
  SPAWN_SESSION = 2,     /* setsid instead */
  SPAWN_TERMINAL = 4,    /* hand the controlling terminal over, if we have it */
  SPAWN_CREDENTIALS = 8, /* setgroups, setresgid, setresuid, capset */
  SPAWN_DIRECTORY = 16,  /* chdir */
};

enum spawn_step {
  STEP_REQUEST = 1, /* the buffer is not a request */
  STEP_PREPARE,     /* memory or a pipe was refused */
  STEP_FORK,
  STEP_GROUP,
  STEP_SESSION,
  STEP_SUPPLEMENTARY_GROUPS,
  STEP_GID,
  STEP_UID,
  STEP_CAPABILITIES,
  STEP_DIRECTORY,
  STEP_LIMIT,
  STEP_SIGNALS,
  STEP_DESCRIPTOR,
  STEP_EXEC,
};

enum descriptor_fate { DESCRIPTOR_KEPT = 0, DESCRIPTOR_CLOSED = 1 };

/** A request whose bounds were all checked; the arrays still point into the buffer. */
struct request {
  uint32_t flags, uid, gid, group_count, limit_count, descriptor_count, candidate_count, argc, environment_count, listen_pid;
  uint64_t mask, ignored;
  const uint8_t *groups, *limits, *descriptors;
  char *strings;
  size_t string_count;
};

int parse_request(uint8_t *buffer, size_t length, struct request *request);
uint32_t read_32(const uint8_t *from);
uint64_t read_64(const uint8_t *from);

#endif
