/** `lithopod verify`: runs an image as a kubelet would run it hardened, and says if it works. */
import { Option } from 'commander';
import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { repositoryOf } from '../../core/images/image-reference.ts';
import { isObject } from '../../core/values/json.ts';
import { failure } from '../../core/values/result.ts';
import { withTextFile } from '../input/text-file.ts';
import { readImage } from '../input/image-operand.ts';
import { addRunFlags, untilInterrupted } from '../input/run-flags.ts';
import { addPolicyFlags, catalogueOf, policyOf } from '../input/policy-flags.ts';
import { printProblems } from '../terminal/problems.ts';
import { verdictReport, verdictText } from '../report/verdict.ts';
import type { Command } from 'commander';
import type { Catalogue } from '../../core/catalogue/match/catalogue.ts';
import type { Result } from '../../core/values/result.ts';
import type { LocalRunFlags } from '../input/run-flags.ts';
import type { PolicyFlags } from '../input/policy-flags.ts';
import type { Finish, Io } from '../terminal/io.ts';

interface VerifyFlags extends PolicyFlags, LocalRunFlags {
  readonly profile?: string;
  readonly against?: string;
  readonly output: 'text' | 'json';
}

/** Adds the command `verify`. */
export function registerVerify(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('verify')
    .summary('run an image hardened on this machine')
    .description(
      'Runs an image by podman or docker as a kubelet would run it hardened: read-only root, the mounts of its profile as empty directories that everybody may write to, the profile’s user at the level restricted. Beside it once more on a writable root, to see what it writes there without a word. Passes where it stays up, or ends well, and nothing was refused; prints the missing paths where not.',
    )
    .argument('<image>', 'the image: it is pulled where this machine has none')
    .argument('[args...]', 'arguments of the container, after --')
    .option('--profile <file>', 'run it under this profile, whatever images that names')
    .option('--against <image>', 'run this image too, and fail where the other wants other paths')
    .addOption(
      new Option('-o, --output <format>', 'how to print the outcome')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText(
      'after',
      "\nFor example: lithopod verify nginx:1.29 --against nginx:1.27 --publish 80 --exercise 'curl -f localhost:$LITHOPOD_PORT'",
    );
  addPolicyFlags(addRunFlags(command, 30)).action(
    async (image: string, args: readonly string[], flags: VerifyFlags) => {
      finish(await untilInterrupted((signal) => verify(image, args, flags, signal, io)));
    },
  );
}

async function verify(
  image: string,
  args: readonly string[],
  flags: VerifyFlags,
  signal: AbortSignal,
  io: Io,
): Promise<number> {
  const images = [image, ...(flags.against === undefined ? [] : [flags.against])];
  for (const one of images) {
    const reference = readImage(one);
    if (!reference.ok) return printProblems(reference.problems, io);
  }
  const catalogue = await catalogueFor(images, flags);
  if (!catalogue.ok) return printProblems(catalogue.problems, io);
  const [{ findEngine }, { trialRequest, tryImage }] = await Promise.all([
    import('../../learning/engine/engine.ts'),
    import('./try-image.ts'),
  ]);
  const engine = await findEngine(flags.engine);
  if (!engine.ok) return printProblems(engine.problems, io);
  const request = { ...trialRequest(flags, args, signal, io), looksForSilent: true };
  const trials = [];
  for (const one of images) {
    const trial = await tryImage(one, catalogue.value, policyOf(flags), engine.value, request);
    if (signal.aborted) return 130;
    if (!trial.ok) return printProblems(trial.problems, io);
    trials.push(trial.value);
  }
  const [trial, old] = trials;
  if (trial === undefined) return 2;
  const report = verdictReport(trial, old, flags.level);
  const style = { colour: io.colour.stdout, columns: io.columns };
  io.stdout(
    flags.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : verdictText(report, style),
  );
  return report.passed ? 0 : 1;
}

/** The catalogue, with the named profile for the images. Refused with the problems of its file. */
async function catalogueFor(
  images: readonly string[],
  flags: VerifyFlags,
): Promise<Result<Catalogue>> {
  const { profile: file } = flags;
  if (file === undefined) return catalogueOf(flags);
  const loaded = await catalogueOf({ ...flags, profiles: [...(flags.profiles ?? []), file] });
  if (!loaded.ok) return loaded;
  // It has one profile at least, and is YAML: else it would not have been loaded.
  const document: unknown = parse((await readFile(file, 'utf8')).split(/^---/m)[0] ?? '');
  const spec = isObject(document) ? document['spec'] : undefined;
  if (!isObject(document) || !isObject(spec)) {
    return failure({ file, message: 'begins with no profile' });
  }
  const repositories = images.map((image) => repositoryOf(image) ?? image);
  const text = stringify({ ...document, spec: { ...spec, images: [...new Set(repositories)] } });
  return withTextFile(text, 'profile.yaml', (path) =>
    catalogueOf({ ...flags, profiles: [...(flags.profiles ?? []), path] }),
  );
}
