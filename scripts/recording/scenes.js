// The story. Each scene is a terminal of its own with an empty screen. Each step is typed, and `until` something was
// printed and the prompt is back; `settled`: until those that the program left behind have ended, too. Then there is
// time to read.

export const SCENES = [
  {
    title: 'Without an init: zombies',
    steps: [
      { type: 'container -d node leaky.js', settled: true, read: 500 },
      { type: 'sextonctl zombies', until: 'less than that.', read: 5000 },
    ],
  },
  {
    title: 'With sexton as PID 1: none',
    steps: [
      { type: 'container -d sexton -- node leaky.js', settled: true, read: 500 },
      { type: 'sextonctl zombies', until: 'No zombies', read: 3500 },
    ],
  },
  {
    title: 'And it says what happened',
    steps: [
      { type: 'container --memory 256m sexton --report -- tail /dev/zero', until: 'took 1 process', read: 4500 },
      { type: 'echo $?', until: '137', read: 2500 },
    ],
  },
  {
    title: 'What does 137 mean?',
    steps: [{ type: 'sextonctl explain 137 | head -12', until: 'dmesg', read: 5500 }],
  },
];
