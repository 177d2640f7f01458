/** `lithopod profiles match`: shows the profile of an image or container. */
import pc from 'picocolors';
import { containersOf } from '../../../core/pod/containers.ts';
import { defaultPolicy, makeContext, wholePod } from '../../../core/context/context.ts';
import { valuesSet } from '../../../core/context/variables.ts';
import { formatReference } from '../../../core/images/image-reference.ts';
import { coverageText } from '../../../core/catalogue/match/tags-apart.ts';
import { applyingVariants } from '../../../core/catalogue/profile/variant.ts';
import { failure, success } from '../../../core/values/result.ts';
import { hardenInputs, nameOf } from '../../input/hardening.ts';
import { printUnread } from '../../report/unread.ts';
import { hanging, printable } from '../../terminal/columns.ts';
import { pathStatusOf } from '../../report/path-status.ts';
import { printProblems } from '../../terminal/problems.ts';
import { readImage } from '../../input/image-operand.ts';
import { catalogueOf } from '../../input/policy-flags.ts';
import { sourceNames } from '../../report/source-name.ts';
import { userOf } from './outcome.ts';
import type { Match } from '../../../core/catalogue/match/catalogue.ts';
import type {
  ProfileSource,
  ResolvedProfile,
  VariantMatch,
} from '../../../core/catalogue/profile/profile.ts';
import type { Coverage } from '../../../core/catalogue/match/tags-apart.ts';
import type { Entry } from '../../../core/context/entry.ts';
import type { Policy, RuleContext } from '../../../core/context/context.ts';
import type { Container } from '../../../core/pod/pod.ts';
import type { Problem, Result } from '../../../core/values/result.ts';
import type { Level } from '../../../core/findings/finding.ts';
import type { HardenedObject, HardeningOptions } from '../../input/hardening.ts';
import type { Io } from '../../terminal/io.ts';
import type { PathStatus } from '../../report/path-status.ts';
import type { OutputFlags } from '../../input/policy-flags.ts';

/** The flags of `match`. */
export interface MatchFlags extends OutputFlags {
  readonly level?: Level;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  readonly mount?: readonly string[];
  readonly filename?: readonly string[];
}

/** One item of the list that `-o json` prints. */
interface MatchRecord {
  /** Only with a manifest: `Deployment/web`, and the container in it. */
  readonly object?: string;
  readonly container?: string;
  readonly image: string;
  /** The image normalised, with its mirror rewritten. */
  readonly reference: string;
  readonly matched: Match['matched'];
  readonly profile: string;
  readonly source: ProfileSource;
  readonly pattern?: string;
  /** Where no pattern matches the image: profiles that match other tags of its repository. */
  readonly coverage?: readonly Coverage[];
  /**
   * What the profile says for the container; without a manifest, for a container that has this
   * image and sets only what the flags say.
   */
  readonly resolved: Omit<ResolvedProfile, 'name'>;
  readonly variants: readonly VariantRecord[];
  /** The paths that the container must be able to write to, at the places where it moves them. */
  readonly paths: readonly PathRecord[];
  /** The variables that hardening sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Only with a manifest: the user that the hardened container has. */
  readonly user?: { readonly uid?: number; readonly gid?: number };
}

interface PathRecord extends Pick<Entry, 'path' | 'contents' | 'medium' | 'persistent'> {
  /** The variable or flag that moves the path. */
  readonly movedBy?: string;
  /** Only with a manifest: whether the path is mounted, and by whom. */
  readonly mounted?: PathStatus;
}

interface VariantRecord {
  readonly match: VariantMatch;
  /**
   * `depends`: the variant may apply, since the tag or what the container sets is not known. `no`:
   * it does not apply to the image or container.
   */
  readonly applies: 'yes' | 'depends' | 'no';
}

/**
 * Prints the profile of each image, or of each container of a manifest. A text that is no image
 * reference is printed as a problem, after the others. Gives the exit code: 2 where there is a
 * problem, else 0.
 */
