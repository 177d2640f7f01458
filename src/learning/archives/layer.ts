/** What the layers of images and the writable layers of containers have in common. */
import type { TarHeader } from './tar.ts';

/** A name with this prefix hides the one behind it (OCI image-spec layer.md). */
export const whiteout = '.wh.';
/** This name hides everything that lower layers have in its directory. */
export const opaque = '.wh..wh..opq';

type Owner = Partial<Record<'uid' | 'gid' | 'mode', number>>;

/** What is known of the owner and the mode of an entry; nothing is undefined. */
export function ownerOf({ uid, gid, mode }: Pick<TarHeader, 'uid' | 'gid' | 'mode'>): Owner {
  return {
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(mode !== undefined && { mode }),
  };
}
