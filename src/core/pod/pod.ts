/**
 * The part of a Pod that Lithopod reads, as readonly structural types.
 *
 * Values come from JSON or YAML and are never class instances. Fields that are not named here
 * survive, because every change is made by spreading the original. `null` is what YAML gives for a
 * key without a value; the API server treats it as absent, and so do we.
 *
 * Source: k8s.io/api core/v1 types.go, v1.34.
 */

type Absent = null | undefined;

export interface ObjectMeta {
  readonly name?: string | Absent;
  readonly generateName?: string | Absent;
  readonly namespace?: string | Absent;
  readonly annotations?: Readonly<Record<string, string | null>> | Absent;
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

export interface SeLinuxOptions {
  readonly type?: string | Absent;
  readonly user?: string | Absent;
  readonly role?: string | Absent;
}

export interface WindowsOptions {
  readonly hostProcess?: boolean | Absent;
}

/** What a pod and a container can both set, and Lithopod only reads. */
export interface HostSecurity {
  readonly appArmorProfile?: AppArmorProfile | Absent;
  readonly seLinuxOptions?: SeLinuxOptions | Absent;
  readonly windowsOptions?: WindowsOptions | Absent;
}

export interface SecurityContext extends HostSecurity {
  readonly privileged?: boolean | Absent;
  readonly readOnlyRootFilesystem?: boolean | Absent;
  readonly allowPrivilegeEscalation?: boolean | Absent;
  readonly runAsNonRoot?: boolean | Absent;
  readonly runAsUser?: number | Absent;
  readonly runAsGroup?: number | Absent;
  readonly procMount?: string | Absent;
  readonly capabilities?: Capabilities | Absent;
  readonly seccompProfile?: SeccompProfile | Absent;
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

export interface ExecAction {
  readonly command?: readonly string[] | Absent;
}

/** A request to somewhere: to the pod itself where no host is named. */
export interface NetworkAction {
  readonly host?: string | Absent;
}

/** A probe, or what runs at a moment of a container's life. */
export interface Probe {
  readonly exec?: ExecAction | Absent;
  readonly httpGet?: NetworkAction | Absent;
  readonly tcpSocket?: NetworkAction | Absent;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string | Absent;
}

/** A ConfigMap or Secret, each key of which becomes a variable. */
export interface EnvFromSource {
  readonly prefix?: string | Absent;
  readonly configMapRef?: object | Absent;
  readonly secretRef?: object | Absent;
}

export interface Resources {
  readonly limits?: Readonly<Record<string, unknown>> | Absent;
  readonly requests?: Readonly<Record<string, unknown>> | Absent;
}

export interface ContainerPort {
  readonly containerPort?: number | Absent;
  readonly hostPort?: number | Absent;
}

export interface Container {
  readonly name: string;
  readonly image?: string | Absent;
  readonly imagePullPolicy?: string | Absent;
  readonly command?: readonly string[] | Absent;
  readonly args?: readonly string[] | Absent;
  readonly workingDir?: string | Absent;
  /** Of an init container: `Always` makes it one that runs beside the others. */
  readonly restartPolicy?: string | Absent;
  readonly terminationMessagePath?: string | Absent;
  readonly env?: readonly EnvVar[] | Absent;
  readonly envFrom?: readonly EnvFromSource[] | Absent;
  readonly ports?: readonly ContainerPort[] | Absent;
  readonly resources?: Resources | Absent;
  readonly securityContext?: SecurityContext | Absent;
  readonly volumeMounts?: readonly VolumeMount[] | Absent;
  readonly volumeDevices?: readonly VolumeDevice[] | Absent;
  readonly startupProbe?: Probe | Absent;
  readonly livenessProbe?: Probe | Absent;
  readonly readinessProbe?: Probe | Absent;
  readonly lifecycle?:
    { readonly postStart?: Probe | Absent; readonly preStop?: Probe | Absent } | Absent;
}

/**
 * A volume: its name, and one further key, the source (`emptyDir`, `configMap`, …), whose value is
 * an object.
 */
export interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

export interface Sysctl {
  readonly name: string;
  readonly value: string;
}

export interface PodSecurityContext extends HostSecurity {
  readonly runAsNonRoot?: boolean | Absent;
  readonly runAsUser?: number | Absent;
  readonly runAsGroup?: number | Absent;
  readonly fsGroup?: number | Absent;
  readonly seccompProfile?: SeccompProfile | Absent;
  readonly sysctls?: readonly Sysctl[] | Absent;
}

export interface NodeSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | Absent;
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeSelectorRequirement[] | Absent;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[] | Absent;
  readonly ephemeralContainers?: readonly Container[] | Absent;
  readonly volumes?: readonly Volume[] | Absent;
  readonly securityContext?: PodSecurityContext | Absent;
  readonly hostNetwork?: boolean | Absent;
  readonly hostPID?: boolean | Absent;
  readonly hostIPC?: boolean | Absent;
  readonly os?: { readonly name?: string | Absent } | Absent;
  readonly nodeSelector?: Readonly<Record<string, string | null>> | Absent;
  readonly affinity?:
    | {
        readonly nodeAffinity?:
          | {
              readonly requiredDuringSchedulingIgnoredDuringExecution?:
                { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] | Absent } | Absent;
            }
          | Absent;
      }
    | Absent;
}

export interface Pod {
  readonly metadata?: ObjectMeta | Absent;
  readonly spec: PodSpec;
}

/** The three lists of a pod that hold containers, in the order in which they start. */
export const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
export type ContainerList = (typeof containerLists)[number];
