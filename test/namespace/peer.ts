/** The peers, in the versions that what is said of them holds for: those of Debian 12. */
import { spawnSync } from 'node:child_process';
import { missing } from './harness.ts';

export type Peer = keyof typeof PEERS;

/** For each the reason why its behaviour is not known here; undefined if it is. */
export const PEERS = {
  tini: unknown('tini', '0.19.0'),
  'dumb-init': unknown('dumb-init', '1.2.5'),
  catatonit: unknown('catatonit', '0.1.7'),
};

/** The reason why a peer's behaviour is not known here: it is not there, or another version. */
function unknown(peer: string, version: string): string | undefined {
  const reason = missing(peer);
  if (reason) return reason;
  const { stdout, stderr } = spawnSync(peer, [peer === 'tini' ? '--version' : '-V'], { encoding: 'utf8' });
  const said = `${stdout}${stderr}`.trim();
  return said.includes(version) ? undefined : `${peer} is not ${version}: ${said}`;
}
