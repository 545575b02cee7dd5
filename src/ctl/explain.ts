import { Failure } from '../failure.ts';
import { signalName } from '../kernel/signals.ts';

/** What an exit status of a container means, in words. Throws a Failure for what is none. */
export function explain(text: string): string {
  const code = Number(text);
  if (!/^[0-9]+$/.test(text) || code > 255)
    throw new Failure(`'${text}' is not an exit status: a number from 0 to 255`);
  const known = KNOWN[code];
  if (known) return `${code}: ${known}`;
  const signal = code - 128;
  if ((signal >= 1 && signal <= 31) || (signal >= 34 && signal <= 64))
    return `${code} = 128 + ${signal}: the program was killed by ${signalName(signal)}, or chose this status itself.`;
  return `${code}: a status that the program chose itself; see its own documentation.`;
}

const KNOWN: Readonly<Record<number, string>> = {
  0: 'the program ended by itself and reports success.',
  125: 'the container runtime or the init failed before the program could be started (a bad option, an unknown user, fork refused).',
  126: 'the program was found but could not be executed (not executable, a directory, wrong architecture).',
  127: 'the program was not found (a wrong name, a missing interpreter in its #! line, or a missing dynamic loader).',
  137: '128 + 9: the program was killed by SIGKILL. Out of memory (look at oom_kill in memory.events of the cgroup), or the stop took longer than the grace period of docker stop or Kubernetes.',
  139: '128 + 11: the program was killed by SIGSEGV. As PID 1, abort() looks like this too.',
  143: '128 + 15: the program was killed by SIGTERM, as docker stop and Kubernetes send it: it has no handler of its own.',
};
