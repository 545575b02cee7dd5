import { Failure } from '../failure.ts';
import { ask, notSexton } from './control.ts';
import { parseOpenMetrics } from './open-metrics.ts';
import { jsonText } from './terminal.ts';

/** `sextonctl metrics`: the numbers of --metrics, over the control socket. */
export async function metrics(socket: string, options: { json?: boolean }): Promise<string> {
  const text = await ask(socket, '/metrics');
  const families = parseOpenMetrics(text);
  if (!families) throw new Failure(`${notSexton(socket)}: no OpenMetrics at /metrics`);
  return options.json ? jsonText(families) : text.trimEnd();
}
