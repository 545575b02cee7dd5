import { endingSignal, exitStatus } from '../../init/exit-status.ts';
import { errorText } from '../../kernel/errors.ts';
import { SIGCHLD, SIGTSTP } from '../../kernel/signals.ts';
import { type Manner, type Output, refusal, SILENT, say } from './personality.ts';

const FAILED = 1;

export function errorLine(pid: number, message: string): string {
  return `ERROR (catatonit:${pid}): ${message}`;
}

/** catatonit's log: errors only, or everything, on stderr. */
export function createCatatonitManner(program: readonly string[], isDebugging: boolean, output: Output): Manner {
  const log = (level: string) => (message: string) => {
    if (isDebugging) say(output, 2, `${level} (catatonit:${output.pid}): ${message}`);
  };
  const warn = log('WARN');
  const debug = log('DEBUG');
  const error = (message: string): void => say(output, 2, errorLine(output.pid, message));
  /** A SIGCHLD came, or its work was done before it did. */
  let reaping = false;

  return {
    voice: {
      ...SILENT,
      received(event) {
        if (event.signal === SIGCHLD) reaping = true;
      },
      dropped(event) {
        if (event.signal === SIGTSTP) debug('ignoring kernel attempting to stop us: tty has TOSTOP set');
      },
      undelivered: (_event, sent, target, errno) =>
        warn(`forwarding of signal ${sent} to pid1 (${target}) failed: ${errorText(errno)}`),
      reaped(pid, waitStatus) {
        reaping = true;
        const signal = endingSignal(waitStatus);
        if (signal === 0) debug(`child process ${pid} exited with code ${exitStatus(waitStatus)}`);
        else debug(`child process ${pid} exited due to signal ${signal}`);
      },
      ended() {
        reaping = true;
      },
      settled(childless) {
        if (reaping && childless) debug('got ECHILD: no children left to monitor');
        reaping = false;
      },
      trouble: trouble => warn(String(trouble)),
    },
    becameInit() {},
    spawned: pid => debug(`pid1 (${pid}) spawned: ${program[0]}`),
    refused(step, errno) {
      const reason = errorText(errno);
      if (step === 'subreaper') error(`failed to set child-reaper as non-pid1: ${reason}`);
      else if (step === 'exec') error(`failed to exec pid1: ${reason}`);
      else if (step === 'fork') {
        error(`failed to fork child: ${reason}`);
        error(`failed to spawn pid1: ${reason}`);
      } else error(refusal(program[0]!, step, errno));
      return FAILED;
    },
    failed(message) {
      error(message);
      return FAILED;
    },
  };
}
