import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../../src/cli/command-line.ts';
import { longHelp, shortHelp } from '../../../src/cli/help.ts';
import type { Settings } from '../../../src/cli/settings.ts';

function read(words: readonly string[], environment: readonly string[] = []): Settings {
  const settings = readCommandLine(words, environment);
  if ('text' in settings) throw new Error(`an answer: ${settings.text}`);
  return settings;
}

function answer(words: readonly string[]): string | undefined {
  const settings = readCommandLine(words, []);
  return 'text' in settings ? settings.text : undefined;
}

describe('where options end', () => {
  it.each<[string, string]>([
    ['cmd', 'cmd'],
    ['-v cmd -v --help -- x', 'cmd -v --help -- x'],
    ['-- cmd', 'cmd'],
    ['-- --weird', '--weird'],
    ['-- -- x', '-- x'],
    ['-v -- -v', '-v'],
    ['-vvs cmd -e', 'cmd -e'],
    ['-se143 cmd', 'cmd'],
    ['-e 143 cmd', 'cmd'],
    ['--remap-exit=143 cmd --', 'cmd --'],
    ['-C -- cmd', 'cmd'],
    ['- x', '- x'],
    ['cmd --unknown', 'cmd --unknown'],
    ['cmd --version', 'cmd --version'],
    ['-- -h', '-h'],
    ['cmd -9', 'cmd -9'],
    ['-- -9', '-9'],
  ])('%s runs %s', (words, program) => {
    expect(read(words.split(' ')).program).toEqual(program.split(' '));
  });

  it.each([[], ['--']])('is before a program with more arguments than a call takes: %s', (...end) => {
    const program = ['cmd', ...Array.from({ length: 300_000 }, () => '-x')];
    const settings = read(['-v', '-e', '143', ...end].concat(program));
    expect([settings.program.length, settings.program[0], settings.verbosity]).toEqual([program.length, 'cmd', 2]);
  });

  it('is before a program without a name', () => {
    expect(read(['-v', '', '-v']).program).toEqual(['', '-v']);
  });

  it('is never before a value', () => {
    expect(read(['-C', '-v', 'cmd'])).toMatchObject({ directory: '-v', verbosity: 1 });
    expect(read(['--chdir', '--help', 'cmd'])).toMatchObject({ directory: '--help' });
  });

  it('leaves the words of the program byte for byte', () => {
    const program = ['cmd', '', ' ', 'a\nb', '\xff', '--', '-', '--opt=value'];
    expect(read(['-v', ...program]).program).toEqual(program);
    expect(read(program).program).toEqual(program);
  });
});

describe('clusters of short options', () => {
  it('count', () => {
    expect(read(['-vvs', 'cmd'])).toMatchObject({ verbosity: 3, subreaper: 'yes' });
    expect(read(['-v', '-vv', 'cmd'])).toMatchObject({ verbosity: 4 });
  });

  it('may end with a value', () => {
    const { subreaper, remapExit } = read(['-se143', 'cmd']);
    expect([subreaper, [...remapExit]]).toEqual(['yes', [[143, 0]]]);
    expect(read(['-wC/srv', 'cmd'])).toMatchObject({ warnOnReap: true, directory: '/srv' });
  });
});

describe('what is refused', () => {
  it.each<[string, string]>([
    ['--weird cmd', "unknown option '--weird'; see 'sexton --help'"],
    ['-x cmd', "unknown option '-x'; see 'sexton --help'"],
    ['-vx cmd', "unknown option '-x'; see 'sexton --help'"],
    ['-9 cmd', "unknown option '-9'; see 'sexton --help'"],
    ['-v -1.5', "unknown option '-1.5'; see 'sexton --help'"],
    ['--setsid=yes cmd', "unknown option '--setsid=yes'; see 'sexton --help'"],
    ['--no-setsid cmd', "unknown option '--no-setsid' (Did you mean --setsid?); see 'sexton --help'"],
    ['-e', "option '-e, --remap-exit <value>' argument missing; see 'sexton --help'"],
    ['-e 300 cmd', "--remap-exit: '300' is not CODE or CODE:TO, exit statuses from 0 to 255: 143 or 137:75"],
    ['--scope everyone cmd', "--scope: 'everyone' is not one of child, group, all"],
    ['--wait-timeout=soon cmd', "--wait-timeout: 'soon' is not a time: 500ms, 10s, 2m or plain seconds"],
    ['-r TERM:QUIT -r FOO:INT cmd', "--rewrite: 'FOO' is not a signal: TERM, SIGTERM, 15 or RTMIN+3"],
    ['--pause cmd', "--pause runs no program, but 'cmd' was given: leave one of them out"],
    ['-v', 'no program given; usage: sexton [options] [--] program [args...]'],
    ['--', 'no program given; usage: sexton [options] [--] program [args...]'],
  ])('%s', (words, message) => {
    expect(() => read(words.split(' '))).toThrow(new Error(message));
  });

  it('is no program at all', () => {
    expect(() => read([])).toThrow('no program given');
  });

  it('proposes what may have been meant, in one line', () => {
    expect(() => read(['--setsod', 'cmd'])).toThrow(
      "unknown option '--setsod' (Did you mean --setsid?); see 'sexton --help'",
    );
  });

  it('names the variable when the value stood there', () => {
    expect(() => read(['cmd'], ['SEXTON_STOP_DELAY=soon'])).toThrow(
      "SEXTON_STOP_DELAY: 'soon' is not a time: 500ms, 10s, 2m or plain seconds",
    );
    expect(() => read(['cmd'], ['SEXTON_SETSID=maybe'])).toThrow("SEXTON_SETSID: 'maybe' is not 1 or 0");
    expect(() => read(['cmd'], ['SEXTON_VERBOSE=true'])).toThrow("SEXTON_VERBOSE: 'true' is not a number from 0 to 9");
  });
});

