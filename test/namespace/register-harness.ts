/** A Node program as PID 1 with sexton/register, for tests. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Container, node, type Options, root, start } from './harness.ts';

export const whyNotBuilt: string | undefined = existsSync(join(root, 'dist', 'register.mjs'))
  ? undefined
  : 'not built: npm run build';

/** Node as PID 1 with these words; the package is found by its own name from its folder. */
export function startNode(words: readonly string[], options: Options = {}): Promise<Container> {
  return start(words, { init: [node], cwd: root, ...options });
}

/** Runs the text of an ES module with sexton/register preloaded. */
export function startRegistered(text: string, options: Options = {}): Promise<Container> {
  return startNode(['--import', 'sexton/register', '--input-type=module', '--eval', text], options);
}
