export type Name = (typeof NAMES)[keyof typeof NAMES];

/** The names that sexton may be called by, and whose place each stands for. */
export const NAMES = {
  sexton: 'sexton',
  tini: 'tini',
  'tini-static': 'tini',
  'docker-init': 'tini',
  'dumb-init': 'dumb-init',
  catatonit: 'catatonit',
  'podman-init': 'catatonit',
  pause: 'catatonit',
} as const;

/** Whose place a name stands for; undefined if it is none of ours. */
export function lookUp(name: string): Name | undefined {
  return Object.hasOwn(NAMES, name) ? NAMES[name as keyof typeof NAMES] : undefined;
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
