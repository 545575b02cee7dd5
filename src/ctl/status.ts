import { askJson } from './control.ts';
import { isStatus, isZombies } from './replies.ts';
import { statusReport } from './status-report.ts';
import { jsonText, type Terminal } from './terminal.ts';

/** `sextonctl status`: what sexton knows of its container. */
export async function status(socket: string, options: { json?: boolean }, terminal: Terminal): Promise<string> {
  const known = await askJson(socket, '/status', isStatus);
  if (options.json) return jsonText(known);
  // An account without zombies is better than none.
  const zombies = await askJson(socket, '/zombies', isZombies).catch(() => undefined);
  return statusReport(known, zombies?.culprits, Date.now(), terminal);
}
