// Why an init has no part in a measure; undefined if it has.

export function unlessInit({ kind }) {
  return kind === 'node' ? 'runs no program' : undefined;
}

/** pm2-runtime gives its program neither stdin, nor descriptors, nor signals; and it does not reap orphans. */
export function unlessTransparent(init) {
  return init.kind === 'pm2' ? 'it does not do that' : unlessInit(init);
}
