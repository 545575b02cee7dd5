import { describe, expect, it } from 'vitest';
import { parseOpenMetrics } from '../../../src/ctl/open-metrics.ts';

describe('OpenMetrics text', () => {
  it('is read by family', () => {
    const text = [
      '# TYPE sexton_orphans counter',
      '# HELP sexton_orphans Orphans that were reaped.',
      'sexton_orphans_total{command="a\\"b\\\\,}",killed="no"} 3',
      'sexton_orphans_total{} 0 1700000000.5',
      '# TYPE sexton_memory_peak_bytes gauge',
      '# UNIT sexton_memory_peak_bytes bytes',
      'sexton_memory_peak_bytes 1.5e+06',
      'sexton_limit +Inf',
      '# EOF',
      '',
    ].join('\n');
    expect(parseOpenMetrics(text)).toEqual([
      {
        name: 'sexton_orphans',
        type: 'counter',
        help: 'Orphans that were reaped.',
        samples: [
          { name: 'sexton_orphans_total', labels: { command: 'a"b\\,}', killed: 'no' }, value: 3 },
          { name: 'sexton_orphans_total', labels: {}, value: 0 },
        ],
      },
      {
        name: 'sexton_memory_peak_bytes',
        type: 'gauge',
        unit: 'bytes',
        samples: [{ name: 'sexton_memory_peak_bytes', labels: {}, value: 1_500_000 }],
      },
      { name: 'sexton_limit', type: 'unknown', samples: [{ name: 'sexton_limit', labels: {}, value: '+Inf' }] },
    ]);
  });

  it.each([
    ['', 'nothing'],
    ['a 1\n', 'cut short'],
    ['a 1\n\x1b[2J 3\n# EOF\n', 'an escape sequence'],
    ['a\n# EOF\n', 'no value'],
    ['a  \n# EOF\n', 'an empty value'],
    ['a{b=1} 2\n# EOF\n', 'a label without quotes'],
    ['<html>\n# EOF\n', 'something else'],
  ])('%j is none: %s', text => {
    expect(parseOpenMetrics(text)).toBeUndefined();
  });

  it('is looked at in no time, however hostile', () => {
    const begin = performance.now();
    expect(parseOpenMetrics(`a{${'b="c",'.repeat(100_000)} 1\n# EOF\n`)).toBeUndefined();
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});
