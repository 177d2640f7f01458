import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { runCommand } from './owned-process.ts';

/** Where the programs of a control plane are. */
export interface Binaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
}

/** Where the programs are that turn a control plane into a cluster with a node. */
export interface NodeBinaries {
  readonly kubelet: string;
  readonly kubeScheduler: string;
  readonly kubeControllerManager: string;
}

/** The commands of the Go module beside this file. */
type Command =
  'etcd' | 'kube-apiserver' | 'kubectl' | 'kubelet' | 'kube-scheduler' | 'kube-controller-manager';

const MODULE = import.meta.dirname;
const BUILD_MS = 30 * 60 * 1000;
const VERSION_MS = 10_000;
const OLDEST_KUBECTL_MINOR = 30;
const EXECUTABLE = process.platform === 'win32' ? '.exe' : '';

/**
 * Finds etcd, kube-apiserver and kubectl, in this order: the folder `KUBEBUILDER_ASSETS` names
 * (what setup-envtest prints), an earlier build in the cache, a build by `go`, which takes minutes
 * the first time and reports on stderr. A `KUBEBUILDER_ASSETS` without kubectl is completed from
 * the cache, from `PATH` when that kubectl is 1.30 or newer, or by a build.
 *
 * Rejects when `KUBEBUILDER_ASSETS` is set but lacks a server, when nothing is found and there is
 * no `go`, and when the build fails.
 */
export async function findBinaries(): Promise<Binaries> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined && assets !== '') return fromAssets(assets);
  return {
    etcd: await cachedOrBuilt('etcd'),
    kubeApiserver: await cachedOrBuilt('kube-apiserver'),
    kubectl: await cachedOrBuilt('kubectl'),
  };
}

/**
 * Finds kubelet, kube-scheduler and kube-controller-manager in the cache, or builds them, as {@link
 * findBinaries} does; setup-envtest has none of them. Rejects when there is no `go`, and when a
 * build fails.
 */
export async function findNodeBinaries(): Promise<NodeBinaries> {
  return {
    kubelet: await cachedOrBuilt('kubelet'),
    kubeScheduler: await cachedOrBuilt('kube-scheduler'),
    kubeControllerManager: await cachedOrBuilt('kube-controller-manager'),
  };
}

/**
 * The kube-controller-manager of an earlier build; nothing where there was none, since a build
 * takes minutes.
 */
export async function findBuiltControllerManager(): Promise<string | undefined> {
  const path = join(await cacheFolder(), 'kube-controller-manager' + EXECUTABLE);
  return (await isExecutable(path)) ? path : undefined;
}

async function fromAssets(folder: string): Promise<Binaries> {
  const asset = (command: Command): string => join(folder, command + EXECUTABLE);
  for (const server of ['etcd', 'kube-apiserver'] as const) {
    if (await isExecutable(asset(server))) continue;
    throw new Error(
      `KUBEBUILDER_ASSETS is ${folder}, which has no executable ${server}. ` +
        'Set it to what `setup-envtest use -p path` prints, or unset it.',
    );
  }
  return {
    etcd: asset('etcd'),
    kubeApiserver: asset('kube-apiserver'),
    kubectl: await kubectlFor(asset('kubectl')),
  };
}

async function kubectlFor(asset: string): Promise<string> {
  for (const path of [asset, join(await cacheFolder(), 'kubectl' + EXECUTABLE)]) {
    if (await isExecutable(path)) return path;
  }
  return (await isRecentKubectl('kubectl')) ? 'kubectl' : cachedOrBuilt('kubectl');
}

/** Distributions append their own words to the version, so only major and minor are compared. */
async function isRecentKubectl(path: string): Promise<boolean> {
  try {
    const { stdout } = await runCommand(path, ['version', '--client', '--output=json'], {
      timeoutMs: VERSION_MS,
    });
    const [, major, minor] = /"gitVersion":\s*"v(\d+)\.(\d+)\./.exec(stdout) ?? [];
    return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= OLDEST_KUBECTL_MINOR);
  } catch {
    return false; // There is none, or it does not work: the same to us.
  }
}

async function cachedOrBuilt(command: Command): Promise<string> {
  const folder = await cacheFolder();
  const path = join(folder, command + EXECUTABLE);
  if (await isExecutable(path)) return path;
  await requireGo();
  await mkdir(folder, { recursive: true });
  await build(command, path);
  return path;
}

/**
 * Builds beside the final place and renames: whoever finds the file finds all of it, and two test
 * runs that build at once do each other no harm.
 */
async function build(command: Command, path: string): Promise<void> {
  const started = Date.now();
  const unfinished = `${path}.${process.pid}.tmp`;
  report(`building ${command} with go; the first build takes several minutes`);
  try {
    const { code } = await runCommand(
      'go',
      ['build', ...(await flags()), '-o', unfinished, `./cmd/${command}`],
      {
        cwd: MODULE,
        // A workspace around a checkout of this project must not decide about this module.
        env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
        timeoutMs: BUILD_MS,
        signal: 'SIGINT', // go then waits for its compilers and removes its temporary files
        showErrors: true,
      },
    );
    if (code !== 0) throw new Error(`go build of ${command} failed with code ${code}; see above`);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  report(`built ${command} in ${Math.round((Date.now() - started) / 1000)} s`);
}

/**
 * go.mod alone says which release this is; a server that does not know its version calls itself
 * v0.0.0.
 */
async function flags(): Promise<string[]> {
  const goMod = await readFile(join(MODULE, 'go.mod'), 'utf8');
  const [, version, major, minor] = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/.exec(goMod) ?? [];
  if (version === undefined || major === undefined || minor === undefined) {
    throw new Error('go.mod requires no release of k8s.io/kubernetes');
  }
  const set = (name: string, value: string): string =>
    `-X k8s.io/component-base/version.${name}=${value}`;
  const ldflags = [
    '-s -w',
    set('gitVersion', version),
    set('gitMajor', major),
    set('gitMinor', minor),
  ];
  return ['-mod=readonly', '-trimpath', '-buildvcs=false', `-ldflags=${ldflags.join(' ')}`];
}

/**
 * The folder for builds of exactly these sources with exactly these flags on this kind of machine.
 */
async function cacheFolder(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', ...(await sources())]) {
    hash
      .update(`${file}\0`)
      .update(await readFile(join(MODULE, file)))
      .update('\0');
  }
  hash.update([process.platform, process.arch, ...(await flags())].join('\0'));
  return join(cacheHome(), 'lithopod', 'e2e', hash.digest('hex'));
}

async function sources(): Promise<string[]> {
  const entries = await readdir(join(MODULE, 'cmd'), { recursive: true });
  return entries
    .filter((entry) => entry.endsWith('.go'))
    .map((entry) => join('cmd', entry))
    .sort();
}

function cacheHome(): string {
  const configured = process.env['XDG_CACHE_HOME'];
  return configured === undefined || configured === '' ? join(homedir(), '.cache') : configured;
}

async function requireGo(): Promise<void> {
  try {
    await runCommand('go', ['version'], { timeoutMs: VERSION_MS });
  } catch (cause) {
    throw new Error(
      'The end-to-end tests need the programs of Kubernetes. Either install Go 1.24 or newer ' +
        '(https://go.dev/doc/install), and they are built once, or set KUBEBUILDER_ASSETS to a folder ' +
        'that has them: export KUBEBUILDER_ASSETS="$(setup-envtest use -p path 1.34)".',
      { cause },
    );
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function report(line: string): void {
  process.stderr.write(`[control-plane] ${line}\n`);
}
