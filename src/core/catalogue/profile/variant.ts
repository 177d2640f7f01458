/**
 * Which of a profile's variants a container is, and what the profile says for it.
 *
 * A profile is compiled once: globs and ranges become matchers, and
 * what holds without any variant is one object that every such container shares.
 */
import type { Container } from '../../pod/pod.ts';
import { canonicalPath, isAtOrBelow } from '../../mounts/paths.ts';
import { takeOutRemovals } from '../../shell/removals.ts';
import { envCondition } from './env-condition.ts';
import { compileGlob } from '../../images/glob.ts';
import { mergeVariant } from './merge.ts';
import type { Profile, ResolvedProfile, Variant, VariantMatch } from './profile.ts';
import { parseTagPattern } from '../../images/tag-pattern.ts';
import { unionOf } from './untagged.ts';
import type { Statements } from './untagged.ts';
import { anyWordCondition } from './word-condition.ts';

export interface CompiledProfile {
  readonly profile: Profile;
  /** What holds where no variant applies. */
  readonly base: ResolvedProfile;
  readonly variants: readonly CompiledVariant[];
  /**
   * Results by the set of applying variants, filled as they occur: equal questions get the SAME
   * object.
   */
  readonly resolved: Map<number, ResolvedProfile>;
  /** The variants whose `tags` hold, by tag, as a set of bits. */
  readonly tagSets: Map<string, number>;
  /**
   * Profiles for certain tags of the same repository, of which an image without a tag may have any.
   */
  readonly siblings: readonly CompiledProfile[];
  /** Some variant, of these too, depends on the user. */
  readonly asksForUser: boolean;
  /** What may hold for an image without a tag, in order. Absent where no tag matters. */
  readonly possible?: readonly PossibleVariant[];
  /** Results for images without a tag by what may hold, filled as they occur. */
  readonly untagged: Map<string, ResolvedProfile>;
}

interface CompiledVariant {
  readonly variant: Variant;
  readonly tag: (tag: string | undefined) => boolean;
  readonly rest: readonly ContainerCondition[];
}

interface PossibleVariant {
  readonly statements: Statements;
  readonly certain: boolean;
  readonly rest: readonly ContainerCondition[];
}

type ContainerCondition = (container: Container, facts: ContainerFacts) => boolean;

/** What a variant may depend on besides the container itself. */
export interface ContainerFacts {
  /** That of the normalised image reference; undefined for a bare digest. */
  readonly tag: string | undefined;
  /** The canonical paths at which the pod's own author mounts something. */
  readonly userMounts: readonly string[];
  /** Whether it runs as user 0, as far as the pod and the level say. */
  readonly root: boolean;
}

/** A set of variants is kept in the bits of one number. The schema refuses longer lists. */
export const maxVariants = 30;
/**
 * Both memos are emptied when they hold this many entries: a pod's author must not be able to make
 * them grow.
 */
const maxMemo = 256;

const compiledMemo = new WeakMap<Profile, CompiledProfile>();

/**
 * Makes the matchers of a profile that has passed the schema, once; a pattern that has not is a
 * bug, and throws. A catalogue does so when an image first has the profile: a program that hardens
 * one pod needs few of hundreds.
 */
export function compileProfile(profile: Profile): CompiledProfile {
  let compiled = compiledMemo.get(profile);
  if (compiled === undefined) {
    compiled = compile(profile);
    compiledMemo.set(profile, compiled);
  }
  return compiled;
}

function compile(profile: Profile): CompiledProfile {
  const { images: _images, when: _when, evidence: _evidence, extends: _extends, ...said } = profile;
  const { ownDirectories: _own, ...base } = said;
  const variants = profile.when.map(compileVariant);
  if (variants.length > maxVariants)
    throw new Error(`${profile.name}: more than ${maxVariants} variants`);
  const compiled = {
    profile,
    base,
    variants,
    resolved: new Map(),
    tagSets: new Map(),
    siblings: [],
    asksForUser: false,
    untagged: new Map(),
  };
  return withSiblings(compiled, []);
}

