import type { Peer } from '../namespace/peer.ts';

/** One use of a peer. */
export interface Use {
  readonly peer: Peer;
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Not PID 1. */
  readonly nested?: true;
  /** We do something else on purpose: why, and what. */
  readonly differs?: { readonly reason: string; readonly ours: RegExp; readonly peers: RegExp };
}

type More = Omit<Use, 'peer' | 'words'>;

/** Words without blanks as one text; a list otherwise. */
const of =
  (peer: Peer) =>
  (words: string | readonly string[], more: More = {}): Use => ({
    peer,
    words: typeof words === 'string' ? words.split(' ').filter(Boolean) : words,
    ...more,
  });
const tini = of('tini');
const dumbInit = of('dumb-init');
const catatonit = of('catatonit');

/** Programs that end in each way; FOLDER has files that cannot be executed. */
const PROGRAMS: readonly (readonly string[])[] = [
  ['true'],
  ['false'],
  ['sh', '-c', 'exit 127'],
  ['sh', '-c', 'exit 255'],
  ['sh', '-c', 'kill -TERM $$'],
  ['sh', '-c', 'kill -KILL $$'],
  ['sh', '-c', 'kill -SEGV $$'],
  ['sh', '-c', 'echo out; echo err >&2; exit 3'],
  ['echo', '--', '-x', '', 'a b'],
  ['nosuch'],
  [''],
  ['/'],
  ['/nosuch/program'],
  ['/etc/passwd/program'],
  ['FOLDER/plain'],
  ['FOLDER/forbidden'],
  ['FOLDER/interpreterless'],
  ['FOLDER/loop'],
  [`/${'x'.repeat(300)}`],
  ['--', 'true'],
];

const EXEC_TALK = {
  reason: 'a program that was not executed was never our child: no lines about its birth and end, and none twice',
};

const EVERY_PEER: readonly Use[] = [
  ...PROGRAMS.map(program => tini(['--', ...program])),
  ...PROGRAMS.map(program => dumbInit(['--', ...program])),
  ...PROGRAMS.map(program => catatonit(['--', ...program])),
];

const TINI: readonly Use[] = [
  ...['', '--', '-s', '-v', '-s --', '-vvv -g', '-', '-h', '-l', '--version', '-x', '-V', '-c', '-P'].map(w => tini(w)),
  ...['--help', '--version true', '-s --version', '--foo', '-sx', '-:', '-hx', '-xh', '-h -x', '-x -h'].map(w =>
    tini(w),
  ),
  ...['-p', '-e', '-e --', '-p TERM true', '-p 15 true', '-p SIGRTMIN true', '-p SIGPWR true'].map(w => tini(w)),
  ...['-p sigterm true', '-p SIGTERM true', '-pSIGKILL true', '-p SIGIO true', '-p SIGSTKFLT true'].map(w => tini(w)),
  ...['-e x true', '-e 256 true', '-e -1 true', '-e 1x true', '-e 0x1 true', '-e 99999999999999999999 true'].map(w =>
    tini(w),
  ),
  ...['-e 1 false', '-e1 false', '-se1 false', '-e 2 -e 1 -- false', '-e +1 false', '-e 001 false'].map(w => tini(w)),
  tini(['-e', '', '--', 'false']),
  tini(['-e', ' 1', '--', 'false']),
  tini(['-e', '1 ', '--', 'false']),
  ...['-e 127 -- nosuch', '-e 126 -- /', '-e 1 -- /etc/passwd/x', '-e 1 -- nosuch'].map(w => tini(w)),
  tini(['-e', '143', '--', 'sh', '-c', 'kill -TERM $$']),
  // getopt permutes: options of the program become the init's.
  ...['sh -c true', 'true -v -v', 'true -s -x', 'echo a -s b', 'echo a -- -s b', '-s echo - -', '-g -- echo -g'].map(
    w => tini(w),
  ),
  ...['sh -c true', 'echo -s a', '-s echo -s a'].map(w => tini(w, { environment: { POSIXLY_CORRECT: '' } })),
  ...['-v true', '-vv true', '-vvv true', '-vvvv true', '-v false', '-vvs true', '-wvvv true'].map(w => tini(w)),
  ...[
    '0',
    '1',
    '2',
    '3',
    '4',
    '-1',
    '',
    'x',
    ' 3',
    '3x',
    '+4',
    '9223372036854775807',
    '99999999999999999999',
    '-99999999999999999999',
    '4294967295',
    '4294967296',
  ].map(text => tini('-v true', { environment: { TINI_VERBOSITY: text } })),
  tini(['-vvv', '--', 'sh', '-c', 'kill -KILL $$']),
  tini(['-vv', '--', 'sh', '-c', 'kill -34 $$']),
  tini(['-vvvw', '--', 'sh', '-c', '(sleep 0.1 &) ; sleep 0.3; exit 4']),
  tini(['-w', '--', 'sh', '-c', '(sleep 0.1 &) ; sleep 0.3']),
  tini(['-vv', '--', 'sh', '-c', 'trap "" USR1; kill -USR1 1; sleep 0.1; exit 4']),
  tini(['-vv', '-s', '--', 'sh', '-c', 'trap "" 35; kill -35 1; sleep 0.1']),
  ...['true', '-s true', '-g true', '-vvv true', '-svvv true', '-w true'].map(w => tini(w, { nested: true })),
  tini('true', { nested: true, environment: { TINI_SUBREAPER: '' } }),
  tini('-vvv true', { nested: true, environment: { TINI_SUBREAPER: '0' } }),
  tini('true', { nested: true, environment: { TINI_VERBOSITY: '0' } }),
  tini(['sh', '--', '-c', 'echo $TINI_SUBREAPER $TINI_VERBOSITY $TINI_KILL_PROCESS_GROUP'], {
    environment: { TINI_SUBREAPER: 'a', TINI_VERBOSITY: '1', TINI_KILL_PROCESS_GROUP: 'c' },
  }),
  tini('-vv nosuch', {
    differs: {
      ...EXEC_TALK,
      ours: /^\[FATAL tini \(N\)\] exec nosuch failed: .*\n$/,
      peers: /Spawned child process 'nosuch'/,
    },
  }),
  tini('-vvv -s nosuch', {
    differs: { ...EXEC_TALK, ours: /^.*Registered as child subreaper\n.*FATAL.*\n$/, peers: /(Registered[\s\S]*){2}/ },
  }),
];

