/** Tar archives for tests, hostile ones too. */
import { Header } from 'tar';

export interface Item {
  readonly path: string;
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO';
  readonly body?: string | Buffer;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: Date;
  readonly linkpath?: string;
  /** In place of the body's. */
  readonly size?: number;
}

/** The archive, with its end. */
export function tarOf(items: readonly Item[]): Buffer {
  return Buffer.concat([...items.flatMap(blocksOf), Buffer.alloc(1024)]);
}

function blocksOf({ body = '', type = 'File', size, ...item }: Item): readonly Buffer[] {
  const bytes = Buffer.from(body);
  const header = new Header({
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: new Date('2026-01-01T00:00:00Z'),
    ...item,
    type,
    size: size ?? bytes.length,
  });
  const block = Buffer.alloc(512);
  header.encode(block, 0);
  return [block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
}