export async function matchImages(
  images: readonly string[],
  flags: MatchFlags,
  io: Io,
): Promise<number> {
  const read =
    flags.filename === undefined ? await ofImages(images, flags) : await ofFiles(images, flags, io);
  if (!read.ok) return printProblems(read.problems, io);
  const { records, problems } = read.value;
  if (flags.output === 'json') io.stdout(`${JSON.stringify(records, null, 2)}\n`);
  else io.stdout(records.map((record) => recordText(record, flags, io)).join('\n'));
  return problems.length > 0 ? printProblems(problems, io) : 0;
}

interface Matched {
  readonly records: readonly MatchRecord[];
  readonly problems: readonly Problem[];
}

async function ofImages(images: readonly string[], flags: MatchFlags): Promise<Result<Matched>> {
  if (images.length === 0) return failure({ message: 'name an image, or a manifest with -f' });
  const catalogue = await catalogueOf(flags);
  if (!catalogue.ok) return catalogue;
  const records: MatchRecord[] = [];
  const problems: Problem[] = [];
  for (const image of images) {
    const reference = readImage(image);
    if (reference.ok) {
      const container = containerFrom(image, flags);
      const pod = { spec: { containers: [container] } };
      const context = makeContext(pod, catalogue.value, policyFor(flags), wholePod);
      records.push(recordOf(container, context, describesContainer(flags)));
    } else problems.push(...reference.problems);
  }
  return success({ records, problems });
}

/** Whether the flags describe the container besides its image. */
function describesContainer({ command, args, env, mount }: MatchFlags): boolean {
  return [command, args, env, mount].some((value) => value !== undefined);
}

function containerFrom(
  image: string,
  { command, args, env = [], mount = [] }: MatchFlags,
): Container {
  return {
    name: '',
    image,
    ...(command !== undefined && { command }),
    ...(args !== undefined && { args }),
    env: env.map((text) => {
      const equals = text.indexOf('=');
      return equals < 0
        ? { name: text }
        : { name: text.slice(0, equals), value: text.slice(equals + 1) };
    }),
    volumeMounts: mount.map((mountPath) => ({ name: 'own', mountPath })),
  };
}

/**
 * `context` is that of the container's pod. `isDescribed`: it is known what the container sets, so
 * a variant that depends on it applies or does not.
 */
function recordOf(container: Container, context: RuleContext, isDescribed: boolean): MatchRecord {
  const { match, profile, facts, entries, environment } = context.profileOf(container);
  const { name: _name, ...resolved } = profile;
  const applying = new Set(applyingVariants(match.compiled, container, facts));
  return {
    image: container.image ?? '',
    reference:
      match.reference === undefined ? (container.image ?? '') : formatReference(match.reference),
    matched: match.matched,
    profile: profile.name,
    source: match.source,
    ...(match.pattern !== undefined && { pattern: match.pattern }),
    ...(match.coverage !== undefined && { coverage: match.coverage }),
    resolved,
    variants: match.compiled.variants.map(({ variant, tag, rest }) => {
      // Without a tag any variant may be meant.
      const maybe = facts.tag === undefined && variant.match.tags !== undefined;
      const depends = maybe || (!isDescribed && tag(facts.tag) && rest.length > 0);
      return {
        match: variant.match,
        applies: applying.has(variant) ? 'yes' : depends ? 'depends' : 'no',
      };
    }),
    paths: entries.map(({ path, contents, medium, persistent, moved }) => ({
      path,
      contents,
      medium,
      persistent,
      ...(moved !== undefined && { movedBy: moved.by }),
    })),
    environment: Object.fromEntries(valuesSet(environment)),
  };
}

async function ofFiles(
  images: readonly string[],
  flags: MatchFlags,
  io: Io,
): Promise<Result<Matched>> {
  if (images.length > 0 || describesContainer(flags)) {
    return failure({
      message: 'with -f the manifest says what image, command, args, env and mounts are',
    });
  }
  const options = { ...flags, ...policyFor(flags), progress: false };
  const inputs = await hardenInputs(flags.filename ?? [], options, io, ({ objects }, given) =>
    Array.from(objects, (object) => containerRecords(object, given)).flat(),
  );
  if (!inputs.ok) return inputs;
  printUnread(inputs.value, io);
  return success({ records: inputs.value.results.flat(), problems: inputs.value.problems });
}

