import { together } from '../../init/voice.ts';
import { ENOENT, errorText } from '../../kernel/errors.ts';
import { watchDyingOrphans } from '../../report/dying.ts';
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
  const hasAccount = isAccountWanted(settings);
  return {
    settings: { ...settings, tellSignals: hasAccount, tellOrphans: settings.warnOnReap || hasAccount },
    createManner({ pid, write, usage }) {
      const { program, verbosity, logFormat: format, warnOnReap } = settings;
      const orphans = settings.inspectOrphans ? watchDyingOrphans() : undefined;
      const account = hasAccount ? loadAccount()(settings, pid, orphans, usage) : undefined;
      const log = createLog({ verbosity, format, pid, write: line => write(2, line), lost: account?.lostLine });
      const voice = createVoice(log, warnOnReap, orphans, account?.ending);
      return {
        voice: account ? together(account.voice, voice) : voice,
        ledger: account?.ledger,
        elapseSecond: account?.elapseSecond,
        becameInit: () => account?.prepare(),
        spawned(pid) {
          account?.spawned(pid);
          log.debug(`spawned ${program[0]} as ${pid}`, { event: 'spawned', program: pid });
        },
        refused(step, errno) {
          if (step !== 'exec') {
            log.error(refusal(settings, step, errorText(errno)), { event: 'failed' });
            return FAILED;
          }
          const { whyNotExecuted, nameOf } = loadNotExecuted();
          const why = whyNotExecuted(program[0]!, settings.directory, errno);
          log.error(`${nameOf(program[0]!, settings.directory)}: ${errorText(errno)}${why ? `: ${why}` : ''}`, {
            event: 'not_executed',
            errno,
          });
          return errno === ENOENT ? NOT_FOUND : CANNOT_EXECUTE;
        },
        failed(message) {
          log.error(message, { event: 'failed' });
          return FAILED;
        },
        leaving: status => account?.leaving(status, log),
      };
    },
  };
}

function isAccountWanted({ verbosity, report, terminationLog, control, metrics }: Settings): boolean {
  return verbosity >= 2 || report || [terminationLog, control, metrics].some(wish => wish !== undefined);
}

function loadAccount(): typeof import('../../report/account.ts').openAccount {
  return (require('../../report/account.ts') as typeof import('../../report/account.ts')).openAccount;
}

function loadNotExecuted(): typeof import('../../report/not-executed.ts') {
  return require('../../report/not-executed.ts') as typeof import('../../report/not-executed.ts');
}

function refusal({ program, directory, user }: Settings, step: Step, reason: string): string {
  const messages: Partial<Record<Step, string>> = {
    subreaper: `cannot become a subreaper: ${reason}`,
    parent: '--parent-death-signal: the parent has died already',
    directory: `--chdir: cannot change to '${directory}': ${reason}`,
    'supplementary groups': `--user: cannot become '${user}': setgroups: ${reason}; that takes root`,
    gid: `--user: cannot become '${user}': setgid: ${reason}`,
    uid: `--user: cannot become '${user}': setuid: ${reason}`,
    capabilities: `--user: cannot become '${user}': capset: ${reason}`,
  };
  return messages[step] ?? `cannot start '${loadNotExecuted().nameOf(program[0]!, directory)}': ${step}: ${reason}`;
}
