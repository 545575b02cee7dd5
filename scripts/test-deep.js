// npm run test:deep: what takes longer than npm test may. --write: what came of it into docs/reliability.md.
import { buildIfOutdated, installDependencies, run } from './set-up.js';

installDependencies();
buildIfOutdated();
const isWritten = process.argv.includes('--write');
const write = isWritten ? ['--write'] : [];

// A million schedules of the core, and every mistake that the simulation has to find.
run('node', ['scripts/simulate.js', '--count', '1000000', '--mutants', ...write]);

// A minute for each of what takes bytes from others.
run('node', ['scripts/fuzz.js', '--seconds', '60', ...write]);

// Every error of every system call, whatever can run out; and a million children and orphans, in the place of the 20,000
// of npm test. SEXTON_STRESS_COUNT: others.
const files = ['faults', 'exhaustion', 'register-stress'].map(name => `test/namespace/${name}`);
run('npx', ['vitest', 'run', '--project', 'namespace', '--no-file-parallelism', ...files], {
  env: {
    SEXTON_STRESS_COUNT: '1000000',
    SEXTON_DEEP: '1',
    ...(isWritten ? { SEXTON_WRITE: '1' } : {}),
    ...process.env,
  },
});

// A million orphans and a hundred thousand signals under sexton and its peers, each as PID 1.
run('node', ['scripts/soak.js', ...write]);
