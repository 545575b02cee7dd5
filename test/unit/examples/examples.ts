/** The files in examples/kubernetes and examples/compose, and who is started in them by sexton. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { readCommandLine } from '../../../src/cli/command-line.ts';
import type { Settings } from '../../../src/cli/settings.ts';
import { parseTime } from '../../../src/cli/values.ts';

export const root: string = join(import.meta.dirname, '..', '..', '..');

/** What YAML gives: the schemas say what it is. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Data = any;

export interface File {
  /** Below examples/. */
  readonly path: string;
  readonly text: string;
  readonly documents: readonly Data[];
}

/** A container that sexton is the entrypoint of. */
export interface Started {
  /** The file and the container's name. */
  readonly title: string;
  /** sexton, its options, the program. */
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** How its words and variables are read. */
  readonly settings: Settings;
  /** What it takes by itself from the stop signal to SIGKILL, at most where it says so; milliseconds. */
  readonly stop: number;
  /** From the stop signal to the end of the platform's patience; milliseconds. */
  readonly grace: number;
  /** Where the kubelet looks for a message; undefined with Compose. */
  readonly messagePath: string | undefined;
  /** The container as the file has it, and the Pod or the project around it. */
  readonly container: Data;
  readonly around: Data;
}

export function files(folder: 'kubernetes' | 'compose'): File[] {
  return readdirSync(join(root, 'examples', folder)).map(name => {
    const text = readFileSync(join(root, 'examples', folder, name), 'utf8');
    const documents = parseAllDocuments(text).map(document => {
      if (document.errors.length > 0) throw document.errors[0];
      return document.toJS() as Data;
    });
    return { path: `${folder}/${name}`, text, documents };
  });
}

/** What holds containers: a Pod itself, or the template of one. */
export function pods(documents: readonly Data[]): Data[] {
  return documents
    .map(document => (document.kind === 'Pod' ? document : document.spec?.template))
    .filter(pod => pod?.spec?.containers !== undefined);
}

export function startedInKubernetes(): Started[] {
  return files('kubernetes').flatMap(({ path, documents }) =>
    pods(documents).flatMap(pod =>
      pod.spec.containers.map((container: Data) =>
        started(`${path}: ${container.name}`, [...container.command, ...(container.args ?? [])], {
          environment: plainVariables(container.env ?? []),
          grace: 1000 * (pod.spec.terminationGracePeriodSeconds ?? 30),
          messagePath: container.terminationMessagePath ?? '/dev/termination-log',
          container,
          around: pod,
        }),
      ),
    ),
  );
}

export function startedInCompose(): Started[] {
  return files('compose').flatMap(({ path, documents: [project] }) =>
    Object.entries<Data>(project.services)
      .filter(([, service]) => service.entrypoint !== undefined)
      .map(([name, service]) =>
        started(`${path}: ${name}`, [...service.entrypoint, ...(service.command ?? [])], {
          environment: service.environment ?? {},
          grace: parseTime(service.stop_grace_period ?? '10s'),
          messagePath: undefined,
          container: service,
          around: project,
        }),
      ),
  );
}

function started(
  title: string,
  words: string[],
  rest: Omit<Started, 'title' | 'words' | 'settings' | 'stop'>,
): Started {
  if (basename(words[0]!) !== 'sexton') throw new Error(`${title} does not start sexton: ${words}`);
  const variables = Object.entries(rest.environment).map(([name, value]) => `${name}=${value}`);
  const settings = readCommandLine(words.slice(1), variables);
  if ('text' in settings) throw new Error(`${title} only prints something`);
  const { stopDelay, stopTimeout } = settings;
  const stop = stopDelay + (stopTimeout === Infinity ? 0 : stopTimeout);
  return { title, words, settings, stop, ...rest };
}

/** Without those whose value is elsewhere. */
function plainVariables(list: readonly Data[]): Record<string, string> {
  return Object.fromEntries(list.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, value]));
}
