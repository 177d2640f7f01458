/** `lithopod learn`: prints the draft of a profile from what containers were seen to write. */
import { Option } from 'commander';
import { addRunFlags, untilInterrupted } from '../input/run-flags.ts';
import { addPodFlags, asksCluster } from './learn-pod-form.ts';
import { addSourceFlags, learnFromFiles, namesFiles } from './learn-sources.ts';
import type { Command } from 'commander';
import type { LocalRunFlags } from '../input/run-flags.ts';
import type { Finish, Io } from '../terminal/io.ts';
import type { PodFlags } from './learn-pod-form.ts';
import type { SourceFlags } from './learn-sources.ts';

type LearnFlags = PodFlags & SourceFlags & LocalRunFlags;

/** Adds the command `learn`. */
export function registerLearn(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('learn')
    .summary('draft a profile from what a container writes')
    .description(
      'Prints the draft of an ImageProfile with what containers wrote.\n\nWith -n, -l or --all it looks at running pods of a cluster: by an ephemeral container beside them (lithopod observe), which needs no privilege and no access to the node. It has to be allowed to patch pods/ephemeralcontainers and to get pods and pods/log. An ephemeral container stays in the pod until that ends.\n\nWith --from-… it reads files, of which the first word names the image.\n\nElse it runs the image on this machine by podman or docker: once as it is, then on a read-only root with what was learnt, until it stays up or nothing new comes.',
    )
    .argument('[operand...]', 'names of pods; or an image, and after -- arguments of its container')
    .addOption(
      new Option('-o, --output <format>', 'what to print')
        .choices(['yaml', 'json'])
        .default('yaml'),
    )
    .addHelpText(
      'after',
      "\nFor example:\n  lithopod learn -n shop api-7d9f5 > profiles/api.yaml\n  lithopod learn nginx:1.29 --publish 80 --exercise 'curl -f localhost:$LITHOPOD_PORT'",
    );
  addRunFlags(addSourceFlags(addPodFlags(command)), 60).action(
    async (operands: readonly string[], flags: LearnFlags) => {
      finish(await learn(operands, flags, io));
    },
  );
}

async function learn(operands: readonly string[], flags: LearnFlags, io: Io): Promise<number> {
  const [image, ...args] = operands;
  if (namesFiles(flags)) return learnFromFiles(image, flags, io);
  if (asksCluster(flags) || image === undefined) {
    return (await import('./learn-pod.ts')).learnPods(operands, flags, io);
  }
  const { learnByRunning } = await import('./learn-run.ts');
  return untilInterrupted((signal) => learnByRunning(image, args, flags, signal, io));
}
