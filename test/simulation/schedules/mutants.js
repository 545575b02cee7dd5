/** Mistakes that somebody could make in src/init: in each the simulation has to find something. What is changed is there once. */
export const mutants = [
  {
    file: 'init.ts',
    what: 'the end of the program is not enough to leave',
    changes: [
      [
        "programStatus !== undefined && (settings.wait === 'main' ||",
        "programStatus !== undefined && (settings.wait === 'main' && reaper.childless ||",
      ],
    ],
  },
  {
    file: 'init.ts',
    what: 'no look for children after a signal that is not SIGCHLD',
    changes: [
      [
        '  for (;;) {\n    survive(voice, remaining',
        '  let last = SIGCHLD;\n  for (;;) {\n    survive(voice, remaining',
      ],
      [
        'reaper.reap, undefined) ?? 0;\n    if (patience === Infinity) voice.settled(reaper.childless);\n    if (patience > 0 &&',
        '() => (last === SIGCHLD ? reaper.reap() : Infinity), undefined) ?? 0;\n    if (patience === Infinity) voice.settled(reaper.childless);\n    if (patience > 0 &&',
      ],
      [
        'if (event) receive(event);\n    if (deadline',
        'if (event) receive(event);\n    if (event) last = event.signal;\n    if (deadline',
      ],
    ],
  },
  {
    file: 'init.ts',
    what: 'SIGCHLD is passed on',
    changes: [
      [
        'if (event.signal !== SIGCHLD) survive(voice, forwarding.received, event);',
        'survive(voice, forwarding.received, event);',
      ],
    ],
  },
  {
    file: 'init.ts',
    what: 'signals are still sent to a program that was reaped',
    changes: [
      [
        'receiver: () => (programStatus === undefined ? target : afterwards),',
        'receiver: () => (programStatus === undefined || settings.wait !== "all" ? target : afterwards),',
      ],
    ],
  },
  {
    file: 'init.ts',
    what: 'passing does not end with the program',
    changes: [['for (let event = kernel.endPassing(); event; event = kernel.endPassing()) receive(event);', '']],
  },
  {
    file: 'init.ts',
    what: 'of the signals passed on only the first is told at the end',
    changes: [
      [
        'for (let event = kernel.endPassing(); event; event = kernel.endPassing()) receive(event);',
        'const event = kernel.endPassing(); if (event) receive(event);',
      ],
    ],
  },
  {
    file: 'init.ts',
    what: 'no status is remapped',
    changes: [['settings.remapExit.get(status) ?? status', 'status']],
  },
  {
    file: 'init.ts',
    what: 'a status that is remapped to 0 is not',
    changes: [['settings.remapExit.get(status) ?? status', 'settings.remapExit.get(status) || status']],
  },
  {
    file: 'init.ts',
    what: 'the deadline of a stop is not slept for',
    changes: [['Math.max(0, deadline - kernel.now())', 'Infinity']],
  },
  {
    file: 'init.ts',
    what: 'what is due is done only if no signal came',
    changes: [['if (deadline !== Infinity) survive', 'if (deadline !== Infinity && !event) survive']],
  },
  {
    file: 'init.ts',
    what: 'a wait(2) that was refused is never tried again',
    changes: [['kernel.next(Math.min(patience, left))', 'kernel.next(patience === 0 ? 0 : left)']],
  },
  {
    file: 'init.ts',
    what: 'a pause ends at SIGTERM only',
    changes: [['event?.signal === SIGTERM || event?.signal === SIGINT', 'event?.signal === SIGTERM']],
  },
  {
    file: 'exit-status.ts',
    what: 'a core dump changes the status',
    changes: [['return waitStatus & 0x7f;', 'return waitStatus & 0xff;']],
  },
  {
    file: 'exit-status.ts',
    what: 'after a signal the status is that of the signal',
    changes: [['128 + signal', 'signal']],
  },
  {
    file: 'reaper.ts',
    what: 'one SIGCHLD is one child',
    changes: [
      [
        'if (pid === undefined) continue;',
        'if (pid === undefined) continue;\n        if (count === 1) return Infinity;',
      ],
    ],
  },
  {
    file: 'reaper.ts',
    what: 'one child too many in a row',
    changes: [['count < BURST', 'count <= BURST']],
  },
  {
    file: 'reaper.ts',
    what: 'after a burst nobody comes back',
    changes: [['      return 0;\n', '      return Infinity;\n']],
  },
  {
    file: 'reaper.ts',
    what: 'after a burst of orphans that nobody is told of nobody comes back',
    changes: [['else return 0; // As many as BURST.', 'else return Infinity;']],
  },
  {
    file: 'reaper.ts',
    what: 'orphans are not told of',
    changes: [["family.tells || peek !== 'never'", "peek !== 'never'"]],
  },
  {
    file: 'reaper.ts',
    what: 'the program is reaped like any orphan',
    changes: [['programAlive ? program : 0', '0']],
  },
  {
    file: 'reaper.ts',
    what: 'a later child with the pid of the program is the program',
    changes: [['programAlive = false;', '']],
  },
  {
    file: 'reaper.ts',
    what: 'a stop of any child is a stop of the program',
    changes: [['if (isProgram) family.programStopped', 'family.programStopped']],
  },
  {
    file: 'reaper.ts',
    what: 'the stop is taken with the end',
    changes: [['kernel.takeStop(pid)', 'kernel.reap(pid, true)']],
  },
  {
    file: 'reaper.ts',
    what: 'an orphan that another has reaped was the last child',
    changes: [['return reaped === -ECHILD ? undefined : reaped;', 'return reaped;']],
  },
  {
    file: 'reaper.ts',
    what: 'the group is told of the end at every look',
    changes: [['else if (!programIsDying) {', 'else {']],
  },
  {
    file: 'forwarding.ts',
    what: 'a dropped signal is sent as 0',
    changes: [['if (signal === 0) {', 'if (signal < 0) {']],
  },
  {
    file: 'forwarding.ts',
    what: 'the signal that came is sent, not what it becomes',
    changes: [['target.send(signal)', 'target.send(event.signal)']],
  },
  {
    file: 'forwarding.ts',
    what: 'the terminal is handed over after SIGCONT',
    changes: [
      [
        'if (signal === SIGCONT) course.continuing();\n    const target = course.receiver();\n    const result = target.send(signal);',
        'const target = course.receiver();\n    const result = target.send(signal);\n    if (signal === SIGCONT) course.continuing();',
      ],
    ],
  },
  {
    file: 'forwarding.ts',
    what: 'a signal that was refused is sent again',
    changes: [
      [
        'if (result < 0) voice.undelivered',
        'if (result < 0) target.send(signal);\n    if (result < 0) voice.undelivered',
      ],
    ],
  },
  {
    file: 'forwarding.ts',
    what: 'what the kernel passed on is passed on again',
    changes: [['course.receiver().id);\n        return;', 'course.receiver().id);']],
  },
  {
    file: 'forwarding.ts',
    what: 'a held stop signal is passed on as well',
    changes: [['if (course.holds(event)) return;', 'course.holds(event);']],
  },
  {
    file: 'stop.ts',
    what: 'any signal begins a stop',
    changes: [['event.signal !== settings.stopSignal || passedOn', 'passedOn']],
  },
  {
    file: 'stop.ts',
    what: 'a second stop signal does not cut the delay short',
    changes: [['if (held || settings.stopDelay === 0) {', 'if (settings.stopDelay === 0) {']],
  },
  {
    file: 'stop.ts',
    what: 'every stop signal is held back',
    changes: [['passedOn = true;', '']],
  },
  {
    file: 'stop.ts',
    what: 'SIGKILL comes a millisecond late',
    changes: [['if (now >= killAt) {', 'if (now > killAt) {']],
  },
  {
    file: 'stop.ts',
    what: 'SIGKILL comes again and again',
    changes: [['result === 0 || result === -ESRCH ? Infinity : now + KILL_AGAIN', 'now + KILL_AGAIN']],
  },
  {
    file: 'stop.ts',
    what: 'the time until SIGKILL begins when the signal comes',
    changes: [
      [
        'releaseAt = kernel.now() + settings.stopDelay;',
        'releaseAt = kernel.now() + settings.stopDelay; killAt = kernel.now() + settings.stopTimeout;',
      ],
    ],
  },
  {
    file: 'target.ts',
    what: '--single-child signals the group',
    changes: [["scope === 'child' ? program", "scope === 'child' ? -program"]],
  },
  {
    file: 'passing.ts',
    what: 'the kernel passes SIGCONT on too',
    changes: [['JOB_CONTROL.includes(sent) ? 0 : sent', 'sent']],
  },
  {
    file: 'passing.ts',
    what: 'the kernel passes on what is to be held back',
    changes: [['if (isStopLadder && signal === settings.stopSignal) return 0;', '']],
  },
  {
    file: 'job-control.ts',
    what: 'the terminal is taken whoever has it',
    changes: [['kernel.foregroundGroup() === kernel.ownGroup() &&', '']],
  },
  {
    file: 'job-control.ts',
    what: 'the terminal is not given back',
    changes: [['kernel.setForegroundGroup(kernel.ownGroup())', '0']],
  },
  {
    file: 'job-control.ts',
    what: 'we stop though nobody could continue us',
    changes: [['!kernel.isGroupOrphaned()', 'true']],
  },
  {
    file: 'remaining.ts',
    what: 'the rest is not told while the program is a zombie',
    changes: [['kernel.kill(-program, SIGTERM);\n      warned = true;', '']],
  },
  {
    file: 'remaining.ts',
    what: 'the rest is told twice',
    changes: [['if (!warned) send(SIGTERM);', 'send(SIGTERM);']],
  },
  {
    file: 'remaining.ts',
    what: 'whoever has the number of the group is one of it',
    changes: [['if (!isHeld && known && !members.some(member => known!.has(identity(member)))) return [];', '']],
  },
  {
    file: 'remaining.ts',
    what: 'a member is known by its pid alone',
    changes: [[' $' + '{process.startTime}`', '`']],
  },
  {
    file: 'remaining.ts',
    what: 'a subreaper takes everybody for its own',
    changes: [['!all || kernel.pid === 1', '!all || kernel.pid >= 1']],
  },
  {
    file: 'remaining.ts',
    what: 'zombies count as alive',
    changes: [['members()?.filter(isAlive)', 'members()']],
  },
  {
    file: 'remaining.ts',
    what: 'a process whose main thread has ended is dead',
    changes: [
      ['members()?.filter(isAlive)', "members()?.filter(process => isAlive(process) && process.state !== 'Z')"],
    ],
  },
  {
    file: 'remaining.ts',
    what: 'a wait looks around every second only',
    changes: [['LOOK_EVERY = 100', 'LOOK_EVERY = 1000']],
  },
  {
    file: 'remaining.ts',
    what: 'a refused held group is the end of it',
    changes: [['if (result === 0 || result === -ESRCH) return result;', 'return result;']],
  },
  {
    file: 'remaining.ts',
    what: 'a process that cannot be killed is waited for for ever',
    changes: [['if (now >= leaveAt) leave = true;', '']],
  },
  {
    file: 'steady-kernel.ts',
    what: 'wait(2) that throws has nothing to tell',
    changes: [
      [
        'return kernel.reap(pid, stops);\n      } catch (error) {\n        trouble(error);\n        return -EAGAIN;',
        'return kernel.reap(pid, stops);\n      } catch (error) {\n        trouble(error);\n        return 0;',
      ],
    ],
  },
  {
    file: 'steady-kernel.ts',
    what: 'an exception of kill(2) gets out',
    changes: [['kill: guarded(kernel.kill, -EAGAIN)', 'kill: kernel.kill.bind(kernel)']],
  },
];