const DUMB_INIT: readonly Use[] = [
  ...['', '--', '-c', '-v', '-h', '--help', '-V', '--version', '-x', '--foo', '--foo=1', '-cx'].map(w => dumbInit(w)),
  ...['--ver', '--v', '--vers', '--verb', '--h', '--s true', '--single true', '--verbose=1'].map(w => dumbInit(w)),
  ...['--help=x', '--r', '--rewrite', '-r', '-r x true', '-r 15 true', '-r 15: true', '-r :3 true'].map(w =>
    dumbInit(w),
  ),
  ...['-r 0:1 true', '-r 32:1 true', '-r 1:32 true', '-r 1:-1 true', '-r TERM:QUIT true'].map(w => dumbInit(w)),
  ...['-r 15:3 true', '-r15:3 true', '--rewrite=15:3 true', '--rewrite 15:3 true', '--rew 15:3junk true'].map(w =>
    dumbInit(w),
  ),
  ...['-V -x', '-x -V', '-vV', '-hV', '-c -r 15:0 -- true', '-vr 1:2 true', '-', '--= true'].map(w => dumbInit(w)),
  // Numbers are cut to 32 bits.
  ...['4294967311:3', '15:4294967299', '-4294967281:3', '99999999999999999999:3', '15:-99999999999999999999'].map(
    pair => dumbInit(['-v', '-r', pair, 'true']),
  ),
  dumbInit(['-r', ' 15: 3', 'true']),
  dumbInit(['-r', '15 :3', 'true']),
  // The first word that is no option ends them.
  ...['echo -v', 'echo --help', '-c echo -c -- -v', '-- echo -- -x'].map(w => dumbInit(w)),
  ...['-v true', '-v false', '--verbose -- sh', '-v -r 15:3 true', '-v -r 15:15 true', '-v -r 15:0 true'].map(w =>
    dumbInit(w),
  ),
  ...['1', '0', '', 'true', '11'].map(text => dumbInit('true', { environment: { DUMB_INIT_DEBUG: text } })),
  ...['1', '', 'false'].map(text => dumbInit('-v true', { environment: { DUMB_INIT_SETSID: text } })),
  dumbInit(['-v', 'sh', '-c', 'kill -KILL $$']),
  dumbInit(['-v', 'sh', '-c', 'trap "" USR1; kill -USR1 1; sleep 0.1; exit 4']),
  dumbInit(['-v', '-r', '10:12', 'sh', '-c', 'trap "" USR2; kill -USR1 1; sleep 0.1; exit 4']),
  dumbInit(['-v', '-r', '10:0', 'sh', '-c', 'kill -USR1 1; sleep 0.1; exit 4']),
  dumbInit(['-v', 'sh', '-c', 'trap "" 35; kill -35 1; sleep 0.1']),
  dumbInit(['-v', '-r', '20:10', 'sh', '-c', 'trap "" USR1; kill -TSTP 1; sleep 0.1']),
  dumbInit([
    '-v',
    '-r',
    '21:10',
    '-r',
    '22:0',
    'sh',
    '-c',
    'trap "" USR1; kill -TTIN 1; sleep 0.1; kill -TTOU 1; sleep 0.1',
  ]),
  dumbInit(['-v', 'sh', '-c', '(sleep 0.1 &) ; sleep 0.3; exit 4']),
  dumbInit(['-v', 'sh', '-c', 'trap "echo term; exit 5" TERM; kill -TERM 1; while :; do :; done']),
  ...['true', '-v true', '-c true'].map(w => dumbInit(w, { nested: true })),
  dumbInit(['sh', '-c', 'echo $DUMB_INIT_DEBUG $DUMB_INIT_SETSID'], {
    environment: { DUMB_INIT_DEBUG: '0', DUMB_INIT_SETSID: '0' },
  }),
  dumbInit('-v nosuch', { differs: { ...EXEC_TALK, ours: /^\[dumb-init\] nosuch: .*\n$/, peers: /Goodbye/ } }),
  dumbInit('-c -v true', {
    differs: {
      reason: 'the pid of a program that was reaped may be somebody else by now: nothing is sent to it',
      ours: /exit status 0\.\n\[dumb-init\] Child exited/,
      peers: /exit status 0\.\n\[dumb-init\] Forwarded signal 15/,
    },
  }),
];

