/** The comments of a YAML text. */
import { Lexer } from 'yaml';

export interface Comment {
  /** Offset of its `#` in the text. */
  readonly offset: number;
  /** From the `#` to the end of the line, without the line end. */
  readonly text: string;
}

/** The lexer's mark of a scalar, which may begin with `#` where it is a block. */
const scalarMark = '\u001f';
/** What the lexer adds to the text: it takes no place in it. */
const marks: ReadonlySet<string> = new Set([scalarMark, '\u0002', '\u0018']);

/**
 * Every comment, in the order of the text. A `#` within a scalar is none, such as in a script of a
 * ConfigMap.
 */
export function* commentsOf(text: string): Generator<Comment, void> {
  let offset = 0;
  let before = '';
  for (const token of new Lexer().lex(text)) {
    if (token.startsWith('#') && before !== scalarMark) yield { offset, text: token };
    if (!marks.has(token)) offset += token.length;
    before = token;
  }
}
