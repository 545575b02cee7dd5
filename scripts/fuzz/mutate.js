/** Numbers from 0 to 2^32 - 1, the same for the same seed: mulberry32. */
export function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

const LONGEST = 12_000;

/** One to six changes of an input. `corpus`: others to take parts of; `words`: what may be put in whole. */
export function mutate(input, corpus, words, random) {
  const below = end => random() % Math.max(end, 1);
  let bytes = [...input];
  for (let changes = 1 + below(6); changes > 0; changes--) {
    const at = below(bytes.length + 1);
    const kind = below(8);
    if (kind === 0) bytes[Math.min(at, Math.max(bytes.length - 1, 0))] = below(256);
    else if (kind === 1) bytes.splice(at, 1 + below(8));
    else if (kind === 2) bytes.splice(at, 0, below(256));
    else if (kind === 3 || kind === 4) bytes.splice(at, below(3), ...words[below(words.length)]);
    else if (kind === 5) bytes.splice(at, 0, ...bytes.slice(below(at + 1), at).slice(0, 200));
    else if (kind === 6) {
      const other = corpus[below(corpus.length)];
      bytes = [...bytes.slice(0, at), ...other.subarray(below(other.length))];
    } else bytes.splice(at, 0, ...new Array(below(300)).fill(below(256)));
  }
  return Buffer.from(bytes.slice(0, LONGEST));
}
