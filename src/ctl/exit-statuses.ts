/** What exit statuses of containers mean. */
export interface Known {
  /** A clause without a full stop. */
  readonly meaning: string;
  /** The likeliest first. */
  readonly causes: readonly Cause[];
}

export interface Cause {
  readonly cause: string;
  /** How to find out whether it was that: a command, or a line of words. At most 72 columns a line. */
  readonly check: string;
}

const LOGS = 'docker logs --tail 20 CONTAINER\nkubectl logs --previous POD';

export const KNOWN: Readonly<Record<number, Known>> = {
  0: {
    meaning: 'the program ended by itself and reports success',
    causes: [
      { cause: 'It had done its work. Right for a job, wrong for a service.', check: LOGS },
      {
        cause: 'It went to the background: the first process ended, and the container with it.',
        check: "run it in the foreground: nginx -g 'daemon off;', httpd -DFOREGROUND",
      },
      {
        cause: 'A shell or REPL came to the end of its input: there was no terminal.',
        check: 'docker run -it IMAGE',
      },
      {
        cause: 'It was stopped, has a handler for SIGTERM, and ended in order.',
        check: 'run it with sexton -v: it names each signal and its sender',
      },
    ],
  },
  1: {
    meaning: 'the program failed, and says no more by its status',
    causes: [
      { cause: 'An exception that nobody caught (Node, Python, Java, Ruby).', check: LOGS },
      {
        cause: 'Something in its world is missing: a variable, a file, a port in use.',
        check: "docker inspect -f '{{json .Config.Env}} {{json .Mounts}}' CONTAINER",
      },
      { cause: 'The last command of a shell script, or any with set -e, failed.', check: 'sh -x SCRIPT' },
      { cause: 'tini did not like its options, or catatonit did not find its program.', check: LOGS },
    ],
  },
  2: {
    meaning: 'by custom: the program was called in a wrong way',
    causes: [
      { cause: 'It does not know an option, or misses an argument.', check: LOGS },
      { cause: 'The shell does not understand its script.', check: 'sh -n SCRIPT' },
      { cause: 'A Go program panicked.', check: "look for 'panic:' or 'fatal error:' in its log" },
      { cause: 'dumb-init did not find its program, or could not execute it.', check: LOGS },
    ],
  },
  124: {
    meaning: 'timeout(1) ended a command that took too long',
    causes: [
      {
        cause: 'A script or health check runs it under timeout.',
        check: 'look for timeout in the entrypoint, CMD and probes',
      },
    ],
  },
  125: {
    meaning: 'the program was never started: what should start it failed',
    causes: [
      {
        cause: 'docker run itself: a bad option, a name or port taken, a mount that is missing.',
        check: 'run it again in a terminal and read the message',
      },
      {
        cause: 'sexton: a bad option, an unknown user, no directory to change to, fork refused.',
        check: "look for a line that begins with 'sexton:' in the log",
      },
      { cause: 'env, timeout, nohup or chroot in front of the program.', check: LOGS },
    ],
  },
  126: {
    meaning: 'the program was found, but could not be executed',
    causes: [
      { cause: 'It is not executable, or a directory.', check: 'docker run --rm --entrypoint ls IMAGE -l PROGRAM' },
      {
        cause: 'It is for another architecture ("exec format error").',
        check: "docker image inspect -f '{{.Architecture}}' IMAGE; uname -m",
      },
      { cause: 'It lies on a volume mounted noexec.', check: 'grep noexec /proc/mounts' },
      { cause: 'The user of the container may not execute it.', check: 'docker run --rm --entrypoint id IMAGE' },
    ],
  },
  127: {
    meaning: 'the program was not found',
    causes: [
      {
        cause: 'Its name is wrong, or it is not in PATH of the image.',
        check: "docker run --rm --entrypoint sh IMAGE -c 'command -v PROGRAM'",
      },
      {
        cause: 'The interpreter in its first line is missing: bash in Alpine, or a line that ends with CR LF.',
        check: 'head -1 PROGRAM | od -c',
      },
      {
        cause: 'Its dynamic loader or a library is missing: a glibc program on Alpine, say.',
        check: 'ldd PROGRAM',
      },
      { cause: 'The whole command is one word: ENTRYPOINT ["node server.js"].', check: 'docker ps --no-trunc -a' },
    ],
  },
  128: {
    meaning: 'something failed that uses this number for everything',
    causes: [
      {
        cause: 'Kubernetes: the container could not be started (reason StartError).',
        check: 'kubectl describe pod POD: Last State, Message',
      },
      { cause: 'git died (clone, fetch): its messages begin with fatal.', check: LOGS },
    ],
  },
  255: {
    meaning: 'the program chose the last status that there is, or the real one was lost',
    causes: [
      { cause: 'exit(-1) of the program; ssh that could not connect or log in.', check: LOGS },
      {
        cause: 'Kubernetes, reason Unknown: the node was restarted, and nobody saw the end.',
        check: 'kubectl describe pod POD; last reboot on the node',
      },
      {
        cause: 'An older runtime could not execute the program ("exec format error").',
        check: 'file PROGRAM: another architecture, or a script without #!',
      },
    ],
  },
};

