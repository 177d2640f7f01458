/** Fingerprints of findings, by which a later run knows them again. */
import { createHash } from 'node:crypto';

/** The fingerprints that were given so far: two findings never have the same one. */
export class Fingerprints {
  readonly #seen = new Map<string, number>();

  /** Of findings that are alike the second and later ones are numbered. */
  of(identity: string): string {
    const hash = createHash('sha256').update(identity).digest('hex').slice(0, 32);
    const number = (this.#seen.get(hash) ?? 0) + 1;
    this.#seen.set(hash, number);
    return number === 1 ? hash : `${hash}-${number}`;
  }
}
