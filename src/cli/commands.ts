/**
 * Every command, in the order in which help lists them. Only the file of the command that is asked
 * for is loaded, so that no command waits for the imports of another. Help for the whole program
 * needs only the summaries.
 */
import type { Command } from 'commander';
import type { Finish, Io } from './terminal/io.ts';

/** Adds a command to the program. */
export type Register = (program: Command, io: Io, finish: Finish) => void;

/** A command before its file is loaded. */
export interface CommandEntry {
  readonly name: string;
  /** One line for the program's help: the same as in the command's own file. */
  readonly summary: string;
  readonly load: () => Promise<Register>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'harden',
    summary: 'write manifests hardened',
    load: async () => (await import('./commands/harden.ts')).registerHarden,
  },
  {
    name: 'check',
    summary: 'tell what hardening would change',
    load: async () => (await import('./commands/check.ts')).registerCheck,
  },
  {
    name: 'explain',
    summary: 'tell why, container by container',
    load: async () => (await import('./commands/explain.ts')).registerExplain,
  },
  {
    name: 'compose',
    summary: 'write Compose files hardened',
    load: async () => (await import('./commands/compose.ts')).registerCompose,
  },
  {
    name: 'krm',
    summary: 'harden as a function of kustomize or kpt',
    load: async () => (await import('./commands/krm.ts')).registerKrm,
  },
  {
    name: 'diagnose',
    summary: 'tell from a crash log what is missing',
    load: async () => (await import('./commands/diagnose.ts')).registerDiagnose,
  },
  {
    name: 'learn',
    summary: 'draft a profile from what a container writes',
    load: async () => (await import('./commands/learn.ts')).registerLearn,
  },
  {
    name: 'observe',
    summary: 'tell what a process’s root has that its image had not',
    load: async () => (await import('./commands/observe.ts')).registerObserve,
  },
  {
    name: 'verify',
    summary: 'run an image hardened on this machine',
    load: async () => (await import('./commands/verify.ts')).registerVerify,
  },
  {
    name: 'profiles',
    summary: 'look at, try and write image profiles',
    load: async () => (await import('./commands/profiles/profiles.ts')).registerProfiles,
  },
  {
    name: 'review',
    summary: 'answer one AdmissionReview as the webhook would',
    load: async () => (await import('./commands/review.ts')).registerReview,
  },
  {
    name: 'install',
    summary: 'print the manifests of an installation',
    load: async () => (await import('./commands/install.ts')).registerInstall,
  },
  {
    name: 'status',
    summary: 'tell whether an installation works',
    load: async () => (await import('./commands/status.ts')).registerStatus,
  },
  {
    name: 'survey',
    summary: 'tell of every image of a cluster whether it is ready',
    load: async () => (await import('./commands/survey.ts')).registerSurvey,
  },
  {
    name: 'uninstall',
    summary: 'remove an installation from a cluster',
    load: async () => (await import('./commands/uninstall.ts')).registerUninstall,
  },
  {
    name: 'serve',
    summary: 'run the admission webhook',
    load: async () => (await import('./commands/serve.ts')).registerServe,
  },
  {
    name: 'certs',
    summary: 'make the TLS Secret and the caBundle',
    load: async () => (await import('./commands/certs.ts')).registerCerts,
  },
  {
    name: 'rotate',
    summary: 'keep the webhook’s certificates in a cluster',
    load: async () => (await import('./commands/rotate.ts')).registerRotate,
  },
  {
    name: 'completion',
    summary: 'print the completion of a shell',
    load: async () => (await import('./commands/completion.ts')).registerCompletion,
  },
  {
    name: 'version',
    summary: 'print the version',
    load: async () => (await import('./commands/version.ts')).registerVersion,
  },
];

/**
 * The name of the command that the arguments ask for: the first word that is not a flag, or the
 * next one after `help`. Undefined where there is none.
 */
export function askedCommand(argv: readonly string[]): string | undefined {
  const words = argv.filter((word) => !word.startsWith('-'));
  return words[0] === 'help' ? words[1] : words[0];
}
