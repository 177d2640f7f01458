/**
 * A service as a pod of one container, so that the rules for pods decide what it needs. What Docker
 * does by itself is said as a pod would say it: its seccomp profile, and ports below 1024 that are
 * open to every user (moby 20.10, daemon/oci_linux.go).
 */
import { capabilityName } from '../core/pod/capabilities.ts';
import { judgeNodePath } from '../core/mounts/node-paths.ts';
import { normalisePath } from '../core/mounts/paths.ts';
import { isGenerated } from './tmpfs.ts';
import { readUser } from './user.ts';
import type { InjectedNames } from '../core/mounts/names.ts';
import type { Container, Pod, SecurityContext, Volume, VolumeMount } from '../core/pod/pod.ts';
import type { Item, Service } from './service.ts';
import type { Mount } from './mount.ts';

/** A service's pod, with the way back from its mounts. */
export interface ServicePod {
  readonly pod: Pod;
  readonly container: Container;
  /** By the index of the container's mount. */
  readonly mounts: readonly Mount[];
}

/** What the pod of a service depends on besides the service. */
export interface Surroundings {
  /** The variables in the files that `env_file` names; undefined for a file that is not known. */
  readonly fromFiles: readonly (ReadonlyMap<string, string> | undefined)[];
  /** The folder that relative paths of the host begin at. */
  readonly folder: string;
  readonly names: InjectedNames;
}

/** A tag that is not known: the catalogue takes a bare digest for an image of any tag. */
const unknownTag = `@sha256:${'0'.repeat(64)}`;

/** The image to look up: without a tag or digest that a variable without a value would give. */
export function imageOf({ image, imageMissing }: Service): string | undefined {
  if (image === undefined || image === '') return undefined;
  if (imageMissing.length === 0) return image;
  const known = image.replace(/[:@][^/:@]*$/, '');
  return known === image ? image : `${known}${unknownTag}`;
}

/** The pod of a service. */
export function podOf(service: Service, surroundings: Surroundings): ServicePod {
  const volumes: Volume[] = [];
  const volumeMounts: VolumeMount[] = [];
  for (const mount of service.mounts) {
    const name = volumeName(mount, service, surroundings.names);
    volumes.push({ name, ...sourceOf(mount, surroundings.folder) });
    volumeMounts.push(mountOf(mount, name));
  }
  const container: Container = {
    name: service.name,
    image: imageOf(service) ?? '',
    ...(service.entrypoint !== undefined && { command: service.entrypoint }),
    ...(service.command !== undefined && { args: service.command }),
    ...environmentOf(service, surroundings),
    securityContext: securityContextOf(service),
    ...(volumeMounts.length > 0 && { volumeMounts }),
  };
  const pod: Pod = {
    spec: {
      containers: [container],
      ...(volumes.length > 0 && { volumes }),
      securityContext: { sysctls: sysctlsOf(service) },
      ...(service.pid === 'host' && { hostPID: true }),
      ...(service.ipc === 'host' && { hostIPC: true }),
      ...(service.networkMode === 'host' && { hostNetwork: true }),
    },
  };
  return { pod, container, mounts: service.mounts };
}

/**
 * What findings call a mount: its source, as the file has it. What an earlier pass wrote has the
 * name of what it stands for, as in a pod.
 */
function volumeName(mount: Mount, { name }: Service, names: InjectedNames): string {
  if (mount.source !== '') return mount.source;
  return isGenerated(mount) ? names.volume(name, mount.target) : `${mount.kind} ${mount.target}`;
}

function mountOf(mount: Mount, name: string): VolumeMount {
  const propagation = propagations[mount.propagation ?? ''];
  return {
    name,
    mountPath: mount.target,
    // Docker mounts a read-only bind recursively so (25.0, Linux 5.12).
    ...(mount.readOnly && { readOnly: true, recursiveReadOnly: 'IfPossible' }),
    ...(propagation !== undefined && { mountPropagation: propagation }),
  };
}

const propagations: Readonly<Record<string, string>> = {
  shared: 'Bidirectional',
  rshared: 'Bidirectional',
  slave: 'HostToContainer',
  rslave: 'HostToContainer',
};

