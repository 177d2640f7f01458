// The container runtime, with everything of its own: nothing of a containerd that serves this
// machine is touched.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  runCommand,
  startServer,
  type CommandResult,
  type ServerProcess,
} from '../../e2e/control-plane/owned-process.ts';
import { writeLayout, type BuiltImage } from '../images/layout.ts';
import { pause } from '../images/recipes/base.ts';
import { chooseSubnet } from './network.ts';
import type { Premises } from './premises.ts';
import { until } from './until.ts';

const IMPORT_MS = 10 * 60_000;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What kubelet and containerd find mount, runc and the like by. */
export const nodeEnvironment: NodeJS.ProcessEnv = { PATH };

/** Starts containerd and waits until it answers. */
export async function startContainerd(premises: Premises): Promise<ServerProcess> {
  const { dir } = premises;
  const config = join(dir, 'containerd.toml');
  await writeFile(config, configuration(premises));
  await writeNetwork(premises);
  const server = await startServer(
    'containerd',
    'containerd',
    [`--config=${config}`],
    join(dir, 'containerd.log'),
    nodeEnvironment,
  );
  await until('containerd', async () => {
    const end = server.ended();
    if (end !== undefined) throw new Error(`containerd ${end}:\n${server.lastLogLines()}`);
    return (await ctr(premises, ['version'])).code === 0;
  });
  return server;
}

/** Runs ctr on the images and containers of Kubernetes. Any exit code is a result. */
export function ctr(premises: Premises, args: readonly string[]): Promise<CommandResult> {
  const own = [`--address=${premises.containerdSocket}`, '--namespace=k8s.io'];
  return runCommand('ctr', [...own, ...args], { timeoutMs: IMPORT_MS });
}

/** Puts images where the kubelet finds them. */
export async function importImages(
  premises: Premises,
  images: readonly BuiltImage[],
): Promise<void> {
  const layout = await mkdtemp(join(premises.dir, 'images-'));
  // All stand on the same Debian, which takes longer to read than most of what stands on it.
  const known = await ctr(premises, ['content', 'list', '--quiet']);
  await writeLayout(images, layout, new Set(known.stdout.split('\n')));
  const { containerdSocket } = premises;
  const script =
    'set -o pipefail; tar -C "$1" -chf - . | ctr --address="$2" -n k8s.io images import -';
  const { code, stderr } = await runCommand(
    'bash',
    ['-c', script, 'import', layout, containerdSocket],
    { timeoutMs: IMPORT_MS },
  );
  if (code !== 0) throw new Error(`ctr images import: ${stderr}`);
  await rm(layout, { recursive: true });
}

/** The same for an archive that another tool made, with the names that it carries. */
export async function importArchive(premises: Premises, archive: string): Promise<void> {
  const { code, stderr } = await ctr(premises, ['images', 'import', archive]);
  if (code !== 0) throw new Error(`ctr images import: ${stderr}`);
}

function configuration({ dir, containerdSocket }: Premises): string {
  return `version = 2
root = "${dir}/containerd-root"
state = "${dir}/containerd-state"
# These look for devices and folders outside of ours.
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.internal.v1.tracing",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]
[grpc]
address = "${containerdSocket}"
[ttrpc]
address = "${containerdSocket}.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${pause.refs[0] ?? ''}"
# A sandbox may not be allowed to protect a process from the out-of-memory killer.
restrict_oom_score_adj = true
tolerate_missing_hugetlb_controller = true
netns_mounts_under_state_dir = true
# What an image declares as a volume would be writable by this runtime's own doing, and is not by that of others.
ignore_image_defined_volumes = true
# As before containerd 2, which lets everybody listen on port 80: nodes without that are the harder case.
enable_unprivileged_ports = false
stream_server_address = "127.0.0.1"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
Root = "${dir}/runc"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${dir}/cni"
`;
}

/**
 * A bridge of our own, without address translation: this machine reaches the pods and they reach
 * it, and no further.
 */
async function writeNetwork({ dir, network, bridge }: Premises): Promise<void> {
  const folder = join(dir, 'cni');
  await mkdir(folder);
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: await chooseSubnet() }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: join(dir, 'cni-addresses'),
  };
  const plugin = { type: 'bridge', bridge, isGateway: true, ipMasq: false, ipam };
  const list = { cniVersion: '0.4.0', name: network, plugins: [plugin] };
  await writeFile(join(folder, '10-bridge.conflist'), JSON.stringify(list));
}