/** By signal; what stands after "the program was killed by SIG…". */
export const KILLED_BY: Readonly<Record<number, Known>> = {
  1: {
    meaning: 'for which it has no handler',
    causes: [
      {
        cause: 'Its terminal was closed, or the connection to it.',
        check: 'start it without -t, or detached: docker run -d',
      },
      {
        cause: 'A log rotation or reload sent HUP to a program that cannot reload.',
        check: 'run it with sexton -v; --rewrite HUP:0 keeps it away',
      },
    ],
  },
  2: {
    meaning: 'as Ctrl-C sends it',
    causes: [
      { cause: 'Ctrl-C at the terminal of docker run or docker compose up.', check: 'nothing to mend' },
      {
        cause: 'The image has STOPSIGNAL SIGINT, and was stopped.',
        check: "docker inspect -f '{{.Config.StopSignal}}' CONTAINER",
      },
    ],
  },
  3: {
    meaning: 'as Ctrl-\\ sends it',
    causes: [
      {
        cause: 'The image has STOPSIGNAL SIGQUIT (nginx, php-fpm), and was stopped.',
        check: "docker inspect -f '{{.Config.StopSignal}}' CONTAINER",
      },
      { cause: 'Ctrl-\\ at its terminal.', check: 'nothing to mend' },
    ],
  },
  4: {
    meaning: 'for an instruction that this CPU does not know',
    causes: [
      { cause: 'It was built for a newer CPU (AVX2, AVX-512), or is emulated.', check: 'lscpu | grep Flags' },
      { cause: 'It hit a trap that the compiler put there, or a failed check of V8.', check: LOGS },
    ],
  },
  5: {
    meaning: 'for a breakpoint or a trap in its own code',
    causes: [
      {
        cause: 'Node or Chrome gave up on purpose (a failed check, out of heap).',
        check: "look for 'FATAL ERROR' or 'Check failed' in the log",
      },
      { cause: 'A debugger went away and left a breakpoint.', check: 'was something attached to it?' },
    ],
  },
  6: {
    meaning: 'by its own abort(), as a rule',
    causes: [
      {
        cause: 'Node ran out of heap: "JavaScript heap out of memory". That limit is Node\'s, not the container\'s.',
        check: 'node --max-old-space-size=MiB, below the memory limit',
      },
      { cause: 'A failed assertion, an uncaught C++ exception, a damaged heap.', check: LOGS },
      { cause: 'A Go program under GOTRACEBACK=crash.', check: "look for 'goroutine' in the log" },
    ],
  },
  7: {
    meaning: 'for a page of memory that could not be had',
    causes: [
      {
        cause: '/dev/shm is full: 64 MB in Docker (PostgreSQL, Chrome, PyTorch).',
        check: 'df -h /dev/shm; docker run --shm-size=1g',
      },
      { cause: 'A mapped file was cut short, or its disk is full.', check: 'df -h' },
      { cause: 'Huge pages: more were wanted than there are.', check: 'grep Huge /proc/meminfo' },
    ],
  },
  8: {
    meaning: 'for an integer division by zero, as a rule',
    causes: [{ cause: 'A mistake in native code.', check: 'a core dump: docker run --ulimit core=-1' }],
  },
  9: {
    meaning: 'which no program can catch',
    causes: [
      {
        cause: 'Out of memory: the container met its limit, and the kernel killed.',
        check:
          "docker inspect -f '{{.State.OOMKilled}}' CONTAINER\nkubectl describe pod POD: Last State, Reason OOMKilled\ngrep oom_kill /sys/fs/cgroup/memory.events",
      },
      {
        cause:
          'OOMKilled says false, and yet it was memory: the kernel killed another process of the container, or the whole node was short.',
        check: 'sexton --report counts every OOM kill of the container\ndmesg -T | grep -i -E "out of memory|oom"',
      },
      {
        cause:
          'No report of sexton either: Kubernetes 1.28 or later with cgroup v2 lets the kernel kill the whole container at once.',
        check: 'cat /sys/fs/cgroup/memory.oom.group: 1 where it is so',
      },
      {
        cause:
          'The stop took too long: docker stop kills after 10 s, Kubernetes after terminationGracePeriodSeconds (30 s).',
        check:
          'docker stop -t 60 CONTAINER: does it end now, with another status?\nsexton -v: was there a SIGTERM before, and who got it?',
      },
      {
        cause: 'A failed liveness probe: the kubelet stops it, and kills after the grace period.',
        check: 'kubectl describe pod POD: Events, Liveness probe failed',
      },
      {
        cause: 'Somebody killed it: docker kill, kill -9, --stop-timeout of sexton.',
        check: "docker events --since 1h --filter event=kill\nlook for 'sending SIGKILL' in the log of sexton",
      },
    ],
  },
  10: {
    meaning: 'for which it has no handler',
    causes: [
      {
        cause: 'A log rotation or a profiler sent it. As PID 1 the program did not notice.',
        check: 'run it with sexton -v; --rewrite USR1:0 keeps it away',
      },
    ],
  },
  11: {
    meaning: 'for an access to memory that is not its own',
    causes: [
      {
        cause: 'A mistake in native code: an addon, a library, one built for another libc.',
        check: 'a core dump: docker run --ulimit core=-1; then gdb or coredumpctl',
      },
      { cause: 'The stack is used up by endless recursion.', check: 'ulimit -s' },
      {
        cause: 'As PID 1 without an init, abort() ends like this too.',
        check: 'docker run --init, or sexton: then the status is 134',
      },
    ],
  },
  12: {
    meaning: 'for which it has no handler',
    causes: [
      {
        cause: 'nodemon, a log rotation or a profiler sent it. As PID 1 the program did not notice.',
        check: 'run it with sexton -v; --rewrite USR2:0 keeps it away',
      },
    ],
  },
  13: {
    meaning: 'since it wrote to a pipe or socket that nobody reads any more',
    causes: [
      {
        cause: 'A pipeline whose end went first: producer | head, with set -o pipefail.',
        check: 'PIPESTATUS in bash tells which command it was',
      },
      { cause: 'Whoever read its output is gone.', check: 'docker logs CONTAINER: up to where?' },
    ],
  },
  14: {
    meaning: 'since a timer of its own ran out',
    causes: [{ cause: 'alarm(2) without a handler: a limit that a program or script gave itself.', check: LOGS }],
  },
  15: {
    meaning: 'as docker stop and Kubernetes send it',
    causes: [
      {
        cause: 'It was stopped, and has no handler: the normal end of such a program.',
        check:
          'sexton --remap-exit 143 reports 0 instead, if that counts as a failure\nkubectl get events: Killing, Preempting, Evicted',
      },
      {
        cause: 'Nobody stopped the container: something inside sent it (kill, pkill, timeout).',
        check: 'run it with sexton -v: it names the sender',
      },
    ],
  },
  24: {
    meaning: 'since it used up the CPU time that it may use',
    causes: [{ cause: 'A limit of CPU seconds.', check: "grep 'Max cpu time' /proc/PID/limits" }],
  },
  25: {
    meaning: 'since a file of it became larger than it may',
    causes: [{ cause: 'A limit of the file size.', check: "grep 'Max file size' /proc/PID/limits" }],
  },
  31: {
    meaning: 'for a system call that seccomp forbids',
    causes: [
      {
        cause: 'The profile of the runtime is too strict, or older than the image.',
        check:
          'dmesg | grep type=1326: syscall= is its number\ndocker run --security-opt seccomp=unconfined, to see whether it is that',
      },
    ],
  },
  37: {
    meaning: 'as a container with systemd is stopped',
    causes: [
      {
        cause: 'The image has STOPSIGNAL SIGRTMIN+3, but what runs in it is not systemd.',
        check: "docker inspect -f '{{.Config.StopSignal}}' CONTAINER",
      },
    ],
  },
};

