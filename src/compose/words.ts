/** The words of a command that is written as one text, as a shell would part them. */

/** Longer commands are one word: no profile looks into such a one. */
const maxLength = 65_536;

/** Parts a text at blanks; quotes and backslashes keep them, as in `sh` (compose-go: shlex). */
export function shellWords(text: string): readonly string[] {
  if (text.length > maxLength) return [text];
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "'" || character === '"') {
      const close = closingQuote(text, at);
      const inner = text.slice(at + 1, close);
      word = (word ?? '') + (character === '"' ? inner.replace(/\\(["\\$`])/g, '$1') : inner);
      at = close;
    } else if (character === '\\') {
      at++;
      word = (word ?? '') + (text[at] ?? '');
    } else word = (word ?? '') + character;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** Where the quote ends; the end of the text where it does not. */
function closingQuote(text: string, open: number): number {
  const quote = text[open];
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\' && quote === '"') at++;
    else if (text[at] === quote) return at;
  }
  return text.length;
}
