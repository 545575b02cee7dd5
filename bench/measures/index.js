// What is measured, in the order of the tables.
import crowd from './crowd.js';
import exitLatency from './exit-latency.js';
import firstInstruction from './first-instruction.js';
import memory from './memory.js';
import signals from './signals.js';
import size from './size.js';
import startToExit from './start-to-exit.js';
import storm from './storm.js';
import trickle from './trickle.js';
import wakeUps from './wake-ups.js';

export const measures = [
  firstInstruction,
  startToExit,
  exitLatency,
  storm,
  trickle,
  crowd,
  signals,
  wakeUps,
  memory,
  size,
];
