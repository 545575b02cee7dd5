/** glibc's getopt(3) and getopt_long(3), to the letter, and musl's but for its messages: the peers are built on it. Texts are byte strings. */
export interface Grammar {
  /** As getopt takes it: letters, each with a colon behind it if it wants a value. */
  readonly short: string;
  /** Undefined: the plain getopt, to which `--word` is a cluster of letters that begins with a dash. */
  readonly long?: readonly { readonly name: string; readonly letter: string; readonly value?: true }[];
  /** Whether options may come behind operands; without, the first operand ends them. Asked when there is one. */
  permutes(): boolean;
}

/** An option, by its letter; or what is wrong: a message without the name of the program. */
export type Found = { readonly letter: string; readonly value: string } | { readonly error: string };

/** Gives option by option, so that a caller can stop at any; `operands` gets the words that are none. */
export function* getopt(words: readonly string[], grammar: Grammar, operands: string[]): Generator<Found, void> {
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === '--') {
      addRest(operands, words, at + 1);
      return;
    }
    if (!word.startsWith('-') || word === '-') {
      if (grammar.permutes()) operands.push(word);
      else {
        addRest(operands, words, at);
        return;
      }
    } else if (grammar.long && word.startsWith('--')) {
      const found = longOption(word.slice(2), grammar.long);
      if ('error' in found || !found.wanting) yield found;
      else if (at + 1 < words.length) yield { letter: found.letter, value: words[++at]! };
      else yield { error: `option '--${found.name}' requires an argument` };
    } else {
      for (let index = 1; index < word.length; index++) {
        const letter = word[index]!;
        const place = letter === ':' || letter === ';' ? -1 : grammar.short.indexOf(letter);
        if (place < 0) yield { error: `invalid option -- '${letter}'` };
        else if (grammar.short[place + 1] !== ':') yield { letter, value: '' };
        else {
          const attached = word.slice(index + 1);
          if (attached !== '') yield { letter, value: attached };
          else if (at + 1 < words.length) yield { letter, value: words[++at]! };
          else yield { error: `option requires an argument -- '${letter}'` };
          break;
        }
      }
    }
  }
}

/** One by one: there may be more than a call takes arguments. */
function addRest(operands: string[], words: readonly string[], from: number): void {
  for (let at = from; at < words.length; at++) operands.push(words[at]!);
}

type Long = NonNullable<Grammar['long']>[number];
type LongFound = { letter: string; value: string; name: string; wanting: boolean } | { error: string };

/** `name` or `name=value`, where any prefix does that only one option has. */
function longOption(text: string, options: readonly Long[]): LongFound {
  const end = text.indexOf('=');
  const given = end < 0 ? text : text.slice(0, end);
  const value = end < 0 ? undefined : text.slice(end + 1);
  const exact = options.find(({ name }) => name === given);
  const matches = exact ? [exact] : options.filter(({ name }) => name.startsWith(given));
  const [option] = matches;
  if (!option) return { error: `unrecognized option '--${text}'` };
  if (matches.length > 1) {
    const possibilities = matches.map(({ name }) => ` '--${name}'`).join('');
    return { error: `option '--${text}' is ambiguous; possibilities:${possibilities}` };
  }
  const { letter, name } = option;
  if (value !== undefined && !option.value) return { error: `option '--${name}' doesn't allow an argument` };
  return { letter, value: value ?? '', name, wanting: option.value === true && value === undefined };
}
