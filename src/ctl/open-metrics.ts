export interface Family {
  name: string;
  type: string;
  help?: string;
  unit?: string;
  samples: Sample[];
}

export interface Sample {
  name: string;
  labels: Record<string, string>;
  /** A number; '+Inf', '-Inf' or 'NaN', since JSON has none of them. */
  value: number | string;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = `(${NAME})="((?:[^"\\\\]|\\\\.)*)"`;
const SAMPLE = new RegExp(`^(${NAME})(?:\\{((?:${LABEL},?)*)\\})? ([^ ]+)(?: [^ ]+)?$`);
const DESCRIPTION = new RegExp(`^# (TYPE|HELP|UNIT) (${NAME}) (.*)$`);

/** Reads OpenMetrics text, as far as counters, gauges and infos go. Returns undefined if it is none, or not whole. */
export function parseOpenMetrics(text: string): Family[] | undefined {
  const families = new Map<string, Family>();
  const lines = text.trimEnd().split('\n');
  // What else would a control character do in it than harm a terminal?
  if (lines.pop() !== '# EOF' || /[^\P{C}\n]/u.test(text)) return undefined;
  for (const line of lines) {
    const description = DESCRIPTION.exec(line);
    if (description) describe(familyOf(description[2]!), description[1]!, description[3]!);
    else if (!readSample(line)) return undefined;
  }
  return [...families.values()];

  function familyOf(name: string): Family {
    const family = families.get(name) ?? { name, type: 'unknown', samples: [] };
    families.set(name, family);
    return family;
  }

  function readSample(line: string): boolean {
    const [, name, labels = '', , , value] = SAMPLE.exec(line) ?? [];
    const number = value === undefined ? undefined : numberOf(value);
    if (name === undefined || number === undefined) return false;
    const stem = name.replace(/_(total|created|info)$/, '');
    familyOf(families.has(stem) ? stem : name).samples.push({ name, labels: labelsOf(labels), value: number });
    return true;
  }
}

function describe(family: Family, what: string, text: string): void {
  if (what === 'TYPE') family.type = text;
  else if (what === 'HELP') family.help = unescaped(text);
  else family.unit = text;
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(new RegExp(LABEL, 'g'))].map(([, name, value]) => [name!, unescaped(value!)]),
  );
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
}

function numberOf(text: string): Sample['value'] | undefined {
  if (/^([+-]Inf|NaN)$/.test(text)) return text;
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? undefined : number;
}
