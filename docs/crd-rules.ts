/**
 * What the lints say of a profile by itself, in CEL: from the tables of the lints, so that the API
 * server and the command line cannot say different things.
 *
 * The API server works out what a rule costs at the largest object that the schema allows, and
 * refuses a CustomResourceDefinition with a rule above its limit. What is too dear for it, or needs
 * other objects, is in the object's condition `Ready` (a table in
 * test/e2e/crd-imageprofile.e2e.ts says what).
 */
import {
  flagWords,
  port,
  refusedNames,
} from '../src/core/catalogue/lints/environment-variables.ts';
import { endingsOfFiles, namesOfFiles } from '../src/core/catalogue/lints/file-path.ts';
import { multiCall } from '../src/core/catalogue/lints/maskable-path.ts';
import { linkedLogs } from '../src/core/catalogue/lints/stdout-links.ts';
import {
  neededDirectories,
  sharedMemory,
  systemFiles,
  systemTrees,
} from '../src/core/catalogue/lints/system-directory.ts';
import { seedMountPath } from '../src/core/mounts/names.ts';
import { varLinks } from '../src/core/mounts/paths.ts';

/** A rule of `x-kubernetes-validations`. */
interface CelRule {
  readonly rule: string;
  /** Follows the path of the field. */
  readonly message: string;
  readonly fieldPath?: string;
}

/** A segment of a path, which is neither `.` nor `..`. */
const one = String.raw`[^/:\p{Cc}]`;
const first = String.raw`[^/:.\p{Cc}]`;
const segment = `(?:${first}${one}*|[.]${first}${one}*|[.][.]${one}+)`;

/** What `pathFormProblem` takes, in RE2 and ECMAScript alike. */
export const pathPattern = `^(?:/${segment})+$`;

/** The form of each path: that of `pathFormProblem`. */
export const pathRule: CelRule = {
  rule: matches('self', pathPattern),
  message:
    'must be absolute, below the root, in its shortest form, and without a colon or a control character',
};

/** The rules of the part of an object at a place such as `spec.when[].match.tags[]`. */
export function rulesAt(at: string): readonly CelRule[] {
  return rules[at] ?? rules[at.replace('spec.when[].', 'spec.')] ?? [];
}

function matches(text: string, pattern: string): string {
  return `${text}.matches(r'${pattern}')`;
}

function list(texts: Iterable<string>): string {
  return `[${[...texts].map((text) => `'${text}'`).join(', ')}]`;
}

/** The spellings of a canonical path through the links that images have in common. */
function spellings(path: string): readonly string[] {
  const linked = varLinks
    .filter(([, target]) => `${path}/`.startsWith(`${target}/`))
    .map(([link, target]) => `${link}${path.slice(target.length)}`);
  return [path, ...linked];
}

function ancestors(path: string): readonly string[] {
  const segments = path.split('/').slice(1);
  return segments.map((_, index) => `/${segments.slice(0, index + 1).join('/')}`);
}

const quoted = (texts: Iterable<string>): string =>
  [...texts].map((text) => text.replaceAll('.', '[.]')).join('|');

const coversLinksMessage = 'covers a directory whose logs are links to stdout and stderr';

/** Directories of links to stdout in each image, and those above any. */
const alwaysLinked = new Set(
  linkedLogs.flatMap(({ directory, linkedAtStart }) =>
    linkedAtStart === undefined ? ancestors(directory) : ancestors(directory).slice(0, -1),
  ),
);

/** Of a path to which something is mounted, whatever the image has there. */
const mountPoint: readonly CelRule[] = [
  {
    rule: `!(self in ${list([...neededDirectories].flatMap(spellings))})`,
    message: 'is a system directory: name the directory below it that is written',
  },
  {
    rule: `!(self in ${list([...systemFiles].flatMap(spellings))})`,
    message: 'is a file, and a mounted volume is a directory',
  },
  {
    rule: `self == '${sharedMemory}' || ${list(
      systemTrees.flatMap(spellings).map((tree) => `${tree}/`),
    )}.all(tree, !(self + '/').startsWith(tree))`,
    message: 'is in a directory that belongs to the system',
  },
  {
    rule: `!(self in ${list(alwaysLinked)})`,
    message: coversLinksMessage,
  },
];

/** What may not be copied, of `path`. */
const isLink = (path: string): string =>
  `${list(varLinks.map(([link]) => `${link}/`))}.exists(link, (${path} + '/').startsWith(link))`;
const isSeedMount = (path: string): string => `(${path} + '/').startsWith('${seedMountPath}/')`;
const linkMessage = 'goes through a link, which copying would keep: write the real directory';
const seedMessage = `is at or below ${seedMountPath}, where the seeding container mounts the volume`;

const isSeeded = "has(self.contents) && self.contents == 'seeded'";