const CATATONIT: readonly Use[] = [
  ...['', '--', '-g', '-V', '--version', '--vers', '--v', '-L', '-x', '-s', '-v', '-p', '--help'].map(w =>
    catatonit(w),
  ),
  ...['--version=1', '--foo', '-gx', '-xV', '-Vx', '-V -x', '-x -V', '-gV', '-g -V', '-'].map(w => catatonit(w)),
  ...['sh -c true', 'true -V', 'true -x', 'echo a -g b', 'echo a -- -g b', '-g -- echo -g', 'echo - -'].map(w =>
    catatonit(w),
  ),
  ...['sh -c true', 'echo -V a', '-g echo -V a'].map(w => catatonit(w, { environment: { POSIXLY_CORRECT: '' } })),
  ...['true', 'false', '-g true', '-V', '-x', '-- sh'].map(w => catatonit(w, { environment: { CATATONIT_DEBUG: '' } })),
  ...['true', '-V', '-x'].map(w => catatonit(w, { environment: { CATATONIT_LOG: '' } })),
  ...[
    'kill -KILL $$',
    'trap "" USR1; kill -USR1 1; sleep 0.1; exit 4',
    'kill -TSTP 1; sleep 0.1',
    '(sleep 0.1 &) ; sleep 0.3; exit 4',
    "(sh -c 'sleep 0.1; kill -9 $$' &) ; sleep 0.3",
  ].map(script => catatonit(['--', 'sh', '-c', script], { environment: { CATATONIT_DEBUG: '1' } })),
  ...['true', '-g true', 'nosuch'].map(w => catatonit(w, { nested: true })),
  catatonit('true', { nested: true, environment: { CATATONIT_DEBUG: '1' } }),
  catatonit(['sh', '--', '-c', 'echo $CATATONIT_DEBUG'], { environment: { CATATONIT_DEBUG: 'x' } }),
  catatonit('-- nosuch', {
    environment: { CATATONIT_DEBUG: '1' },
    differs: { ...EXEC_TALK, ours: /^ERROR \(catatonit:N\): failed to exec pid1: .*\n$/, peers: /pid1 \(N\) spawned/ },
  }),
  ...['TTIN', 'TTOU'].map(signal =>
    catatonit(['--', 'sh', '-c', `kill -${signal} 1; sleep 0.1; echo end`], {
      environment: { CATATONIT_DEBUG: '1' },
      differs: {
        reason: 'SIGTTIN and SIGTTOU are ignored, so that the init may use its terminal: no line about them',
        ours: /^end\n.* spawned: sh\n.*ECHILD.*\n$/,
        peers: /ignoring kernel attempting to stop us/,
      },
    }),
  ),
  catatonit('-h', {
    differs: { reason: 'the words of the help are ours', ours: /^usage: catatonit \[-ghLPV\][\s\S]*-P /, peers: /-P / },
  }),
];

/** -l and -L print a licence: ours. */
function withLicence(use: Use): Use {
  if (!['-l', '-L'].includes(use.words.join(' '))) return use;
  const reason = 'the licence is that of what runs here';
  return { ...use, differs: { reason, ours: /^MIT License[\s\S]*sexton/, peers: /Thomas Orozco|SUSE LLC/ } };
}

export const TABLE: readonly Use[] = [...EVERY_PEER, ...TINI, ...DUMB_INIT, ...CATATONIT].map(withLicence);
