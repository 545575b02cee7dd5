/** Once before the container tests: podman, the images that Dockerfile.example starts from, and its targets. */
import type { TestProject } from 'vitest/node';
import { makeBaseImages } from './base-images.ts';
import { configure, mustPodman } from './podman.ts';
import { buildTargets } from './targets.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why there are no containers here; undefined where there are. */
    whyNoContainers: string | undefined;
  }
}

export default function setUp(project: TestProject): (() => void) | undefined {
  const reason = configure() ?? whyNoBaseImages();
  project.provide('whyNoContainers', reason);
  if (reason !== undefined) return undefined;
  removeContainers();
  buildTargets();
  return removeContainers;
}

/** CI is known to reach the registries: there it is a failure. */
function whyNoBaseImages(): string | undefined {
  try {
    makeBaseImages();
    return undefined;
  } catch (error) {
    if (process.env['CI']) throw error;
    return (error as Error).message;
  }
}

function removeContainers(): void {
  mustPodman('rm', '--all', '--force', '--time', '0', '--volumes');
}