function sourceOf(mount: Mount, folder: string): Readonly<Record<string, unknown>> {
  switch (mount.kind) {
    case 'bind': {
      const path = nodePath(mount.source, folder);
      return path === undefined ? { persistentVolumeClaim: {} } : { hostPath: { path } };
    }
    case 'tmpfs':
      return { emptyDir: { medium: 'Memory' } };
    case 'file':
    case 'copied':
      return { secret: {} };
    case 'image':
      return { image: {} };
    case 'volume':
    case 'anonymous':
    case 'device':
    case 'other':
      return { persistentVolumeClaim: {} };
  }
}

/**
 * The path of the host that a bind shows. Undefined for a path in or beside the folder of the
 * project, which is no part of the host's system, and for one of Windows.
 */
export function nodePath(source: string, folder: string): string | undefined {
  if (source.startsWith('/')) return normalisePath(source);
  if (source === '~' || source.startsWith('~/')) return normalisePath(`/root${source.slice(1)}`);
  if (!source.split('/').includes('..')) return undefined;
  const path = normalisePath(`${folder}/${source}`);
  const { guarded, sockets } = judgeNodePath(path);
  return guarded || sockets ? path : undefined;
}

function environmentOf(
  { environment, environmentFiles }: Service,
  { fromFiles }: Surroundings,
): Pick<Container, 'env' | 'envFrom'> {
  const values = new Map<string, string | undefined>();
  for (const file of fromFiles) for (const [name, value] of file ?? []) values.set(name, value);
  for (const [name, { value }] of environment) values.set(name, value);
  const env = [...values].map(([name, value]) =>
    value === undefined ? { name } : { name, value },
  );
  const isUnknown = environmentFiles.some((_, index) => fromFiles[index] === undefined);
  return {
    ...(env.length > 0 && { env }),
    ...(isUnknown && { envFrom: [{ configMapRef: {} }] }),
  };
}

function securityContextOf(service: Service): SecurityContext {
  const { uid, gid } = service.user === undefined ? {} : readUser(service.user);
  const add = service.capAdd.map(capabilityText);
  const drop = service.capDrop.map(capabilityText);
  const options = new Options(service.securityOpt);
  return {
    ...(service.privileged === true && { privileged: true }),
    ...(service.readOnly !== undefined && { readOnlyRootFilesystem: service.readOnly }),
    ...(options.escalates !== undefined && { allowPrivilegeEscalation: options.escalates }),
    // A name is a user of the image, which only the image knows.
    ...(service.user !== undefined && uid !== 0 && { runAsNonRoot: true }),
    ...(uid !== undefined && { runAsUser: uid }),
    ...(gid !== undefined && { runAsGroup: gid }),
    ...(add.length + drop.length > 0 && {
      capabilities: { ...(add.length > 0 && { add }), ...(drop.length > 0 && { drop }) },
    }),
    seccompProfile: { type: options.seccompOff ? 'Unconfined' : 'RuntimeDefault' },
    ...(options.pathsOpen && { procMount: 'Unmasked' }),
    ...(options.appArmorOff && { appArmorProfile: { type: 'Unconfined' } }),
    ...(options.labelType !== undefined && { seLinuxOptions: { type: options.labelType } }),
  };
}

/** A capability as a pod has it. */
export function capabilityText({ text }: Item): string {
  return capabilityName(text) ?? text;
}

/** What `security_opt` says; of an option that is there twice, the last. */
class Options {
  readonly escalates: boolean | undefined;
  readonly seccompOff: boolean = false;
  readonly appArmorOff: boolean = false;
  /** Nothing of /proc and /sys is masked or read-only. */
  readonly pathsOpen: boolean = false;
  readonly labelType: string | undefined;

  constructor(items: readonly Item[]) {
    for (const { text } of items) {
      const [, name = '', value] = /^([\w-]+)(?:[:=](.*))?$/s.exec(text) ?? [];
      if (name === 'no-new-privileges') this.escalates = value === 'false';
      if (name === 'seccomp') this.seccompOff = value === 'unconfined';
      if (name === 'systempaths') this.pathsOpen = value === 'unconfined';
      if (name === 'apparmor') this.appArmorOff = value === 'unconfined';
      if (name === 'label' && value === 'disable') this.labelType = 'spc_t';
      if (name === 'label' && value?.startsWith('type:')) this.labelType = value.slice(5);
    }
  }
}

const lowPorts = 'net.ipv4.ip_unprivileged_port_start';

function sysctlsOf({ sysctls }: Service): { name: string; value: string }[] {
  const own = [...sysctls].map(([name, { value }]) => ({ name, value: value ?? '' }));
  return sysctls.has(lowPorts) ? own : [...own, { name: lowPorts, value: '0' }];
}
