import { chmodSync, copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { install } from '../../src/ctl/install.ts';
import { NAMES } from '../../src/names.ts';
import { temporaryFolder } from './c-fixture.ts';
import { fixtures, node, type Outcome, root, sexton, start } from './harness.ts';

/** The folder of somebody who has installed sexton, and has a server.js. */
export interface Sandbox {
  readonly folder: string;
  /** Runs a command as PID 1: to its end, or until it says "listening"; then it gets SIGTERM. */
  run(vector: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** The same for what is typed into a shell. */
  type(command: string): Promise<Outcome>;
}

export function sandbox(): Sandbox {
  const folder = temporaryFolder();
  const modules = join(folder, 'node_modules');
  const globals = join(folder, 'global', 'lib', 'node_modules');
  for (const place of [join(modules, '.bin'), globals, ...BINARIES.map(place => join(folder, place))])
    mkdirSync(place, { recursive: true });
  for (const place of [modules, globals]) symlinkSync(root, join(place, 'sexton'));
  command(join(modules, '.bin', 'sexton'), sexton);
  command(join(modules, '.bin', 'sextonctl'), [node, join(root, 'bin', 'sextonctl.js')]);
  for (const place of BINARIES) install(join(folder, place), root, Object.keys(NAMES));
  const programs = join(fixtures, 'diagnosis');
  for (const program of readdirSync(programs)) copyFileSync(join(programs, program), join(folder, program));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');

  const path = [join(modules, '.bin'), join(folder, 'usr', 'bin'), dirname(node), process.env['PATH']].join(':');
  const own = { PATH: path, HOME: folder, SEXTON_NODE: node, npm_config_prefix: join(folder, 'global') };
  async function run(vector: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const container = await start([], {
      init: vector.map(word => inFolder(word, folder)),
      cwd: folder,
      environment: { ...own, ...environment },
    });
    try {
      const isUp = container.says(/^listening$/m).then(
        () => true,
        () => false,
      );
      if (await isUp) container.kill('SIGTERM');
      return await container.ended;
    } finally {
      await container.end();
    }
  }
  return { folder, run, type: line => run(['bash', '-c', inFolder(line, folder)]) };
}

/** Where images have their commands: here they are the sandbox's own. */
const BINARIES = ['usr/bin', 'usr/local/bin'];

function inFolder(text: string, folder: string): string {
  return text.replaceAll(/(?<=^| )\/(?=usr\/(local\/)?bin\b)/g, `${folder}/`);
}

function command(place: string, words: readonly string[]): void {
  writeFileSync(place, `#!/bin/sh\nexec ${words.map(word => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(place, 0o755);
}
