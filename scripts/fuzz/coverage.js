import { Session } from 'node:inspector';

/** Which blocks of one script were executed, by V8 itself: nothing is instrumented. */
export function createCoverage(url) {
  const session = new Session();
  session.connect();
  const post = (method, parameters) => {
    let answer;
    // Within a process it is answered before this returns.
    session.post(method, parameters, (error, result) => {
      if (error) throw new Error(`${method}: ${error.message}`);
      answer = result;
    });
    return answer;
  };
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

  const covered = new Set();
  const all = new Set();
  return {
    covered,
    all,
    /** The blocks that were executed since the last time, and never before that; they are counted from now on. */
    take(isKept = true) {
      const fresh = [];
      for (const script of post('Profiler.takePreciseCoverage').result) {
        if (script.url !== url) continue;
        for (const { ranges } of script.functions)
          for (const { startOffset, endOffset, count } of ranges) {
            const block = startOffset * 4194304 + endOffset;
            all.add(block);
            if (count > 0 && !covered.has(block)) fresh.push(block);
          }
      }
      if (isKept) for (const block of fresh) covered.add(block);
      return fresh;
    },
    end: () => session.disconnect(),
  };
}
