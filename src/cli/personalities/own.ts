import { ENOENT, errorText } from '../../kernel/errors.ts';
import { createLog } from '../../report/log.ts';
import { createVoice } from '../../report/voice.ts';
import type { Settings } from '../settings.ts';
import type { Plan, Step } from './personality.ts';

/** sexton itself failed, before or around the spawn; 126 and 127 are the program's. */
const FAILED = 125;
const CANNOT_EXECUTE = 126;
const NOT_FOUND = 127;

/** sexton's own manner. */
export function ownPlan(settings: Settings): Plan {
  return {
    settings,
    createManner({ pid, write }) {
      const { program, verbosity, logFormat: format, warnOnReap } = settings;
      const log = createLog({ verbosity, format, pid, write: line => write(2, line) });
      return {
        voice: createVoice(log, warnOnReap),
        becameInit() {},
        spawned: pid => log.debug(`spawned ${program[0]} as ${pid}`, { program: pid }),
        refused(step, errno) {
          if (step !== 'exec') {
            log.error(refusal(settings, step, errorText(errno)));
            return FAILED;
          }
          log.error(`${program[0]}: ${errorText(errno)}`);
          return errno === ENOENT ? NOT_FOUND : CANNOT_EXECUTE;
        },
        failed(message) {
          log.error(message);
          return FAILED;
        },
      };
    },
  };
}

function refusal({ program, directory, user }: Settings, step: Step, reason: string): string {
  const messages: Partial<Record<Step, string>> = {
    subreaper: `cannot become a subreaper: ${reason}`,
    parent: '--parent-death-signal: the parent has died already',
    directory: `--chdir: cannot change to '${directory}': ${reason}`,
    'supplementary groups': `--user: cannot become '${user}': setgroups: ${reason}; that takes root`,
    gid: `--user: cannot become '${user}': setgid: ${reason}`,
    uid: `--user: cannot become '${user}': setuid: ${reason}`,
  };
  return messages[step] ?? `cannot start '${program[0]}': ${step}: ${reason}`;
}
