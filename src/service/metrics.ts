import type { Status } from '../report/status.ts';
import type { Reply } from './http.ts';
import type { PidUsage } from './pids.ts';

/** What is measured; undefined where it cannot be seen. */
export interface Measured {
  readonly status: Status;
  readonly zombies: number | undefined;
  readonly pids: PidUsage | undefined;
}

interface Metric {
  /** Without the suffix that its type asks for. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'info';
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** OpenMetrics 1.0, or the text format that Prometheus had before: whichever is asked for. */
type Format = 'openmetrics' | 'text';

const TYPES: Readonly<Record<Format, string>> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
};

export function metricsReply(measured: Measured, accept: string): Reply {
  const format = /\bapplication\/openmetrics-text\b/i.test(accept) ? 'openmetrics' : 'text';
  return { status: 200, type: TYPES[format], body: metricsText(measured, format) };
}

export function metricsText(measured: Measured, format: Format): string {
  const metrics = collect(measured).filter(({ samples }) => samples.length > 0);
  return metrics.map(metric => family(metric, format)).join('') + (format === 'openmetrics' ? '# EOF\n' : '');
}

function collect({ status, zombies, pids }: Measured): Metric[] {
  const { program, orphans, signals } = status;
  return [
    info('sexton_build', 'The version of sexton.', { version: status.version }),
    gauge('sexton_start_time_seconds', 'When sexton was started, in seconds since 1970.', status.started / 1000),
    gauge('sexton_program_up', 'Whether the program runs.', program.pid > 0 && program.state !== 'ended' ? 1 : 0),
    counter('sexton_signals_received', 'Signals that came, by name and by where they came from.', [
      ...sums(signals, ({ signal, sender, received }) => ({
        labels: { signal, sender: origin(sender) },
        value: received,
      })),
    ]),
    counter('sexton_signals_forwarded', 'Signals that were passed on, by the name that they came with.', [
      ...sums(signals, ({ signal, forwarded }) => ({ labels: { signal }, value: forwarded })),
    ]),
    counter('sexton_orphans_reaped', 'Orphans that sexton has reaped.', one(orphans.reaped)),
    counter('sexton_orphans_failed', 'Orphans that ended with another status than 0.', one(orphans.failed)),
    counter('sexton_orphans_killed', 'Orphans that were killed by a signal.', one(orphans.killed)),
    gauge('sexton_zombies', 'Zombies whose parent lives and has not waited for them.', zombies),
    gauge('sexton_pids_current', 'Processes and threads in the cgroup.', pids?.current),
    gauge('sexton_pids_limit', 'How many there may be.', pids && Number.isFinite(pids.limit) ? pids.limit : undefined),
    counter('sexton_oom_kills', 'Processes that the OOM killer took.', one(status.oom_kills)),
    counter('sexton_log_lines_lost', 'Lines on stderr that nobody took.', one(status.lost_lines)),
    counter('sexton_errors', 'Errors of its own that sexton went on after.', one(status.errors)),
  ];
}

/** Few, whoever sends: a label for each pid would be one more series for each. */
function origin(sender: Status['signals'][number]['sender']): string {
  if (sender === 0) return 'outside';
  return typeof sender === 'number' ? 'inside' : sender;
}

/** One sample for each set of labels. */
function sums<T>(items: readonly T[], sample: (item: T) => Required<Sample>): Sample[] {
  const samples = new Map<string, Required<Sample>>();
  for (const { labels, value } of items.map(sample)) {
    const key = JSON.stringify(labels);
    samples.set(key, { labels, value: value + (samples.get(key)?.value ?? 0) });
  }
  return [...samples.values()];
}

function info(name: string, help: string, labels: Record<string, string>): Metric {
  return { name, type: 'info', help, samples: [{ labels, value: 1 }] };
}

function gauge(name: string, help: string, value: number | undefined): Metric {
  return { name, type: 'gauge', help, samples: one(value) };
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: 'counter', help, samples };
}

function one(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ value }];
}

/** OpenMetrics names the family, and a sample has its type's suffix; before it, both had one name, and info was a gauge. */
function family({ name, type, help, samples }: Metric, format: Format): string {
  const full = name + { counter: '_total', info: '_info', gauge: '' }[type];
  const known = format === 'openmetrics' ? { name, type } : { name: full, type: type === 'info' ? 'gauge' : type };
  const lines = samples.map(({ labels, value }) => `${full}${labelsText(labels)} ${value}\n`);
  return `# HELP ${known.name} ${help}\n# TYPE ${known.name} ${known.type}\n${lines.join('')}`;
}

function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  if (!labels) return '';
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
