/** Every file of the package. Modes come from the build and from git, whatever the umask was. */
const PROGRAMS: readonly string[] = [
  'bin/sexton.js',
  'bin/sextonctl.js',
  'prebuilds/linux-arm64/libsexton.so',
  'prebuilds/linux-arm64/sexton',
  'prebuilds/linux-x64/libsexton.so',
  'prebuilds/linux-x64/sexton',
];

const OTHERS: readonly string[] = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'bin/package.json',
  'dist/commander.cjs',
  'dist/completions/_sexton',
  'dist/completions/_sextonctl',
  'dist/completions/sexton.bash',
  'dist/completions/sextonctl.bash',
  'dist/index.cjs',
  'dist/index.d.cts',
  'dist/index.d.mts',
  'dist/index.mjs',
  'dist/man/sexton.1',
  'dist/man/sextonctl.1',
  'dist/register.cjs',
  'dist/register.d.cts',
  'dist/register.d.mts',
  'dist/register.mjs',
  'dist/service.cjs',
  'dist/sexton.cjs',
  'dist/sextonctl.cjs',
  'package.json',
  'prebuilds/SHA256SUMS',
];

export const FILES: Readonly<Record<string, '-rwxr-xr-x' | '-rw-r--r--'>> = Object.fromEntries([
  ...PROGRAMS.map(path => [path, '-rwxr-xr-x']),
  ...OTHERS.map(path => [path, '-rw-r--r--']),
]);