describe('conflicts', () => {
  it.each<[string, Partial<Settings>]>([
    ['-c -g', { scope: 'group' }],
    ['-g -c', { scope: 'child' }],
    ['-cg', { scope: 'group' }],
    ['-c --scope all', { scope: 'all' }],
    ['--scope all -c', { scope: 'child' }],
    ['-c -g -c', { scope: 'child' }],
    ['-q -v', { verbosity: 2 }],
    ['-v -q', { verbosity: 0 }],
    ['-s --no-subreaper', { subreaper: 'no' }],
    ['--no-subreaper -s', { subreaper: 'yes' }],
    ['-C /a -C /b', { directory: '/b' }],
  ])('%s: the last one wins', (words, settings) => {
    expect(read([...words.split(' '), 'cmd'])).toMatchObject(settings);
  });
});

describe('repeatable options', () => {
  it('add up', () => {
    const { rewrite, remapExit, addedEnvironment } = read(
      '-r TERM:QUIT -e 1 -r HUP:0 -E A=1 -e 2:3 -E B=2 cmd'.split(' '),
    );
    expect([rewrite[15], rewrite[1], rewrite[2]]).toEqual([3, 0, 2]);
    expect([...remapExit]).toEqual([
      [1, 0],
      [2, 3],
    ]);
    expect(addedEnvironment).toEqual(['A=1', 'B=2']);
  });
});

describe('the environment', () => {
  it('is read', () => {
    expect(read(['cmd'], ['SEXTON_SCOPE=child', 'SEXTON_VERBOSE=2', 'SEXTON_SETSID=1'])).toMatchObject({
      scope: 'child',
      verbosity: 3,
      leads: 'session',
    });
  });

  it('holds lists that are separated by commas', () => {
    const { rewrite, remapExit } = read(['cmd'], ['SEXTON_REWRITE=TERM:QUIT,HUP:0', 'SEXTON_REMAP_EXIT=143,1:2']);
    expect([rewrite[15], rewrite[1]]).toEqual([3, 0]);
    expect([...remapExit]).toEqual([
      [143, 0],
      [1, 2],
    ]);
  });

  it.each<[string, string, Partial<Settings>]>([
    ['-g', 'SEXTON_SCOPE=child', { scope: 'group' }],
    ['--stop-delay 1s', 'SEXTON_STOP_DELAY=9s', { stopDelay: 1000 }],
    ['-v', 'SEXTON_QUIET=1', { verbosity: 2 }],
    ['-q', 'SEXTON_VERBOSE=3', { verbosity: 0 }],
    ['-v', 'SEXTON_VERBOSE=3', { verbosity: 2 }],
    ['--no-subreaper', 'SEXTON_SUBREAPER=1', { subreaper: 'no' }],
  ])('loses against %s: %s', (words, variable, settings) => {
    expect(read([...words.split(' '), 'cmd'], [variable])).toMatchObject(settings);
  });

  it('switches off', () => {
    const names = ['SETSID', 'PAUSE', 'SINGLE_CHILD', 'GROUP', 'QUIET', 'WARN_ON_REAP', 'VERBOSE'];
    const environment = names.map(name => `SEXTON_${name}=0`);
    expect(read(['cmd'], environment)).toEqual(read(['cmd']));
    expect(read(['cmd'], ['SEXTON_SUBREAPER=0']).subreaper).toBe('no');
  });

  it('adds to the lists of the command line, which wins for the same signal', () => {
    const { rewrite } = read(['-r', 'TERM:INT', 'cmd'], ['SEXTON_REWRITE=TERM:QUIT,HUP:0']);
    expect([rewrite[15], rewrite[1]]).toEqual([2, 0]);
  });

  it('may hold odd entries and variables that are not ours', () => {
    const environment = ['=weird', 'NOEQ', '', 'my.dotted=1', 'SEXTON_PORT=tcp://10.0.0.1:80', 'SEXTON_HELP=1'];
    expect(read(['-v', 'cmd'], environment)).toEqual(read(['-v', 'cmd']));
  });

  it('can stand for a whole command line', () => {
    expect(read([], ['SEXTON_PAUSE=1'])).toMatchObject({ pause: true, program: [] });
  });
});

describe('answers', () => {
  it.each<[string, string]>([
    ['-h', shortHelp()],
    ['-vh', shortHelp()],
    ['--help', longHelp()],
    ['-h --help', longHelp()],
    ['-h cmd --help', shortHelp()],
    ['--help cmd', longHelp()],
    ['-V', 'sexton 0.0.0-test\n'],
    ['--version', 'sexton 0.0.0-test\n'],
    ['-l', 'license text'],
    ['-V -h', shortHelp()],
    ['--help --scope nonsense', longHelp()],
  ])('%s', (words, text) => {
    expect(answer(words.split(' '))).toBe(text);
  });

  it.each(['cmd --help', '-v cmd -h', '-- --version', '-v -- -h'])('%s asks the program, not us', words => {
    expect(answer(words.split(' '))).toBeUndefined();
  });
});
