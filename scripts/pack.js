// npm run pack: sexton-VERSION.tgz, for every architecture. Not from this folder itself: its .npmrc switches prepack
// off, file modes would depend on the umask, and nobody who installs the package has a use for our scripts.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fail, root, run } from './set-up.js';

run(process.execPath, ['scripts/build.js', '--release']);
run(process.execPath, ['scripts/check-release.js']);

const stage = mkdtempSync(join(tmpdir(), 'sexton-pack-'));
process.on('exit', () => rmSync(stage, { recursive: true, force: true }));
for (const path of filesOfPackage()) stageFile(path);
stageManifest();
run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', root], { cwd: stage });

function filesOfPackage() {
  const words = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout, stderr, status } = spawnSync('npm', words, { cwd: root, encoding: 'utf8' });
  if (status !== 0) fail(`pack: npm pack: ${stderr}`);
  // An array up to npm 11, an object by name since.
  const [packed] = Object.values(JSON.parse(stdout));
  return packed.files.map(({ path }) => path);
}

function stageFile(path) {
  const place = join(stage, path);
  mkdirSync(dirname(place), { recursive: true });
  copyFileSync(join(root, path), place);
  const isExecutable = (statSync(place).mode & 0o100) !== 0;
  chmodSync(place, isExecutable ? 0o755 : 0o644);
}

function stageManifest() {
  const {
    private: _,
    scripts,
    devDependencies,
    ...manifest
  } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
