/** The lines of an answer as they come. */

/** An object that the API server stores has 1.5 MiB at most, and an event has a little more. */
const maxLine = 8 * 1024 * 1024;

/** Rejects where the stream fails, or where a line is longer than any event. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    parts.push(first);
    length += first.length;
    for (const next of others) {
      yield parts.join('');
      parts = [next];
      length = next.length;
    }
    if (length > maxLine) throw new Error(`a line is longer than ${maxLine} characters`);
  }
  const last = parts.join('');
  if (last !== '') yield last;
}