const entry: readonly CelRule[] = [
  {
    rule: `(${isSeeded}) || !${matches(
      'self.path',
      `[^/][.](?i:${quoted(endingsOfFiles)})$|/(?:${quoted(namesOfFiles)})$`,
    )}`,
    message:
      'is a file, and a volume that starts empty is a directory: name its directory, or say contents: seeded where the image has the file',
    fieldPath: '.path',
  },
  {
    rule: `!(${isSeeded}) || !${isLink('self.path')}`,
    message: linkMessage,
    fieldPath: '.path',
  },
  {
    rule: `!(${isSeeded}) || !${isSeedMount('self.path')}`,
    message: seedMessage,
    fieldPath: '.path',
  },
  {
    rule: `(${isSeeded}) || !has(self.seededAt) || size(self.seededAt) == 0`,
    message: 'is for an entry with contents: seeded: an empty one may move anywhere',
    fieldPath: '.seededAt',
  },
];

const seededAt: readonly CelRule[] = [
  ...mountPoint,
  { rule: `!${isLink('self')}`, message: linkMessage },
  { rule: `!${isSeedMount('self')}`, message: seedMessage },
];

const variableNames = refusedNames
  .flatMap(([names]) => names)
  .map((name) => name.replaceAll('*', '.*'))
  .join('|');

const repository = '[a-z0-9*]+(?:(?:[.]|__?|-+)[a-z0-9*]+)*';
const host = String.raw`[a-z0-9](?:[a-z0-9-]*[a-z0-9])?`;
const registry = `(?:${host}(?:[.]${host})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?|[^/@]*[*][^/@]*`;
const version = String.raw`[0-9xX*][0-9A-Za-z.*+-]*`;
const operator = String.raw`[<>=~^|v\s-]`;
/** Of tags: texts without a place among versions match this too, and the parser refuses them. */
export const tagPattern = `[A-Za-z0-9_.*-]{1,128}|(?:${operator}|${version})+`;
const digest = 'sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}';

/** An image pattern matches those that are wanted, and none of the others. */
export const imagePatterns: readonly {
  readonly pattern: string;
  readonly wanted: boolean;
  readonly message: string;
}[] = [
  {
    pattern: '^(?:localhost|[^/]*[.:*][^/]*)/',
    wanted: true,
    message:
      'must be the full name, with the registry, such as docker.io/library/nginx: for all images there is the profile named default',
  },
  {
    pattern: '^docker[.]io/(?:[*]?|[*]?[^/*:@][^/:@]*)(?:[:@].*)?$|^index[.]docker[.]io/',
    wanted: false,
    message: 'must be the full name, such as docker.io/library/nginx',
  },
  {
    pattern: `^(?:${registry})(?:/${repository})+(?::(?:${tagPattern})|@(?:${digest}))?$`,
    wanted: true,
    message:
      'must be a registry and a path in lower case; then nothing, a tag, a range of tags, or @sha256: and 64 digits',
  },
  {
    pattern: '^[^:@]*(?:[^/:@][*][*]|[*][*][^/:@])',
    wanted: false,
    message: 'has ** within a segment: it is for whole segments',
  },
];

/**
 * A path, of CEL, with its links resolved, a slash at its end and a mark at its start: no directory
 * contains another whose text starts with its own.
 */
function directory(path: string): string {
  return varLinks.reduce(
    (text, [link, target]) => `${text}.replace('\\n${link}/', '\\n${target}/')`,
    `('\\n' + ${path} + '/')`,
  );
}

const lists = ['writable', 'data'] as const;

/** For all entries of the object's list; `entry` is the name that the test has for one. */
function each(owner: string, name: string, entry: string, test: string): string {
  return `!has(${owner}.${name}) || ${owner}.${name}.all(${entry}, ${test})`;
}

/** The directories of an object's list, each worked out once. */
function directories(owner: string, name: string): string {
  return `${owner}.${name}.map(entry, ${directory('entry.path')})`;
}

const apart = '!a.startsWith(b) && !b.startsWith(a)';

/** The entries that always hold together: those of a profile, or of one variant. */
const noOverlap: readonly CelRule[] = [
  ...lists.map((name) => ({
    rule: `!has(self.${name}) || [${directories('self', name)}].all(all, all.all(a, all.exists_one(b, b.startsWith(a))))`,
    message: `one entry of ${name} is, or contains, the directory of another`,
    fieldPath: `.${name}`,
  })),
  {
    rule: `!has(self.writable) || !has(self.data) || [${directories('self', 'writable')}].all(all, ${directories('self', 'data')}.all(a, all.all(b, ${apart})))`,
    message: 'one entry of data is, contains, or lies below the directory of one of writable',
    fieldPath: '.data',
  },
];

/** A variant's entry may be the directory of one of the profile, which it then replaces. */
const noOverlapWithVariant: readonly CelRule[] = lists.flatMap((own) =>
  lists.map((name) => ({
    rule: `!has(self.when) || !has(self.${own}) || [${directories('self', own)}].all(all, self.when.all(w, !has(w.${name}) || ${directories('w', name)}.all(a, all.all(b, a == b || (${apart})))))`,
    message: `an entry of ${name} of a variant contains, or lies below, one of ${own} of the profile`,
    fieldPath: '.when',
  })),
);

