// npm run test:deep: what takes longer than npm test may. --write: what came of it into docs/reliability.md.
import { buildIfOutdated, installDependencies, run } from './set-up.js';

installDependencies();
buildIfOutdated();
const write = process.argv.includes('--write') ? ['--write'] : [];

// A million schedules of the core, and every mistake that the simulation has to find.
run('node', ['scripts/simulate.js', '--count', '1000000', '--mutants', ...write]);

// A million children and orphans, in the place of the 20,000 of npm test. SEXTON_STRESS_COUNT: others.
run('npx', ['vitest', 'run', '--project', 'namespace', 'test/namespace/register-stress.test.ts'], {
  env: { SEXTON_STRESS_COUNT: '1000000', ...process.env },
});
