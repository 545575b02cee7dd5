import { variable, withoutOwnVariables, withVariables } from './cli/environment.ts';
import type { Settings } from './cli/settings.ts';
import { Failure } from './failure.ts';
import { findAccount } from './kernel/accounts.ts';
import type { Inherited } from './kernel/inherited.ts';
import { candidates } from './kernel/search-path.ts';
import { SIGRTMIN } from './kernel/signals.ts';
import {
  DESCRIPTOR_CLOSED,
  DESCRIPTOR_KEPT,
  type Descriptor,
  RLIMIT_NOFILE,
  type SpawnRequest,
} from './kernel/spawn-request.ts';

/** What the program is to be started with: all that we inherited, and what the options change. */
export function programRequest(settings: Settings, inherited: Inherited): SpawnRequest {
  let environment = withoutOwnVariables(inherited.environment);
  let credentials: SpawnRequest['credentials'];
  if (settings.user !== undefined) {
    const account = findAccount(settings.user, process.getgid!());
    if ('unknown' in account)
      throw new Failure(
        `--user: ${account.unknown} '${account.name}' is not in /etc/${account.unknown === 'user' ? 'passwd' : 'group'}; a number needs no entry`,
      );
    credentials = account;
    environment = withVariables(environment, [`HOME=${account.home}`]);
  }
  environment = withVariables(environment, settings.addedEnvironment);
  return {
    candidates: candidates(settings.program[0]!, variable(environment, 'PATH')),
    argv: settings.program,
    environment,
    leads: settings.leads,
    directory: settings.directory,
    credentials,
    blocked: settings.inheritSignals ? inherited.blocked : [],
    ignored: settings.inheritSignals ? inherited.ignored : inherited.ignored.filter(signal => signal >= SIGRTMIN),
    limits: inherited.descriptorLimit ? [{ resource: RLIMIT_NOFILE, ...inherited.descriptorLimit }] : [],
    descriptors: programDescriptors(inherited.descriptors),
  };
}

/** Those that were open are open again; where a standard one was closed, Node has opened /dev/null. */
export function programDescriptors(open: readonly number[]): Descriptor[] {
  const closed = [0, 1, 2].filter(fd => !open.includes(fd));
  return [
    ...closed.map((fd): Descriptor => ({ fd, fate: DESCRIPTOR_CLOSED })),
    ...open.map((fd): Descriptor => ({ fd, fate: DESCRIPTOR_KEPT })),
  ];
}