/** The profile for an image without a tag, where others are for certain tags of its repository. */
export function withSiblings(
  compiled: CompiledProfile,
  siblings: readonly CompiledProfile[],
): CompiledProfile {
  const { possible: _old, ...rest } = compiled;
  const set = variablesOf(compiled.profile);
  const possible = [...own(compiled), ...siblings.flatMap((each) => sibling(each, set))];
  return {
    ...rest,
    siblings,
    asksForUser: [compiled, ...siblings].some(({ profile }) =>
      profile.when.some(({ match }) => match.user !== undefined),
    ),
    ...(possible.some(({ certain }) => !certain) && { possible }),
    untagged: new Map(),
  };
}

function own({ variants }: CompiledProfile): readonly PossibleVariant[] {
  return variants.map(({ variant, rest }) => ({
    statements: statementsOf(variant),
    certain: variant.match.tags === undefined,
    rest,
  }));
}

/** The names that a profile sets, in some variant. */
function variablesOf({ environment, when }: Profile): ReadonlySet<string> {
  const all = [environment, ...when.map((variant) => variant.environment ?? [])].flat();
  return new Set(all.map(({ name }) => name));
}

/**
 * Nothing of another profile is certain, with its variants or without. `set` are the variables that
 * the image's own profile sets. They bring about no variant, here as within one profile, which a
 * lint refuses: it would hold on the second pass only.
 */
function sibling(compiled: CompiledProfile, set: ReadonlySet<string>): readonly PossibleVariant[] {
  const { writable, data, user, lowPorts, maskable } = compiled.base;
  const statements: Statements = {
    writable,
    data,
    user: user ?? 'unknown',
    lowPorts,
    maskable,
  };
  const variants = own(compiled).map(({ statements: said, rest }) => ({
    statements: said,
    certain: false,
    rest: set.size === 0 ? rest : rest.map((condition) => unseeing(condition, set)),
  }));
  return [{ statements, certain: false, rest: [] }, ...variants];
}

/** The condition on the container as it is without the variables. */
function unseeing(condition: ContainerCondition, names: ReadonlySet<string>): ContainerCondition {
  return (container, facts) => {
    const { env } = container;
    const isSet = env?.some(({ name }) => names.has(name)) === true;
    return condition(
      isSet ? { ...container, env: env.filter(({ name }) => !names.has(name)) } : container,
      facts,
    );
  };
}

function statementsOf({ match: _match, ...statements }: Variant): Statements {
  return statements;
}

/**
 * The profile as it holds for a container. Variants apply in their order, the later ones win; of an
 * image without a tag any may be meant (`untagged.ts`). Gives the SAME object for the same set of
 * applying variants.
 */
export function resolveVariant(
  compiled: CompiledProfile,
  container: Container,
  facts: ContainerFacts,
): ResolvedProfile {
  const { possible } = compiled;
  if (facts.tag === undefined && possible !== undefined) {
    return resolveUntagged(compiled, possible, container, facts);
  }
  if (compiled.variants.length === 0) return compiled.base;
  let applying = tagSet(compiled, facts.tag);
  for (const [index, { rest }] of compiled.variants.entries()) {
    const bit = 1 << index;
    if ((applying & bit) === 0) continue;
    if (!rest.every((condition) => condition(container, facts))) applying &= ~bit;
  }
  return resolveSet(compiled, applying);
}

function resolveUntagged(
  { base, untagged }: CompiledProfile,
  possible: readonly PossibleVariant[],
  container: Container,
  facts: ContainerFacts,
): ResolvedProfile {
  const applying: number[] = [];
  for (const [index, { rest }] of possible.entries()) {
    if (rest.every((condition) => condition(container, facts))) applying.push(index);
  }
  const key = applying.join();
  const known = untagged.get(key);
  if (known !== undefined) return known;
  const applicable = possible.filter((_, index) => applying.includes(index));
  const resolved = unionOf(base, applicable);
  if (untagged.size >= maxMemo) untagged.clear();
  untagged.set(key, resolved);
  return resolved;
}