/** That no entry, of a variant too, is one of the paths of `own`. */
const notOwn = [
  ...lists.map(
    (name) => `(!has(self.${name}) || ${directories('self', name)}.all(a, !(a in own)))`,
  ),
  ...lists.map(
    (name) =>
      `(!has(self.when) || self.when.all(w, !has(w.${name}) || ${directories('w', name)}.all(a, !(a in own))))`,
  ),
].join(' && ');

/** Directories that only images whose start script makes the links may have as entries. */
const linkedAtStart: readonly CelRule[] = linkedLogs.flatMap((logs) =>
  logs.linkedAtStart === undefined
    ? []
    : [
        {
          rule: `(has(self.images) && size(self.images) > 0 && self.images.all(i, ${matches('i', logs.linkedAtStart.source)})) || (${noEntryIs(logs.directory)})`,
          message: coversLinksMessage,
        },
      ],
);

/** That no entry of the profile, of a variant too, has the path. */
function noEntryIs(path: string): string {
  const none = (owner: string): string =>
    lists.map((name) => `(${each(owner, name, 'a', `a.path != '${path}'`)})`).join(' && ');
  return `${none('self')} && (!has(self.when) || self.when.all(w, ${none('w')}))`;
}

const spec: readonly CelRule[] = [
  ...linkedAtStart,
  ...noOverlap,
  ...noOverlapWithVariant,
  {
    rule: `!has(self.ownDirectories) || [${directories('self', 'ownDirectories')}].all(own, ${notOwn})`,
    message:
      'an entry is one of ownDirectories, which no mount point can be: name the directory above',
  },
  {
    // What is no path has been judged by itself. An entry of a variant may be what makes it
    // writable, and there may be too many to look at.
    rule: `has(self.extends) || has(self.when) || ${each(
      'self',
      'environment',
      'v',
      `!v.value.startsWith('/') || ${lists
        .map(
          (name) =>
            `(has(self.${name}) && self.${name}.exists(a, ${directory('v.value')}.startsWith(${directory('a.path')})))`,
        )
        .join(' || ')}`,
    )}`,
    message: 'a value is a path at which nothing of this profile is writable',
    fieldPath: '.environment',
  },
  {
    rule: `!has(self.when) || ${each(
      'self',
      'environment',
      'v',
      "self.when.all(w, !has(w.match.env) || w.match.env.all(c, c != v.name && !c.startsWith(v.name + '=')))",
    )}`,
    message:
      'a variable is a condition of a variant, which would hold only once the variable is set',
    fieldPath: '.environment',
  },
];

const rules: Readonly<Record<string, readonly CelRule[]>> = {
  '': [
    {
      rule: "self.metadata.name != 'default' || !has(self.spec.images) || size(self.spec.images) == 0",
      message:
        'spec.images must be empty: the profile named default is for images that no other names',
    },
    {
      rule: "self.metadata.name == 'default' || (has(self.spec.images) && size(self.spec.images) > 0)",
      message: 'spec.images names no image',
    },
  ],
  spec,
  'spec.when[]': [
    ...noOverlap,
    {
      rule: '!has(self.user) || !has(self.match.user)',
      message: 'names a user and asks for one in its match',
    },
  ],
  'spec.images[]': imagePatterns.map(({ pattern, wanted, message }) => ({
    rule: `${wanted ? '' : '!'}${matches('self', pattern)}`,
    message,
  })),
  'spec.writable[]': entry,
  'spec.data[]': entry,
  'spec.writable[].path': mountPoint,
  'spec.data[].path': mountPoint,
  'spec.writable[].seededAt[]': seededAt,
  'spec.data[].seededAt[]': seededAt,
  'spec.writable[].movedBy': movedBy(),
  'spec.data[].movedBy': movedBy(),
  'spec.maskable[]': [
    {
      rule: `!${matches('self', `/(?:${quoted(multiCall)})$`)}`,
      message: 'is many programs in one file: masking it would kill all of them',
    },
  ],
  'spec.environment[].name': [
    {
      rule: `!${matches('self', `^(?i:${variableNames})$`)}`,
      message:
        'is not for a profile to set: it loads code, is a command line of its program, or moves its traffic',
    },
  ],
  'spec.environment[].value': [
    {
      rule: `self in ${list(flagWords)} || ${matches('self', `${port.source}|${pathPattern}`)}`,
      message:
        'must be 0, 1, true, false, yes, no, a port, or a path at or below an entry of this profile',
    },
  ],
  'spec.cp': [
    {
      rule: `self in ['cp', 'none'] || ${matches('self', pathPattern)}`,
      message: 'must be cp, none or an absolute path',
    },
  ],
  'spec.when[].match.tags[]': [
    {
      rule: matches('self', `^(?:${tagPattern})$`),
      message:
        'matches no tag: it is a tag, a glob, or a semver range such as ">=1.25 <2", with letters, digits, "_", "." and "-"',
    },
  ],
  'spec.when[].match': [
    {
      rule: '!has(self.tags) || !has(self.noTag)',
      message: 'never holds: no image has one of tags and noTag',
    },
  ],
};

function movedBy(): readonly CelRule[] {
  return [{ rule: 'has(self.env) || has(self.flags)', message: 'names neither env nor flags' }];
}
