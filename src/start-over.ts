import { variable, withVariables } from './cli/environment.ts';
import { type Inherited, toByteString } from './kernel/inherited.ts';
import { baseName, lookUp } from './names.ts';
import { openKernel } from './open-kernel.ts';
import { launcher } from './parts.ts';
import { programDescriptors } from './program.ts';

/**
 * NODE_OPTIONS is meant for the program, but this Node has obeyed it: agents have run, a debugger may listen, limits
 * are set. The launcher starts over, in the same process, with a Node that does not get to see it.
 */
export function startOver(inherited: Inherited): void {
  const { environment } = inherited;
  const isName = lookUp(baseName(inherited.calledAs)) !== undefined;
  // By the Node that was chosen for us.
  const chosen = variable(environment, 'SEXTON_NODE') ? [] : [`SEXTON_NODE=${toByteString(process.execPath)}`];
  openKernel(variable(environment, 'SEXTON_FFI')).exec({
    candidates: [toByteString(launcher())],
    // The fast lane is for our own name, and `dist/sexton.cjs` or whatever else led here is none that counts.
    argv: [isName ? inherited.calledAs : 'sexton', ...inherited.arguments],
    environment: withVariables(environment, chosen),
    leads: 'group',
    blocked: inherited.blocked,
    ignored: inherited.ignored,
    limits: [],
    descriptors: programDescriptors(inherited.descriptors),
  });
  // Still here: a package without launcher, or a file system that nothing may be executed from. Then as we are.
}
