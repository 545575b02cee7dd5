import { endingSignal, exitStatus } from '../../init/exit-status.ts';
import { EACCES, ENOENT, ESRCH, errorText } from '../../kernel/errors.ts';
import { SIGCHLD } from '../../kernel/signals.ts';
import type { Settings } from '../settings.ts';
import { type Manner, type Output, refusal, SILENT, say } from './personality.ts';
import { strsignal } from './strsignal.ts';

const FAILED = 1;
const CANNOT_EXECUTE = 126;
const NOT_FOUND = 127;

const NOT_AN_INIT = `Tini is not running as PID 1 and isn't registered as a child subreaper.
Zombie processes will not be re-parented to Tini, so zombie reaping won't work.
To fix the problem, use the -s option or set the environment variable TINI_SUBREAPER to register Tini as a child subreaper, or run Tini as PID 1.`;

export function fatalLine(pid: number, message: string): string {
  return `[FATAL tini (${pid})] ${message}`;
}

/** tini's log: warnings on stderr, everything that -v adds on stdout, as users of tini find it. */
export function createTiniManner(settings: Settings, verbosity: number, output: Output): Manner {
  const prefix = (level: string): string => `[${level} tini (${output.pid})] `;
  const on = (minimum: number, stream: 1 | 2, level: string) => (message: string) => {
    if (verbosity >= minimum) say(output, stream, prefix(level) + message);
  };
  const warn = on(1, 2, 'WARN ');
  const info = on(2, 1, 'INFO ');
  const debug = on(3, 1, 'DEBUG');
  const trace = on(4, 1, 'TRACE');
  const fatal = (message: string): void => say(output, 2, fatalLine(output.pid, message));

  /** tini reaps only after a signal; we also look before the first one, and then SIGCHLD has yet to come. */
  let announced = false;
  let woken = false;
  let isOver = false;
  function announce(): void {
    if (!announced) debug('Received SIGCHLD');
    announced = true;
    woken = true;
  }

  return {
    voice: {
      ...SILENT,
      received(event) {
        woken = true;
        if (event.signal === SIGCHLD) announce();
      },
      forwarded(_event, sent) {
        debug(`Passing signal: '${strsignal(sent)}'`);
      },
      undelivered(_event, sent, _target, errno) {
        debug(`Passing signal: '${strsignal(sent)}'`);
        if (errno === ESRCH) warn('Child was dead when forwarding signal');
        else warn(`Unexpected error when forwarding signal: '${errorText(errno)}'`);
      },
      reaped(pid) {
        announce();
        debug(`Reaped child with pid: '${pid}'`);
        if (settings.warnOnReap) warn(`Reaped zombie process with pid=${pid}`);
      },
      ended(pid, waitStatus) {
        announce();
        isOver = true;
        debug(`Reaped child with pid: '${pid}'`);
        const signal = endingSignal(waitStatus);
        if (signal === 0) info(`Main child exited normally (with status '${exitStatus(waitStatus)}')`);
        else info(`Main child exited with signal (with signal '${strsignal(signal)}')`);
      },
      settled(childless) {
        if (!woken) return;
        announced = false;
        woken = false;
        trace(childless ? 'No child to wait' : 'No child to reap');
        if (isOver) trace('Exiting: child has exited');
      },
      trouble(error) {
        warn(String(error));
      },
    },
    becameInit(how) {
      if (how === 'subreaper') trace('Registered as child subreaper');
      if (how === 'neither' && verbosity > 0)
        for (const [index, line] of NOT_AN_INIT.split('\n').entries())
          say(output, 2, (index === 0 ? prefix('WARN ') : '') + line);
    },
    spawned(pid) {
      info(`Spawned child process '${settings.program[0]}' with pid '${pid}'`);
    },
    refused(step, errno) {
      const program = settings.program[0]!;
      if (step === 'fork') fatal(`fork failed: ${errorText(errno)}`);
      else if (step === 'subreaper') fatal(`Failed to register as child subreaper: ${errorText(errno)}`);
      else if (step === 'exec') fatal(`exec ${program} failed: ${errorText(errno)}`);
      else fatal(refusal(program, step, errno));
      if (step !== 'exec') return FAILED;
      // In tini it is the child that fails to execute, and its status is remapped as any other.
      const status = errno === ENOENT ? NOT_FOUND : errno === EACCES ? CANNOT_EXECUTE : FAILED;
      return settings.remapExit.get(status) ?? status;
    },
    failed(message) {
      fatal(message);
      return FAILED;
    },
  };
}
