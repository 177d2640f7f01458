/**
 * The part of a Pod that Lithopod reads.
 *
 * Generated from ../fields.ts by `npm run generate`: do not edit.
 */

type Absent = null | undefined;

export interface Pod {
  readonly metadata?: ObjectMeta | Absent;
  readonly spec: PodSpec;
}

export interface ObjectMeta {
  readonly name?: string | Absent;
  readonly generateName?: string | Absent;
  readonly namespace?: string | Absent;
  readonly labels?: Readonly<Record<string, string | null>> | Absent;
  readonly annotations?: Readonly<Record<string, string | null>> | Absent;
}

export interface PodSpec {
  readonly initContainers?: readonly Container[] | Absent;
  readonly containers: readonly Container[];
  readonly ephemeralContainers?: readonly Container[] | Absent;
  readonly volumes?: readonly Volume[] | Absent;
  readonly securityContext?: PodSecurityContext | Absent;
  readonly serviceAccountName?: string | Absent;
  readonly hostNetwork?: boolean | Absent;
  readonly hostPID?: boolean | Absent;
  readonly hostIPC?: boolean | Absent;
  readonly os?: PodOS | Absent;
  readonly nodeSelector?: Readonly<Record<string, string | null>> | Absent;
  readonly affinity?: Affinity | Absent;
}

export interface Container {
  readonly name: string;
  readonly image?: string | Absent;
  readonly imagePullPolicy?: string | Absent;
  readonly command?: readonly string[] | Absent;
  readonly args?: readonly string[] | Absent;
  readonly workingDir?: string | Absent;
  readonly restartPolicy?: string | Absent;
  readonly terminationMessagePath?: string | Absent;
  readonly env?: readonly EnvVar[] | Absent;
  readonly envFrom?: readonly EnvFromSource[] | Absent;
  readonly ports?: readonly ContainerPort[] | Absent;
  readonly resources?: ResourceRequirements | Absent;
  readonly securityContext?: SecurityContext | Absent;
  readonly volumeMounts?: readonly VolumeMount[] | Absent;
  readonly volumeDevices?: readonly VolumeDevice[] | Absent;
  readonly startupProbe?: Probe | Absent;
  readonly livenessProbe?: Probe | Absent;
  readonly readinessProbe?: Probe | Absent;
  readonly lifecycle?: Lifecycle | Absent;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string | Absent;
}

export interface EnvFromSource {
  readonly prefix?: string | Absent;
  readonly [source: string]: unknown;
}

export interface ContainerPort {
  readonly containerPort?: number | Absent;
  readonly hostPort?: number | Absent;
}

export interface ResourceRequirements {
  readonly limits?: Readonly<Record<string, unknown>> | Absent;
  readonly requests?: Readonly<Record<string, unknown>> | Absent;
}

export interface SecurityContext {
  readonly privileged?: boolean | Absent;
  readonly readOnlyRootFilesystem?: boolean | Absent;
  readonly allowPrivilegeEscalation?: boolean | Absent;
  readonly runAsNonRoot?: boolean | Absent;
  readonly runAsUser?: number | Absent;
  readonly runAsGroup?: number | Absent;
  readonly procMount?: string | Absent;
  readonly capabilities?: Capabilities | Absent;
  readonly seccompProfile?: SeccompProfile | Absent;
  readonly appArmorProfile?: AppArmorProfile | Absent;
  readonly seLinuxOptions?: SELinuxOptions | Absent;
  readonly windowsOptions?: WindowsSecurityContextOptions | Absent;
}

export interface Capabilities {
  readonly add?: readonly string[] | Absent;
  readonly drop?: readonly string[] | Absent;
}

export interface SeccompProfile {
  readonly type?: string | Absent;
}

export interface AppArmorProfile {
  readonly type?: string | Absent;
}

export interface SELinuxOptions {
  readonly type?: string | Absent;
  readonly user?: string | Absent;
  readonly role?: string | Absent;
}

export interface WindowsSecurityContextOptions {
  readonly hostProcess?: boolean | Absent;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean | Absent;
  readonly subPath?: string | Absent;
  readonly subPathExpr?: string | Absent;
  readonly mountPropagation?: string | Absent;
  readonly recursiveReadOnly?: string | Absent;
}

export interface VolumeDevice {
  readonly name: string;
  readonly devicePath: string;
}

export interface Probe {
  readonly exec?: ExecAction | Absent;
  readonly httpGet?: NetworkAction | Absent;
  readonly tcpSocket?: NetworkAction | Absent;
}

export interface ExecAction {
  readonly command?: readonly string[] | Absent;
}

export interface NetworkAction {
  readonly host?: string | Absent;
}

export interface Lifecycle {
  readonly postStart?: Probe | Absent;
  readonly preStop?: Probe | Absent;
}

export interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

export interface PodSecurityContext {
  readonly runAsNonRoot?: boolean | Absent;
  readonly runAsUser?: number | Absent;
  readonly runAsGroup?: number | Absent;
  readonly fsGroup?: number | Absent;
  readonly seccompProfile?: SeccompProfile | Absent;
  readonly appArmorProfile?: AppArmorProfile | Absent;
  readonly seLinuxOptions?: SELinuxOptions | Absent;
  readonly windowsOptions?: WindowsSecurityContextOptions | Absent;
  readonly sysctls?: readonly Sysctl[] | Absent;
}

export interface Sysctl {
  readonly name: string;
  readonly value: string;
}

export interface PodOS {
  readonly name?: string | Absent;
}

export interface Affinity {
  readonly nodeAffinity?: NodeAffinity | Absent;
}

export interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector | Absent;
}

export interface NodeSelector {
  readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] | Absent;
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeSelectorRequirement[] | Absent;
}

export interface NodeSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | Absent;
}
