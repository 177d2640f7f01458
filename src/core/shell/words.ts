/**
 * The simple commands of a shell script as lists of words: just enough of the POSIX shell's grammar
 * (2.3 Token Recognition) to tell where a command starts and ends and what its words are once
 * quotes are removed.
 */

/** A word of a script, or a redirection with its operator. */
export interface Word {
  /** Without quotes; of a redirection, its target. */
  readonly text: string;
  /** Where it stands in the script: from `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
  /** Holds something that the shell would expand. */
  readonly isOpaque: boolean;
  readonly isRedirection: boolean;
}

export interface Commands {
  readonly commands: readonly (readonly Word[])[];
  /** Some of the commands may be lines of a here-document. */
  readonly hereDocument: boolean;
}

/** Words behind which a command starts. */
const reserved = new Set(['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', 'time']);

/** Whether a word behind a program's name is a file rather than an option. */
export function isOperand(word: string): boolean {
  return word !== '' && !word.startsWith('-');
}

/**
 * Whether a redirection goes to nowhere or to another descriptor: it matters to its own command
 * only.
 */
export function isRedirectionAway({ text }: Word): boolean {
  return text === '/dev/null' || /^[\d-]?$/.test(text);
}

/** One pass over the text. */
export function simpleCommands(script: string): Commands {
  const commands: Word[][] = [];
  let words: Word[] = [];
  let hereDocument = false;
  let position = 0;
  const finish = (): void => {
    if (words.length > 0) commands.push(words);
    words = [];
  };
  while (position < script.length) {
    const character = script[position] ?? '';
    const operator = redirectionAt(script, position);
    if (isBlank(script, position)) position += character === '\\' ? 2 : 1;
    else if (character === '#') position = lineEnd(script, position);
    else if (operator !== undefined) {
      hereDocument ||= /<<(?!<)/.test(operator);
      const word = readRedirection(script, position, operator);
      position = word.end;
      words.push(word);
    } else if (';\n()|&'.includes(character)) {
      finish();
      position++;
    } else {
      const word = readWord(script, position);
      position = word.end;
      if (words.length > 0 || !reserved.has(word.text)) words.push(word);
    }
  }
  finish();
  return { commands, hereDocument };
}

function isBlank(script: string, position: number): boolean {
  const character = script[position];
  return (
    character === ' ' || character === '\t' || (character === '\\' && script[position + 1] === '\n')
  );
}

function lineEnd(script: string, from: number): number {
  const end = script.indexOf('\n', from);
  return end < 0 ? script.length : end;
}

/**
 * `>`, `2>>`, `<<-`, `&>`, `2>&`… at the position, or nothing. A descriptor has at most a few
 * digits.
 */
function redirectionAt(script: string, position: number): string | undefined {
  if (!'<>&0123456789'.includes(script[position] ?? '')) return undefined;
  return /^(?:&>>?|\d{0,4}(?:<<<|<<-?|<>|<&|<|>>|>&|>\||>))/.exec(
    script.slice(position, position + 8),
  )?.[0];
}

function readRedirection(script: string, start: number, operator: string): Word {
  let position = start + operator.length;
  while (isBlank(script, position)) position += script[position] === '\\' ? 2 : 1;
  return { ...readWord(script, position), start, isRedirection: true };
}

function readWord(script: string, start: number): Word {
  let text = '';
  let isOpaque = false;
  let quote = '';
  let position = start;
  for (; position < script.length; position++) {
    const character = script[position] ?? '';
    if (quote !== '' && character === quote) quote = '';
    else if (quote === "'") text += character;
    else if (character === '\\') {
      const next = script[++position] ?? '';
      const literal = quote === '"' && !'$`"\\\n'.includes(next);
      text += (literal ? '\\' : '') + (next === '\n' ? '' : next);
    } else if (quote === '' && (character === "'" || character === '"')) quote = character;
    else if (quote === '' && ' \t\n;|()&<>'.includes(character)) break;
    else {
      isOpaque ||= '$`'.includes(character) || (quote === '' && '*?[~{'.includes(character));
      text += character;
    }
  }
  return { text, start, end: Math.min(position, script.length), isOpaque, isRedirection: false };
}
