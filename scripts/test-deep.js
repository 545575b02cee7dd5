// npm run test:deep: a million children and orphans, in the place of the 20,000 of npm test. SEXTON_STRESS_COUNT: others.
import { buildIfOutdated, installDependencies, run } from './set-up.js';

installDependencies();
buildIfOutdated();
run('npx', ['vitest', 'run', '--project', 'namespace', 'test/namespace/register-stress.test.ts'], {
  env: { SEXTON_STRESS_COUNT: '1000000', ...process.env },
});
