/**
 * Each current tag of an image with many variants, against facts of its upstream that are written
 * down once.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { resolveVariant } from '../../src/core/catalogue/profile/variant.ts';
import { builtinCatalogue } from './builtin-catalogue.ts';

interface Family {
  readonly image: string;
  readonly variants: readonly {
    readonly what: string;
    readonly uid?: number;
    readonly lowPorts?: boolean;
    readonly writes: readonly string[];
    readonly tags: string;
  }[];
}

const table = new URL('current-tags.yaml', import.meta.url);

describe('the current tags of images with many variants', () => {
  const catalogue = builtinCatalogue();
  for (const { image, variants } of parse(readFileSync(table, 'utf8')) as readonly Family[]) {
    for (const { what, uid, lowPorts = false, writes, tags } of variants) {
      it(`${image}: ${what}`, () => {
        for (const tag of tags.split(' ')) {
          const { compiled, reference } = catalogue.match(`${image}:${tag}`);
          const container = { name: 'main', image: `${image}:${tag}` };
          const resolved = resolveVariant(compiled, container, {
            tag: reference?.tag,
            userMounts: [],
            root: true,
          });
          const { writable, data, user } = resolved;
          expect({
            uid: user?.uid,
            lowPorts: resolved.lowPorts,
            writes: [...writable, ...data].map(({ path }) => path).sort(),
          }).to.deep.equal({ uid, lowPorts, writes: [...writes].sort() }, `${image}:${tag}`);
        }
      });
    }
  }
});
