import type { Mutant } from './play.js';

export const mutants: readonly Mutant[];
