/** `lithopod profiles init`: prints a draft of a profile. */
import { formatReference } from '../../../core/images/image-reference.ts';
import { testKind } from '../../../core/catalogue/parse/parse.ts';
import {
  imageProfileJsonSchema,
  profileApiVersion,
  profileKind,
} from '../../../core/catalogue/parse/schema.ts';
import { wrap } from '../../terminal/columns.ts';
import { printProblems, printWarning } from '../../terminal/problems.ts';
import { readImage } from '../../input/image-operand.ts';
import { catalogueOf } from '../../input/policy-flags.ts';
import { sourceNames } from '../../report/source-name.ts';
import type { WritablePath } from '../../../core/catalogue/profile/profile.ts';
import type { Io } from '../../terminal/io.ts';
import type { CatalogueFlags } from '../../input/policy-flags.ts';

const site = 'https://github.com/lithopod/lithopod/blob/main';
const schemaFile =
  'https://raw.githubusercontent.com/lithopod/lithopod/main/profiles/image-profile.schema.json';
const width = 100;

/**
 * Prints a draft of a profile for the image, and of its test. Fields that only the author can fill
 * are empty, and the lint reports each of them. The draft has the paths of the profile `default`,
 * since that one no longer applies once the image has its own. Gives the exit code: 2 where the
 * image is no reference or the catalogue has problems.
 */
export async function initProfile(image: string, flags: CatalogueFlags, io: Io): Promise<number> {
  const reference = readImage(image);
  if (!reference.ok) return printProblems(reference.problems, io);
  const loaded = await catalogueOf(flags);
  if (!loaded.ok) return printProblems(loaded.problems, io);
  const catalogue = loaded.value;
  const { matched, profile, source, pattern } = catalogue.match(image);
  if (matched === 'pattern') {
    const has = `has the profile ${profile.name} (${sourceNames[source]}) by the pattern ${pattern ?? ''}`;
    printWarning({ file: image }, `${has}: lithopod profiles show ${profile.name} prints it`, io);
  }
  const fallback = catalogue.match(undefined).profile.writable;
  const today = new Date().toISOString().slice(0, 10);
  io.stdout(draft(reference.value.repository, formatReference(reference.value), fallback, today));
  return 0;
}

function draft(
  repository: string,
  image: string,
  fallback: readonly WritablePath[],
  today: string,
): string {
  const name = nameFrom(repository);
  const spec = fieldsOf(imageProfileJsonSchema(), 'spec');
  const entry = itemsOf(spec, 'writable');
  return `# yaml-language-server: $schema=${schemaFile}
#
# A draft: fill in what is empty. \`lithopod profiles lint\` tells each place, and \`lithopod profiles test\` runs the test
# below. Every field: ${site}/docs/profile-reference.md
apiVersion: ${profileApiVersion}
kind: ${profileKind}
metadata:
  name: ${name}
spec:
  images:
    - ${JSON.stringify(repository)}
  writable:
${fallback.map(({ path, why }) => `    - path: ${path}\n      why: ${JSON.stringify(why)}\n`).join('')}    - path: ''
      why: ''
${comments(entry, ['path', 'why'], '      ')}${comments(spec, ['images', 'writable', 'evidence'], '  ')}  evidence:
    - kind: source
      ref: ''
      seen: ${today}
---
apiVersion: ${profileApiVersion}
kind: ${testKind}
metadata:
  name: ${name}
spec:
  tests:
    - name: as it is
      image: ${JSON.stringify(image)}
      level: restricted
      expect:
        profile: ${name}
        mounts:
${fallback.map(({ path }) => `          ${path}: empty\n`).join('')}`;
}

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

function fieldsOf(schema: Schema, name: string): Readonly<Record<string, Schema>> {
  return schema.properties?.[name]?.properties ?? {};
}

function itemsOf(
  fields: Readonly<Record<string, Schema>>,
  name: string,
): Readonly<Record<string, Schema>> {
  return fields[name]?.items?.properties ?? {};
}

/** A comment for each field that may be left out. */
function comments(
  fields: Readonly<Record<string, Schema>>,
  without: readonly string[],
  indent: string,
): string {
  return Object.entries(fields)
    .filter(([name]) => !without.includes(name))
    .map(([name, { description = '' }]) => {
      const lines = wrap(`${name}: ${description}`, width - indent.length - 4);
      return lines.map((line, index) => `${indent}# ${index === 0 ? '' : '  '}${line}\n`).join('');
    })
    .join('');
}

/**
 * The profile's name: `shop-api` for registry.corp/shop/api. Only `_` may be in a repository's
 * name and not in that of an object.
 */
function nameFrom(repository: string): string {
  const segments = repository.split('/').slice(1);
  const relevant = segments[0] === 'library' ? segments.slice(1) : segments;
  return relevant.slice(-2).join('-').replaceAll('_', '-');
}
