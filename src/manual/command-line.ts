/** What manual pages and completions are made from: the command line of one of the two programs, or of a subcommand. */
export interface CommandLine {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** Sentences; empty where the summary says it all. */
  readonly description: string;
  /** By the title of their group; a single group may have none. */
  readonly groups: readonly (readonly [title: string, readonly Flag[]])[];
  readonly operands: readonly Operand[];
  readonly commands: readonly CommandLine[];
}

export interface Flag {
  readonly long: string;
  readonly short?: string | undefined;
  /** What stands for the value; none: a switch. */
  readonly argument?: string | undefined;
  /** The value may be left out; it is only taken with `=`. */
  readonly optional: boolean;
  readonly repeatable: boolean;
  /** One line, without a full stop. */
  readonly summary: string;
  /** Further sentences. */
  readonly details?: string | undefined;
  readonly variable?: string | undefined;
}

export interface Operand {
  /** As completions know it: values.ts. */
  readonly name: string;
  /** As the usage shows it: `<code>`, `[name...]`. */
  readonly usage: string;
  readonly summary: string;
  readonly variadic: boolean;
}

export function flagsOf({ groups }: CommandLine): readonly Flag[] {
  return groups.flatMap(([, flags]) => flags);
}

/** A sentence from a summary. */
export function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
