// What the figures are to be, whether they are, and where they are not, why.
import { figure, times } from './table.js';

const MIB = (1 << 20) / 1e6;

/** `value` of a Node's results; `most` in the same unit. `why` is said where it is missed. */
const GOALS = [
  {
    what: 'First instruction of the program, by the launcher, to tini',
    measure: 'first-instruction',
    value: ({ launcher }) => launcher.time.ratio,
    most: 0.8,
    unit: times,
    isBinding: true,
  },
  {
    what: '5,000 orphans at once, to tini',
    measure: 'storm',
    value: ({ launcher }) => launcher.time.ratio,
    most: 1,
    unit: times,
    isBinding: true,
    why: "Most of that time is the kernel's, which takes 5,000 processes down on as many cores as there are; it differs more from round to round than the inits do.",
  },
  {
    what: 'Signal round trip, to tini',
    measure: 'signals',
    value: ({ launcher }) => launcher.p50.ratio,
    most: 1,
    unit: times,
    isBinding: true,
  },
  {
    what: 'Wake-ups at rest',
    measure: 'wake-ups',
    value: ({ launcher }) => launcher.count.median,
    most: 0,
    unit: figure,
    isBinding: true,
  },
  {
    what: 'CPU for each orphan that ends by itself, to tini',
    measure: 'trickle',
    value: ({ launcher }) => launcher.cpu.ratio,
    most: 1.2,
    unit: times,
    why: 'Each orphan wakes PID 1, which goes from the wait to JavaScript, to waitpid twice (the orphan, then nobody) in one call, and back, through code that the caches no longer hold; tini makes the system calls only. node:ffi takes longer for a call than koffi until V8 has compiled the loop, and orphans one at a time are too few for that.',
  },
  {
    what: 'The Node entry, start to exit, more than an empty script',
    measure: 'start-to-exit',
    value: ({ entry, node }) => entry.time.median - node.time.median,
    most: 6,
    unit: milliseconds,
    why: 'Beside the fork, the exec and the end of the program, Node loads the bundle, and what calls native code: the native part of koffi, or node:ffi.',
  },
  {
    what: "From the program's end to that of the init, to tini",
    measure: 'exit-latency',
    value: ({ launcher }) => launcher.time.ratio,
    most: 3,
    unit: times,
    why: "The kernel takes Node's address space and threads down before it tells anybody that PID 1 has ended: some milliseconds that no program can spare. From the end of the program to exit_group(2) it is a few calls.",
  },
  {
    what: 'Private memory at rest, more than an idle Node',
    measure: 'memory',
    value: ({ launcher, node }) => launcher.private.median - node.private.median,
    most: MIB,
    unit: megabytes,
    why: 'It is the compiled bundle, the native library, and the heap that V8 has grown for both.',
  },
];

/** A table of goals by Node, and the reasons of what is missed. Markdown; empty where nothing of it was measured. */
export function goals({ measures }, inits) {
  const majors = inits.filter(({ name }) => /^launcher-\d+$/.test(name)).map(({ name }) => name.split('-')[1]);
  const measured = GOALS.filter(({ measure }) => measures[measure]);
  const judged = measured.map(goal => ({ goal, cells: majors.map(major => judge(goal, measures, major)) }));
  const rows = judged.map(({ goal: { what, most, unit, isBinding }, cells }) => {
    const limit = most === 0 ? 'none' : `at most ${unit(most)}`;
    return `| ${[`${what}: ${limit}${isBinding ? ', binding' : ''}`, ...cells.map(({ text }) => text)].join(' | ')} |`;
  });
  const reasons = judged
    .filter(({ goal, cells }) => goal.why && cells.some(({ isMissed }) => isMissed))
    .map(({ goal }) => `- ${goal.what}: ${goal.why}`);
  return [
    '### Goals',
    '',
    `| | ${majors.map(major => `Node ${major}`).join(' | ')} |`,
    `|---|${majors.map(() => '---|').join('')}`,
    ...rows,
    ...(reasons.length > 0 ? ['', 'Why some are missed:', '', ...reasons] : []),
  ].join('\n');
}

function judge({ measure, value, most, unit }, measures, major) {
  const { inits } = measures[measure];
  const number = value({
    launcher: inits[`launcher-${major}`],
    entry: inits[`entry-${major}`],
    node: inits[`node-${major}`],
  });
  const isMissed = number > most;
  return { isMissed, text: `${unit(number)}, ${isMissed ? `**missed by ${unit(number - most)}**` : 'met'}` };
}

function milliseconds(number) {
  return `${figure(number)} ms`;
}

function megabytes(number) {
  return `${figure(number)} MB`;
}
