/* A program whose first instructions ask for the time, tell it to descriptor 200, and leave. */
#include <asm/unistd.h>
.globl _start
#if defined(__x86_64__)
_start:
  sub $16, %rsp
  mov $1, %edi               /* CLOCK_MONOTONIC */
  mov %rsp, %rsi
  mov $__NR_clock_gettime, %eax
  syscall
  mov $200, %edi
  mov %rsp, %rsi
  mov $16, %edx
  mov $__NR_write, %eax
  syscall
  xor %edi, %edi
  mov $__NR_exit_group, %eax
  syscall
#else
_start:
  sub sp, sp, #16
  mov x0, #1
  mov x1, sp
  mov x8, #__NR_clock_gettime
  svc #0
  mov x0, #200
  mov x1, sp
  mov x2, #16
  mov x8, #__NR_write
  svc #0
  mov x0, #0
  mov x8, #__NR_exit_group
  svc #0
#endif
