/**
 * A writable path in the form that the file's version and its reader take.
 *
 * | read by                          | form                                                       |
 * | -------------------------------- | ---------------------------------------------------------- |
 * | Compose: 2.x, 3.x, today's       | `tmpfs: - /run:exec,uid=101,mode=0755`                     |
 * | a Swarm, nothing executed there  | `volumes: - {type: tmpfs, target: /var/cache/nginx}`       |
 * | a Swarm, else; a Swarm below 3.2 | a volume with `driver_opts: {type: tmpfs, device: tmpfs}`  |
 * | without version and `services`   | `volumes: - /run`, an anonymous volume                     |
 *
 * Why: `docker stack deploy` drops the field `tmpfs` without a word, and of a long tmpfs it takes
 * the size alone (docker/cli v29 cli/compose/convert). Such a tmpfs is 1777, belongs to root, and
 * nothing can be executed from it. The first form of files has neither `tmpfs` nor volumes at its
 * root (config_schema_v1.json).
 */
import type { ResolvedProfile } from '../core/catalogue/profile/profile.ts';
import type { Form } from './form.ts';
import type { Mount } from './mount.ts';
import type { User } from './user.ts';

/** A path that gets a file system in memory. */
export interface WantedTmpfs {
  readonly path: string;
  /** Octal digits; undefined where the profile asks for none. */
  readonly mode: string | undefined;
  /** A Kubernetes quantity. */
  readonly sizeLimit: string | undefined;
  /** Who the container surely runs as; undefined where the image decides. */
  readonly user: User | undefined;
  /** Something may be executed from it. */
  readonly executes: boolean;
}

/** What is written for a path. */
export type Written =
  | { readonly form: 'short'; readonly text: string }
  | { readonly form: 'long'; readonly value: Readonly<Record<string, unknown>> }
  | { readonly form: 'named'; readonly driverOptions: Readonly<Record<string, string>> }
  | { readonly form: 'anonymous'; readonly text: string };

/** Profiles of programs in Java, which unpack native libraries into /tmp and load them there. */
const unpackLibraries: ReadonlySet<string> = new Set([
  'cassandra',
  'eclipse-temurin',
  'elasticsearch',
  'kafka',
  'openjdk',
  'solr',
  'strimzi-operator',
  'tomcat',
  'zookeeper',
]);

/**
 * Whether something may be executed from the paths of a profile: also s6 does so in /run, and of
 * an image without a profile nothing is known.
 */
export function mayExecute({ name, environment }: ResolvedProfile, isKnown: boolean): boolean {
  return (
    !isKnown ||
    unpackLibraries.has(name) ||
    environment.some((variable) => variable.name.startsWith('S6_'))
  );
}

/** The form that a path is written in. */
export function writeTmpfs(wanted: WantedTmpfs, form: Form): Written {
  const { path } = wanted;
  if (form.version === '1') return { form: 'anonymous', text: path };
  const options = optionsOf(wanted);
  if (!form.swarm) return { form: 'short', text: `${path}:exec,${options}` };
  const size = bytesOf(wanted.sizeLimit);
  const takesLong = form.version === 'spec' || form.minor >= (size === undefined ? 2 : 6);
  if (takesLong && !needsMore(wanted)) {
    const value = { type: 'tmpfs', target: path, ...(size !== undefined && { tmpfs: { size } }) };
    return { form: 'long', value };
  }
  return { form: 'named', driverOptions: { type: 'tmpfs', device: 'tmpfs', o: options } };
}

/** Whether a tmpfs that is root's, 1777 and noexec is not enough. */
function needsMore({ mode, executes }: WantedTmpfs): boolean {
  return executes || (mode !== undefined && Number.parseInt(mode, 8) !== 0o1777);
}

/** `uid=101,gid=101,mode=0755,size=1048576`, as the kernel reads it. */
function optionsOf({ path, mode, sizeLimit, user }: WantedTmpfs): string {
  const { uid, gid } = user ?? {};
  const size = bytesOf(sizeLimit);
  return [
    ...(uid === undefined ? [] : [`uid=${uid}`]),
    ...(gid === undefined ? [] : [`gid=${gid}`]),
    `mode=${fourDigits(mode ?? usualMode(path, uid !== undefined))}`,
    ...(size === undefined ? [] : [`size=${size}`]),
  ].join(',');
}

/**
 * Open to all where it is not known who will write, as an emptyDir is; with the sticky bit where
 * programs look for it (Ruby refuses a /tmp without).
 */
function usualMode(path: string, isOwned: boolean): string {
  if (path === '/tmp' || path.endsWith('/tmp')) return '1777';
  return isOwned ? '0755' : '0777';
}

function fourDigits(mode: string): string {
  return mode.padStart(4, '0');
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity in whole bytes; undefined for none, and for a form that no size is written in. */
function bytesOf(quantity: string | undefined): number | undefined {
  const [, digits, unit = ''] =
    /^(\d{1,15}(?:\.\d{1,9})?)([kMGT]i?|Ki)?$/.exec(quantity ?? '') ?? [];
  const factor = units[unit];
  return digits === undefined || factor === undefined
    ? undefined
    : Math.ceil(Number(digits) * factor);
}

/** Whether the mount is what an earlier pass wrote, as far as its text says. */
export function isGenerated({ kind, field, options }: Mount): boolean {
  if (kind !== 'tmpfs') return false;
  if (field === 'volumes') return options === '';
  return /^exec(?:,uid=\d+)?(?:,gid=\d+)?,mode=[0-7]{4}(?:,size=\d+)?$/.test(options);
}