/** The variants that apply, in their order, for reports. */
export function applyingVariants(
  compiled: CompiledProfile,
  container: Container,
  facts: ContainerFacts,
): readonly Variant[] {
  return compiled.variants
    .filter(
      ({ tag, rest }) => tag(facts.tag) && rest.every((condition) => condition(container, facts)),
    )
    .map(({ variant }) => variant);
}

function tagSet(compiled: CompiledProfile, tag: string | undefined): number {
  // The empty string is no tag, so it can mean the absence of one.
  const key = tag ?? '';
  const known = compiled.tagSets.get(key);
  if (known !== undefined) return known;
  let set = 0;
  for (const [index, variant] of compiled.variants.entries()) {
    if (variant.tag(tag)) set |= 1 << index;
  }
  if (compiled.tagSets.size >= maxMemo) compiled.tagSets.clear();
  compiled.tagSets.set(key, set);
  return set;
}

function resolveSet(compiled: CompiledProfile, applying: number): ResolvedProfile {
  if (applying === 0) return compiled.base;
  const known = compiled.resolved.get(applying);
  if (known !== undefined) return known;
  const resolved = compiled.variants.reduce(
    (result, { variant }, index) =>
      (applying & (1 << index)) === 0 ? result : mergeVariant(result, variant),
    compiled.base,
  );
  if (compiled.resolved.size >= maxMemo) compiled.resolved.clear();
  compiled.resolved.set(applying, resolved);
  return resolved;
}

function compileVariant(variant: Variant): CompiledVariant {
  const { tags, noTag, command, args, words, hooks, env, mounts, user } = variant.match;
  const rest: ContainerCondition[] = [];
  if (command !== undefined) rest.push(wordCondition(command, (container) => container.command));
  if (args !== undefined) rest.push(wordCondition(args, (container) => container.args));
  if (words !== undefined) rest.push(anyWordCondition(words));
  if (hooks !== undefined) rest.push(wordCondition(hooks, hookWords));
  if (env !== undefined) rest.push(envCondition(env));
  if (mounts !== undefined) rest.push(mountCondition(mounts));
  if (user !== undefined) rest.push((_container, { root }) => root === (user === 'root'));
  return { variant, tag: tagCondition(tags, noTag), rest };
}

function tagCondition(
  tags: VariantMatch['tags'],
  noTag: VariantMatch['noTag'],
): (tag: string | undefined) => boolean {
  if (noTag === true) return (tag) => tag === undefined;
  if (tags === undefined) return () => true;
  const matchers = tags.map((text) => {
    const pattern = parseTagPattern(text);
    if (!pattern.ok) throw new Error(`a tag pattern that no schema has seen: ${text}`);
    return pattern.value.matches;
  });
  return (tag) => tag !== undefined && matchers.some((matches) => matches(tag));
}

function wordCondition(
  globs: readonly string[],
  words: (container: Container) => readonly string[] | null | undefined,
): ContainerCondition {
  const matchers = globs.map(compileGlob);
  return (container) =>
    words(container)?.some((word) => matchers.some((matches) => matches(word))) ?? false;
}

/** The words of what the kubelet executes in the container after its start and before its end. */
function hookWords({ lifecycle }: Container): readonly string[] {
  return [
    ...withoutRemovals(lifecycle?.postStart?.exec?.command ?? []),
    ...(lifecycle?.preStop?.exec?.command ?? []),
  ];
}

/** A longer command is not read. */
const maxHook = 64 * 1024;

/**
 * Hardening takes removals out of a postStart hook: what a variant hangs on must be there on the
 * next pass too.
 */
function withoutRemovals(command: readonly string[]): readonly string[] {
  if (command.reduce((length, word) => length + word.length, 0) > maxHook) return [];
  return takeOutRemovals(command, () => 'take-out').command ?? [];
}

function mountCondition(paths: readonly string[]): ContainerCondition {
  const named = paths.map(canonicalPath);
  return (_container, { userMounts }) =>
    userMounts.some((mount) => named.some((path) => isAtOrBelow(mount, path)));
}
