// prepack: a package for half of the architectures, or with binaries of different sources, is not packed.
import { fail } from './set-up.js';
import { whyNoRelease } from './sums.js';

const reason = whyNoRelease();
if (reason) fail(`pack: ${reason}: npm run build:release builds for every architecture`);
