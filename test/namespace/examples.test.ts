/** Every command line of examples/ that starts sexton, started. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type Started, startedInCompose, startedInKubernetes } from '../unit/examples/examples.ts';
import { temporaryFolder } from './c-fixture.ts';
import { type Container, describeWith, start, whyNoNamespaces } from './harness.ts';

/** Stands in for an example's program: waits until sexton serves what it is to serve, and says how it was started. */
const PROGRAM = `#!/bin/sh
while [ -n "$WANTED_PORT" ] && ! grep -q ":$WANTED_PORT 00000000:0000 0A" /proc/net/tcp; do sleep 0.05; done
printf '%s\\n' "\${0##*/}" "$@"
`;

/**
 * The world of the container, as far as sexton meets it there: a network of its own, an empty /run, and a /dev with
 * the file that the kubelet mounts for the message.
 */
const WORLD = `
  mount -t tmpfs -o mode=755 none "$DEV"
  for device in null zero random urandom; do
    touch "$DEV/$device"
    mount --bind /dev/$device "$DEV/$device"
  done
  mount --rbind "$DEV" /dev
  mount -t tmpfs -o mode=755 none /run
  if [ -n "$MESSAGE_PATH" ]; then
    mkdir -p "$(dirname "$MESSAGE_PATH")"
    touch "$MESSAGE_PATH"
    mount --bind "$MESSAGE" "$MESSAGE_PATH"
  fi
  unset DEV MESSAGE MESSAGE_PATH
  exec unshare --net "$@"`;

let container: Container | undefined;

afterEach(() => container?.end());

describeWith([whyNoNamespaces], 'an example does as it says:', () => {
  it.each([...startedInKubernetes(), ...startedInCompose()])('$title', async example => {
    const { settings } = example;
    const { message, options } = world(example);
    container = await start(example.words.slice(1), options);
    if (settings.pause) {
      await container.listening();
      container.kill('SIGTERM');
    }
    const { status, stdout, stderr } = await container.ended;
    expect(stderr).not.toMatch(/warning|error/);
    expect({ status, stdout }).toEqual({ status: 0, stdout: settings.program.map(word => `${word}\n`).join('') });
    expect(stderr.includes('sexton: report: ')).toBe(settings.report);
    expect(readFileSync(message, 'utf8')).toMatch(
      settings.terminationLog ? /^the program \(\d+\) exited with 0/ : /^$/,
    );
  });
});

function world({ settings, environment, messagePath }: Started) {
  const folder = temporaryFolder();
  const message = join(folder, 'message');
  writeFileSync(message, '');
  const [program] = settings.program;
  if (program !== undefined) {
    writeFileSync(join(folder, program), PROGRAM);
    chmodSync(join(folder, program), 0o755);
  }
  const port = settings.metrics?.port.toString(16).toUpperCase().padStart(4, '0');
  return {
    message,
    options: {
      wrapper: ['/bin/sh', '-ec', WORLD, 'sh'],
      environment: {
        ...environment,
        PATH: `${folder}:${process.env['PATH']}`,
        DEV: temporaryFolder(),
        MESSAGE: message,
        MESSAGE_PATH: messagePath ?? '',
        WANTED_PORT: port ?? '',
      },
    },
  };
}
