import { endingSignal, exitStatus } from '../../init/exit-status.ts';
import { errorText } from '../../kernel/errors.ts';
import { SIGCHLD, SIGTERM } from '../../kernel/signals.ts';
import { type Manner, type Output, refusal, SILENT, say } from './personality.ts';

const FAILED = 1;
const CANNOT_EXECUTE = 2;

/** What the log tells of, beside what happens. */
export interface Facts {
  readonly program: string;
  /** The signals that are rewritten, be it to themselves. */
  readonly rewritten: ReadonlyMap<number, number>;
  readonly usesSession: boolean;
  /** By the environment, which the log mentions. */
  readonly isDebugging: boolean;
  readonly hasNoSession: boolean;
}

/** dumb-init's log: numbers instead of names, all on stderr, and only if it is asked for. */
export function createDumbInitManner(facts: Facts, isTalking: boolean, output: Output): Manner {
  const { program, rewritten, usesSession } = facts;
  const error = (message: string): void => say(output, 2, `[dumb-init] ${message}`);
  /** Said its last: what its last SIGTERM ends is not waited for, and not told of. */
  let isOver = false;
  const debug = (message: string): void => {
    if (isTalking && !isOver) error(message);
  };

  function translating(signal: number): void {
    const to = rewritten.get(signal);
    if (to !== undefined) debug(`Translating signal ${signal} to ${to}.`);
  }

  function passed(signal: number, sent: number): void {
    translating(signal);
    if (sent === 0) debug('Not forwarding signal 0 to children (ignored).');
    else debug(`Forwarded signal ${sent} to children.`);
  }

  /** We may reap before SIGCHLD was read; dumb-init never does. */
  let announced = false;
  function announce(): void {
    if (!announced) debug(`Received signal ${SIGCHLD}.`);
    announced = true;
  }

  function ending(pid: number, waitStatus: number): void {
    announce();
    const signal = endingSignal(waitStatus);
    if (signal === 0) debug(`A child with PID ${pid} exited with exit status ${exitStatus(waitStatus)}.`);
    else debug(`A child with PID ${pid} was terminated by signal ${signal}.`);
  }

  return {
    voice: {
      ...SILENT,
      received({ signal }) {
        if (signal === SIGCHLD) announce();
        else debug(`Received signal ${signal}.`);
      },
      forwarded: (event, sent) => passed(event.signal, sent),
      dropped: event => passed(event.signal, 0),
      undelivered: (event, sent) => passed(event.signal, sent),
      stopped: () => debug('Suspending self due to TTY signal.'),
      reaped: ending,
      settled() {
        announced = false;
      },
      ended(pid, waitStatus) {
        ending(pid, waitStatus);
        if (usesSession) passed(SIGTERM, rewritten.get(SIGTERM) ?? SIGTERM);
        debug(`Child exited with status ${exitStatus(waitStatus)}. Goodbye.`);
        isOver = true;
      },
      trouble: trouble => error(String(trouble)),
    },
    becameInit() {
      if (facts.isDebugging) debug('Running in debug mode.');
      if (facts.hasNoSession) debug('Not running in setsid mode.');
    },
    spawned(pid) {
      debug(`Child spawned with PID ${pid}.`);
      if (usesSession) debug('setsid complete.');
    },
    refused(step, errno) {
      if (step === 'exec') error(`${program}: ${errorText(errno)}`);
      else if (step === 'fork') error('Unable to fork. Exiting.');
      else error(refusal(program, step, errno));
      return step === 'exec' ? CANNOT_EXECUTE : FAILED;
    },
    failed(message) {
      error(message);
      return FAILED;
    },
  };
}
