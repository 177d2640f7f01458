/** `lithopod survey`: every image of a cluster, and whether it is ready to be enforced. */
import { Option } from 'commander';
import { environment } from '../../config.ts';
import { failure } from '../../core/values/result.ts';
import { addConnectionFlags } from '../input/connection-flags.ts';
import { addPolicyFlags, catalogueOf, policyOf } from '../input/policy-flags.ts';
import { repeatable } from '../input/repeatable.ts';
import { thresholdParser } from '../input/threshold-flag.ts';
import { surveyFails, thresholds } from '../../survey/survey.ts';
import { printProblems } from '../terminal/problems.ts';
import type { Command } from 'commander';
import type { ConnectionFlags } from '../input/connection-flags.ts';
import type { PolicyFlags } from '../input/policy-flags.ts';
import type { Result } from '../../core/values/result.ts';
import type { SurveyOptions } from '../../survey/facts.ts';
import type { Survey, Threshold } from '../../survey/survey.ts';
import type { Finish, Io } from '../terminal/io.ts';

interface SurveyFlags extends ConnectionFlags, PolicyFlags {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly filename?: readonly string[];
  readonly output: 'text' | 'json';
  readonly failOn: readonly Threshold[];
}

const defaultThresholds: readonly Threshold[] = ['none'];

/** Adds the command `survey`. */
export function registerSurvey(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('survey')
    .summary('tell of every image of a cluster whether it is ready')
    .description(
      'Lists every image of a namespace or a cluster: its pods, its profile, the level that they hold, how many are still mutable and why, restarts since they were hardened, and whether it is ready for the level, has to be learnt first, or cannot hold it. The pods’ specs decide, and no annotation on them. It reads lists of pods, namespaces, ImageProfiles and Exemptions, and changes nothing.',
    )
    .addOption(
      new Option(
        '-n, --namespace <name>',
        'the namespace (default: that of the context)',
      ).conflicts('allNamespaces'),
    )
    .option('-A, --all-namespaces', 'all namespaces of the cluster')
    .addOption(
      new Option(
        '-f, --filename <file>',
        'in place of a cluster what kubectl get -o json or yaml printed, or - for stdin (repeatable)',
      )
        .argParser(repeatable)
        .conflicts(['context', 'kubeconfig']),
    )
    .addOption(
      new Option('-o, --output <format>', 'how to tell it')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addOption(
      new Option(
        '--fail-on <what>',
        `what to exit with 1 on, one or several with commas: ${thresholds.join(', ')}`,
      )
        .argParser(thresholdParser(thresholds, defaultThresholds))
        .default(defaultThresholds, 'none'),
    );
  addPolicyFlags(addConnectionFlags(command))
    .addHelpText('after', meanings)
    .action(async (flags: SurveyFlags) => {
      finish(await surveyCommand(flags, io));
    });
}

const meanings = `
Verdicts, each for --level:
  ready        a new pod is hardened and works, as far as profiles know
  learn first  what the image must write to, or its user, is not known
  cannot       as its manifest is, it does not hold the level or loses what it asks for

--fail-on:
  mutable  pods that a label, or a new start, would harden
  learn    images that are to be learnt first
  cannot   images that cannot
  none     nothing`;

/** Gives the exit code: 0, 1 by `--fail-on`, 2 where the pods cannot be read. */
async function surveyCommand(flags: SurveyFlags, io: Io): Promise<number> {
  const catalogue = await catalogueOf(flags);
  if (!catalogue.ok) return printProblems(catalogue.problems, io);
  const options: SurveyOptions = {
    catalogue: catalogue.value,
    mirrors: flags.mirror,
    policy: policyOf(flags),
    now: Date.now(),
  };
  const survey =
    flags.filename === undefined
      ? await ofCluster(flags, options)
      : await ofFiles(flags.filename, flags, options, io);
  if (!survey.ok) return printProblems(survey.problems, io);
  if (flags.output === 'json') io.stdout(`${JSON.stringify(survey.value, null, 2)}\n`);
  else {
    const { surveyText } = await import('../report/survey-text.ts');
    io.stdout(surveyText(survey.value, { colour: io.colour.stdout, columns: io.columns }));
  }
  return surveyFails(survey.value, flags.failOn) ? 1 : 0;
}

async function ofCluster(flags: SurveyFlags, options: SurveyOptions): Promise<Result<Survey>> {
  const [{ readConnection }, { surveyCluster }] = await Promise.all([
    import('../../cluster/kubeconfig.ts'),
    import('../../survey/survey-cluster.ts'),
  ]);
  const connection = readConnection(flags, environment);
  if (!connection.ok) return connection;
  const one = flags.namespace ?? connection.value.namespace;
  return surveyCluster(connection.value, flags.allNamespaces === true ? undefined : one, options);
}

/** Without a namespace all that the files hold are meant. */
async function ofFiles(
  names: readonly string[],
  { namespace }: SurveyFlags,
  options: SurveyOptions,
  io: Io,
): Promise<Result<Survey>> {
  const [{ manifestExtensions, readSources }, { readManifests }, { surveyObjects }] =
    await Promise.all([
      import('../input/sources.ts'),
      import('../../documents/index.ts'),
      import('../../survey/survey-objects.ts'),
    ]);
  const lookup = { recursive: false, extensions: manifestExtensions };
  const sources = await readSources(names, io, lookup);
  if (!sources.ok) return sources;
  const values: unknown[] = [];
  for (const { name, text } of sources.value) {
    const read = readManifests(text, name);
    if (!read.ok) return failure(...read.problems);
    values.push(...read.value.documents.map(({ value }) => value));
  }
  return surveyObjects(values, namespace, options);
}
