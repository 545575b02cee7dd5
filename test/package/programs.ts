/** Programs that show whether an init is one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** For a shell: says ready when an orphan of it has been reaped, and leaves with 5 when SIGTERM comes. */
export const ORPHAN_THEN_TERM = `
  trap 'echo got it; exit 5' TERM
  orphan=$(sh -c 'sh -c "sleep 0.1; exit 3" > /dev/null & echo $!')
  while [ -e /proc/$orphan ]; do sleep 0.05; done
  echo ready
  while :; do sleep 0.05; done`;

/** Writes a module, and returns its path: PID 1 itself, it leaves with 6 when its two orphans have been reaped. */
export function adopts(folder: string): string {
  const path = join(folder, 'adopts.mjs');
  writeFileSync(
    path,
    `import { spawn } from 'node:child_process';
    import { status } from 'sexton';
    spawn('sh', ['-c', 'sh -c "exit 3" & sh -c "exit 4" &'], { stdio: 'ignore' });
    setInterval(() => {
      const { pid, orphans } = status();
      if (orphans.reaped < 2) return;
      console.log(pid, orphans.failed);
      process.exit(6);
    }, 10);`,
  );
  return path;
}