/** sysexits.h, of which mail programs and some Python and Perl programs make use. */
export const SYSEXITS: Readonly<Record<number, Known>> = Object.fromEntries(
  Object.entries({
    64: ['EX_USAGE', 'called in a wrong way'],
    65: ['EX_DATAERR', 'its input was wrong'],
    66: ['EX_NOINPUT', 'its input could not be read'],
    67: ['EX_NOUSER', 'a user is unknown'],
    68: ['EX_NOHOST', 'a host is unknown'],
    69: ['EX_UNAVAILABLE', 'a service that it needs is not there'],
    70: ['EX_SOFTWARE', 'a mistake of its own'],
    71: ['EX_OSERR', 'the system refused something, fork say'],
    72: ['EX_OSFILE', 'a file of the system is missing'],
    73: ['EX_CANTCREAT', 'a file could not be made'],
    74: ['EX_IOERR', 'reading or writing failed'],
    75: ['EX_TEMPFAIL', 'for now: try again later'],
    76: ['EX_PROTOCOL', 'the other side did not keep to the protocol'],
    77: ['EX_NOPERM', 'it may not do that'],
    78: ['EX_CONFIG', 'its configuration is wrong'],
  }).map(([code, [name, meaning]]) => [
    code,
    {
      meaning: `if the program keeps to sysexits.h, ${name}: ${meaning}`,
      causes: [{ cause: 'Many programs do not keep to it: see its own documentation.', check: LOGS }],
    },
  ]),
);
