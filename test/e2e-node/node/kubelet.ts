// The servers that make a cluster of a control plane: kubelet, scheduler, controllers.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { freePorts } from '../../e2e/control-plane/free-ports.ts';
import { findNodeBinaries } from '../../e2e/control-plane/binaries.ts';
import type { ControlPlane } from '../../e2e/control-plane/control-plane.ts';
import { startServer, type ServerProcess } from '../../e2e/control-plane/owned-process.ts';
import { nodeEnvironment } from './containerd.ts';
import { cgroupRoots } from './occupied.ts';
import type { Premises } from './premises.ts';

/**
 * Starts the scheduler and the controllers, which make service accounts, pods of workloads, and so
 * on.
 */
export async function startControllers(
  plane: ControlPlane,
  { dir }: Premises,
): Promise<readonly ServerProcess[]> {
  const { kubeScheduler, kubeControllerManager } = await findNodeBinaries();
  // Nobody asks them anything: no port, and nobody to compete with for leadership.
  const kubeconfig = await copyKubeconfig(plane, dir, 'controllers');
  const own = [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0'];
  const pki = join(plane.dir, 'pki');
  const controllers = [
    `--flex-volume-plugin-dir=${join(dir, 'volume-plugins')}`,
    `--root-ca-file=${join(pki, 'ca.crt')}`,
    `--service-account-private-key-file=${join(pki, 'service-account.key')}`,
  ];
  const start = (name: string, path: string, args: readonly string[]): Promise<ServerProcess> =>
    startServer(name, path, args, join(dir, `${name}.log`), nodeEnvironment);
  return [
    await start('kube-scheduler', kubeScheduler, own),
    await start('kube-controller-manager', kubeControllerManager, [...own, ...controllers]),
  ];
}

/** Starts the kubelet; the node is called 127.0.0.1. */
export async function startKubelet(
  plane: ControlPlane,
  premises: Premises,
): Promise<ServerProcess> {
  const { dir, cgroup } = premises;
  for (const root of cgroupRoots()) makeCgroup(root, cgroup);
  const config = join(dir, 'kubelet.json');
  await writeFile(config, JSON.stringify(await configuration(plane, premises)));
  const { kubelet } = await findNodeBinaries();
  const flags = [
    `--config=${config}`,
    `--kubeconfig=${await copyKubeconfig(plane, dir, 'kubelet')}`,
    `--root-dir=${join(dir, 'kubelet')}`,
    `--cert-dir=${join(dir, 'kubelet-pki')}`,
    // By an address, since the API server, for logs and exec, asks no name server.
    '--hostname-override=127.0.0.1',
  ];
  return startServer('kubelet', kubelet, flags, join(dir, 'kubelet.log'), nodeEnvironment);
}

/**
 * In our folder, so that the arguments of every server name it: that is how they are found when all
 * else fails. One for each reader, since a copy over one that a server is about to read is empty
 * for a moment.
 */
async function copyKubeconfig(plane: ControlPlane, dir: string, reader: string): Promise<string> {
  const path = join(dir, `${reader}.kubeconfig`);
  await copyFile(plane.kubeconfig, path);
  return path;
}

async function configuration(plane: ControlPlane, premises: Premises): Promise<object> {
  const { dir, cgroup, containerdSocket } = premises;
  const [port] = await freePorts(1);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: '127.0.0.1',
    port,
    readOnlyPort: 0,
    healthzPort: 0,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: join(plane.dir, 'pki/ca.crt') },
    },
    authorization: { mode: 'AlwaysAllow' }, // Whoever has a certificate of this cluster's authority.
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    podLogsDir: join(dir, 'pod-logs'),
    volumePluginDir: join(dir, 'volume-plugins'),
    // Some sandboxes still have cgroup v1, some of them beside v2.
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup,
    enforceNodeAllocatable: [],
    oomScoreAdj: 0,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    resolvConf: '',
    // Images cannot be pulled again, and a full disk of the machine is not the pods' fault.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      'memory.available': '0%',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
      'imagefs.inodesFree': '0%',
    },
    // A crash is to be seen more than once in the time of a test.
    featureGates: { KubeletCrashLoopBackOffMax: true },
    crashLoopBackOff: { maxContainerRestartPeriod: '3s' },
  };
}

/** A cpuset without processors takes no process, and a new one has none. */
function makeCgroup(root: string, cgroup: string): void {
  const folder = join(root, cgroup);
  if (existsSync(folder)) return;
  mkdirSync(folder);
  for (const name of ['cpuset.cpus', 'cpuset.mems']) {
    const file = join(folder, name);
    // In v2 an empty one means all.
    if (!existsSync(file) || !existsSync(join(folder, 'cpuset.cpu_exclusive'))) continue;
    if (readFileSync(file, 'utf8').trim() === '') {
      writeFileSync(file, readFileSync(join(root, name), 'utf8'));
    }
  }
}
