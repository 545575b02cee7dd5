import { expect, it } from 'vitest';
import { createTarget } from '../../src/init/target.ts';
import { ESRCH } from '../../src/kernel/errors.ts';
import { Machine } from './machine.ts';

it.each(['child', 'group', 'all'] as const)(
  'a target that was forgotten is sent nothing any more (scope %s)',
  scope => {
    const machine = new Machine();
    machine.stranger();
    const target = createTarget(machine, scope, machine.program.pid);
    target.forget();
    expect([target.send(15), target.members(), machine.sent]).toEqual([-ESRCH, [], []]);
  },
);
