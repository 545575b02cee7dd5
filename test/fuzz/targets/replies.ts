import { parseOpenMetrics } from '../../../src/ctl/open-metrics.ts';
import { isStatus, isZombies } from '../../../src/ctl/replies.ts';
import { statusReport } from '../../../src/ctl/status-report.ts';
import { terminalOf } from '../../../src/ctl/terminal.ts';
import { HARMFUL, holds, type Target } from '../target.ts';

/** What answers at a control socket need not be sexton: sextonctl prints it, or says that it is none. */
export const replies: Target = {
  seeds: [
    '# HELP a b\n# TYPE a counter\na_total{x="y"} 1\n# EOF\n',
    '# TYPE a info\na_info{v="\\"\\\\\\n"} 1\na 1.5e3 17\na NaN\n# EOF',
    '{"version":"1","pid":1,"started":1,"program":{"pid":7,"command":"\\u001b[31m","state":"running"},"signals":[{"signal":"SIGTERM","sender":0,"received":1,"forwarded":1}],"orphans":{"reaped":1,"failed":0,"killed":0,"commands":[{"name":"\\u202e","reaped":1,"failed":0,"killed":0}]},"oom_kills":null,"errors":0,"lost_lines":0}',
    '{"culprits":[{"pid":1,"command":"x","zombies":3}]}',
  ],
  words: [
    '"',
    '\\u001b',
    '\\u202e',
    '{',
    '}',
    '[',
    ']',
    ',',
    '1e999',
    '-1',
    'null',
    '# ',
    '# EOF',
    '\n',
    '__proto__',
    '"x":',
    'ended":1,',
  ],
  check(input) {
    const text = input.toString('utf8');
    for (const { name, samples } of parseOpenMetrics(text) ?? []) {
      holds(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name), 'a family has a name');
      for (const { value } of samples) holds(typeof value === 'string' || !Number.isNaN(value), 'a sample has a value');
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    isZombies(value);
    if (!isStatus(value)) return;
    const printed = statusReport(value, undefined, 1e12, terminalOf({}, {}));
    holds(!HARMFUL.test(printed.replaceAll('\n', '')), 'it is printed harmlessly');
  },
};