function policyFor({ level = 'restricted' }: MatchFlags): Policy {
  return { ...defaultPolicy, level };
}

function containerRecords(
  object: HardenedObject,
  { catalogue, policy }: HardeningOptions,
): readonly MatchRecord[] {
  const { pod, subject, location, hardening } = object;
  const context = makeContext(pod, catalogue, policy, subject);
  const hardened = new Map(containersOf(hardening.pod).map((each) => [each.name, each]));
  return containersOf(pod).map((container) => {
    const record = recordOf(container, context, true);
    const after = hardened.get(container.name) ?? container;
    const { uid, gid } = userOf(after, hardening.pod);
    const { entries } = context.profileOf(container);
    return {
      object: nameOf(location),
      container: container.name,
      ...record,
      paths: record.paths.map((path, index) => {
        const entry = entries[index];
        return entry === undefined
          ? path
          : { ...path, mounted: pathStatusOf(container, entry, object) };
      }),
      user: { ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) },
    };
  });
}

function recordText(record: MatchRecord, flags: MatchFlags, io: Io): string {
  const { bold, dim } = pc.createColors(io.colour.stdout);
  const { image, reference, profile, source, pattern, coverage, resolved, variants } = record;
  const line = (name: string, text: string): string =>
    hanging(`  ${name.padEnd('reference'.length)}  `, printable(text), io.columns);
  const none =
    coverage === undefined
      ? 'no pattern is for this image'
      : `no pattern is for this tag; ${coverageText(coverage)}`;
  const by = pattern === undefined ? none : `pattern ${pattern}`;
  const paths = record.paths.map(pathText);
  const variables = Object.entries(record.environment)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  const user = userText(record);
  const named = variants.filter(({ applies }) => applies !== 'no');
  const restricted = flags.level !== 'immutable';
  const whose = record.object === undefined ? '' : `${record.object} ${record.container ?? ''}: `;
  return [
    bold(printable(`${whose}${image}`)),
    line('reference', reference),
    line('profile', `${profile} (${sourceNames[source]}): ${by}`),
    line('writable', paths.length === 0 ? 'nothing' : paths.join(', ')),
    ...(variables === '' ? [] : [line('env', variables)]),
    ...(user === undefined || !restricted ? [] : [line('user', user)]),
    ...(resolved.lowPorts && restricted ? [line('ports', 'below 1024')] : []),
    ...(resolved.maskable.length === 0 ? [] : [line('maskable', resolved.maskable.join(', '))]),
    ...named.map(({ applies, match }) =>
      dim(line('variant', `${applies === 'yes' ? 'applies' : 'may apply'} (${termsOf(match)})`)),
    ),
    '',
  ].join('\n');
}

/** The user of the hardened container with a manifest, else the one that the profile names. */
function userText({ user, resolved }: MatchRecord): string | undefined {
  const { uid, gid } = user ?? resolved.user ?? {};
  return uid === undefined ? undefined : `${uid}${gid === undefined ? '' : `:${gid}`}`;
}

function pathText({ path, contents, medium, persistent, movedBy, mounted }: PathRecord): string {
  const notes = [
    ...(contents === 'seeded' ? ['seeded'] : []),
    ...(medium === 'Memory' ? ['in memory'] : []),
    ...(persistent ? ['data'] : []),
    ...(movedBy === undefined ? [] : [`moved by ${movedBy}`]),
    ...(mounted?.by === 'author' ? ['mounted by the pod'] : []),
    ...(mounted?.by === 'nobody' ? ['stays read-only'] : []),
  ];
  return `${path}${notes.map((note) => ` (${note})`).join('')}`;
}

/** When a variant applies, as text: `tags *alpine*; mounts /etc/nginx/templates`. */
export function termsOf(match: VariantMatch): string {
  return Object.entries(match)
    .map(([name, values]: [string, unknown]) =>
      Array.isArray(values) ? `${name} ${values.join(' ')}` : `${name} ${String(values)}`,
    )
    .join('; ');
}
