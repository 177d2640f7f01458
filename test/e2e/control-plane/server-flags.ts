// How etcd and kube-apiserver are started.

import { join } from 'node:path';

import { auditFlags } from './audit-log.ts';
import type { ControlPlaneOptions } from './control-plane.ts';

/** Files that the API server is started with. */
export interface Files {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly tokenKey: string;
  readonly tokenPublicKey: string;
}

const serviceAddresses = '10.96.0.0/16';
/** Of the API server's own Service: it takes the first one itself. */
export const serviceAddress = '10.96.0.1';

/** etcd for one API server and one test run. */
export function etcdFlags(dir: string, url: string): string[] {
  return [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    '--listen-peer-urls=http://127.0.0.1:0', // There are no peers.
    '--unsafe-no-fsync', // Nothing outlives the test, so nothing has to survive a crash.
  ];
}

/** An API server on loopback that reaches nothing but its etcd. */
export function apiServerFlags(
  dir: string,
  port: number,
  etcdUrl: string,
  files: Files,
  { serviceAccounts = false, auditLog = false }: ControlPlaneOptions,
): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1', // Otherwise it wants a default route, which a sandbox may not have.
    `--secure-port=${port}`,
    `--cert-dir=${join(dir, 'apiserver')}`,
    `--tls-cert-file=${files.serverCert}`,
    `--tls-private-key-file=${files.serverKey}`,
    `--client-ca-file=${files.ca}`,
    // To a kubelet, where there is one, for logs and exec: the certificate is good for both ends.
    `--kubelet-client-certificate=${files.serverCert}`,
    `--kubelet-client-key=${files.serverKey}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.tokenPublicKey}`,
    `--service-account-signing-key-file=${files.tokenKey}`,
    `--service-cluster-ip-range=${serviceAddresses}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true', // A test has to be able to show what becomes of a privileged pod.
    '--enable-aggregator-routing=true', // Reaches a webhook's Service by endpoint: no kube-proxy here.
    '--endpoint-reconciler-type=none', // A loopback address is refused as an endpoint.
    ...(auditLog ? auditFlags(dir) : []),
    ...(serviceAccounts ? [] : ['--disable-admission-plugins=ServiceAccount']),
  ];
}
