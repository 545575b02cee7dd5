import { harmless, jsonText, printable } from '../../../src/ctl/terminal.ts';
import { createLog, textLine } from '../../../src/report/log.ts';
import { HARMFUL, holds, type Target } from '../target.ts';

const LONGEST = 4096;

/** Names and messages of others in our lines: one line each, whole, and nothing in it that a terminal would obey. */
export const lines: Target = {
  seeds: [
    'plain',
    'a\nsexton: forged',
    '\x1b[31mred\x9b0m',
    'gr\xc3\xbc\xc3\x9fe',
    '\xe2\x80\xaeevil',
    '\xc2\x9b31m',
    'x'.repeat(5000),
    '\xc3\xbc'.repeat(2500),
  ],
  words: [
    '\x1b]0;',
    '\r\n',
    '\x00',
    '\xe2\x80\xa8',
    '\xe2\x81\xa6',
    '\xd8\x9c',
    '\xc2\x85',
    '\xff',
    '\xf0\x9f\x98\x80',
    '\x7f',
    '"',
    '\\',
  ],
  check(input) {
    const bytes = input.toString('latin1');
    expectOneLine(bytes);
    let line = Buffer.alloc(0);
    const write = (bytes: Uint8Array): number => {
      line = Buffer.from(bytes);
      return bytes.length;
    };
    const fields = { event: 'x', name: bytes, list: [bytes, { [bytes.slice(0, 4)]: bytes }] };
    createLog({ verbosity: 4, format: 'json', pid: 1, write }).warn(bytes, fields);
    const text = line.toString('utf8');
    holds(line.length <= LONGEST && text.endsWith('}\n'), 'a line of JSON is whole');
    holds(!HARMFUL.test(text.slice(0, -1)), 'a line of JSON is harmless');
    holds(JSON.parse(text).level === 40, 'what a line of JSON says of itself stays');
    holds(!HARMFUL.test(printable(bytes)), 'what sextonctl prints is harmless');
    holds(!HARMFUL.test(harmless(input.toString('utf8'))), 'what sextonctl prints of texts is harmless');
    holds(!HARMFUL.test(jsonText([input.toString('utf8')]).replaceAll('\n', '')), 'the JSON of sextonctl is harmless');
  },
};

/** That it is one line, as the log makes it. */
export function expectOneLine(message: string): void {
  const line = textLine(`sexton: ${message}`);
  const text = line.toString('utf8');
  holds(line.length <= LONGEST && text.endsWith('\n'), 'a line is whole');
  holds(
    !text.includes('\ufffd') || Buffer.from(message, 'latin1').toString('utf8').includes('\ufffd'),
    'a line is UTF-8',
  );
  holds(!HARMFUL.test(text.slice(0, -1)), 'a line is harmless');
}
