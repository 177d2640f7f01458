/** Reads of a bounded size: nothing is kept of what is larger. */
import { open } from 'node:fs/promises';

/** The bytes of a file. Rejects where it cannot be read; a pipe is read until it ends. */
export async function readFileAtMost(path: string, most: number): Promise<Buffer | undefined> {
  const handle = await open(path);
  try {
    return await readAtMost(handle.createReadStream({ autoClose: false }), most);
  } finally {
    await handle.close();
  }
}

/** The bytes of a stream; undefined where there are more than `most`, which is then left. */
export async function readAtMost(
  stream: AsyncIterable<unknown>,
  most: number,
): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > most) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
