import { describe, expect, it } from 'vitest';

const { goals } = await import('../../bench/goals.js' as string);

const inits = ['launcher-20', 'launcher-26', 'entry-20', 'node-20', 'tini'].map(name => ({ name }));

function firstInstruction(ratios: Record<string, number>): unknown {
  const measured = Object.entries(ratios).map(([name, ratio]) => [name, { time: { ratio } }]);
  return { measures: { 'first-instruction': { inits: Object.fromEntries(measured) } } };
}

describe('the goals of the benchmark', () => {
  it('are met, or missed by so much, on each Node', () => {
    const lines = goals(firstInstruction({ 'launcher-20': 0.8, 'launcher-26': 0.95 }), inits).split('\n');
    expect(lines[2]).toBe('| | Node 20 | Node 26 |');
    expect(lines[4]).toBe(
      '| First instruction of the program, by the launcher, to tini: at most 0.800×, binding | 0.800×, met | 0.950×, **missed by 0.150×** |',
    );
  });

  it('have a reason where they are missed, and only there', () => {
    const trickle = (ratio: number) => ({ inits: { 'launcher-20': { cpu: { ratio } } } });
    const one = [{ name: 'launcher-20' }];
    expect(goals({ measures: { trickle: trickle(2) } }, one)).toMatch(/^- CPU for each orphan/m);
    expect(goals({ measures: { trickle: trickle(1) } }, one)).not.toMatch(/^- /m);
  });

  it('compare the entry with an empty script in milliseconds', () => {
    const time = (median: number) => ({ time: { median } });
    const measured = { inits: { 'launcher-20': time(1), 'entry-20': time(35), 'node-20': time(30) } };
    expect(goals({ measures: { 'start-to-exit': measured } }, [{ name: 'launcher-20' }])).toContain('| 5.00 ms, met |');
  });
});
