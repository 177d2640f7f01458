/** What podman and docker print, as far as it is read. */
import { isObject, parseJson } from '../../core/values/json.ts';
import { failure, success } from '../../core/values/result.ts';
import { lastLine } from '../../core/values/text.ts';
import { volumesIn } from '../readers/image-config.ts';
import { readDiffEntries } from '../readers/diff.ts';
import type { Result } from '../../core/values/result.ts';
import type { DiffEntry } from '../readers/diff.ts';
import type { Engine } from './engine.ts';

/** What `image inspect` says. */
export interface LocalImage {
  /** `sha256:…` of the manifest; undefined for an image that no registry has. */
  readonly digest: string | undefined;
  readonly volumes: readonly string[];
}

/** A pull of a large image over a slow line. */
const pullMs = 30 * 60_000;

/** Looks at an image, and pulls it where this machine has none. Refused where it cannot be had. */
export async function localImage(
  image: string,
  engine: Engine,
  signal: AbortSignal,
  onStderr: (text: string) => void,
): Promise<Result<LocalImage>> {
  let found = await engine.run(['image', 'inspect', image], { signal });
  if (found.code !== 0) {
    const pulled = await engine.run(['pull', image], { timeoutMs: pullMs, signal, onStderr });
    if (pulled.code !== 0) {
      const why = lastLine(pulled.stderr);
      return failure({ file: image, message: `cannot be pulled: ${why}` });
    }
    found = await engine.run(['image', 'inspect', image], { signal });
  }
  const list = parseJson(found.stdout);
  const [first] = Array.isArray(list) ? (list as readonly unknown[]) : [];
  if (!isObject(first)) return failure({ file: image, message: 'is not described by the engine' });
  const { RepoDigests: digests, Config: config } = first;
  const [repoDigest] = Array.isArray(digests) ? (digests as readonly unknown[]) : [];
  return success({
    digest: typeof repoDigest === 'string' ? repoDigest.split('@')[1] : undefined,
    volumes: volumesIn(config),
  });
}

/** What `diff` prints; undefined where it is of another form. */
export function parsePodmanDiff(text: string): readonly DiffEntry[] | undefined {
  const entries = readDiffEntries(text, 'diff');
  return entries.ok ? entries.value : undefined;
}
