import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import config from '../../vitest.config.ts';

const projects = (config as { test: { projects: { test: { name: string } }[] } }).test.projects;

it.each(projects.map(({ test }) => test.name))('npm test runs the project %s', name => {
  expect(readFileSync('scripts/test.js', 'utf8')).toContain(`'${name}'`);
});
