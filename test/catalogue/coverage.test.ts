import { expect } from 'chai';
import { parse } from 'yaml';
import { defaultPolicy, makeContext, wholePod } from '../../src/core/context/context.ts';
import type { ResolvedProfile } from '../../src/core/catalogue/profile/profile.ts';
import { resolveVariant } from '../../src/core/catalogue/profile/variant.ts';
import type { Container } from '../../src/core/pod/pod.ts';
import { builtinCatalogue, files, profileOf, read } from './builtin-catalogue.ts';

/** The order of design.md's example. */
const specKeys = [
  'extends',
  'images',
  'writable',
  'data',
  'ownDirectories',
  'user',
  'lowPorts',
  'fileCapabilities',
  'maskable',
  'cp',
  'environment',
  'volumes',
  'readOnlyRoot',
  'when',
  'evidence',
];

interface Document {
  readonly spec: { readonly images?: readonly string[] };
}

describe('the files of the built-in catalogue', () => {
  for (const file of files) {
    it(file, () => {
      const { name } = profileOf(file);
      const { spec } = parse(read(file)) as Document;
      expect(`${name}.yaml`).to.equal(file);
      expect(Object.keys(spec)).to.deep.equal(specKeys.filter((key) => key in spec));
      const images = spec.images ?? [];
      expect(images).to.deep.equal([...new Set(images)].sort());
    });
  }

  it('make one catalogue, without ties', () => {
    expect(builtinCatalogue().size).to.equal(files.length);
  });
});

describe('the families of the built-in catalogue', () => {
  const catalogue = builtinCatalogue();
  const families: readonly (readonly [image: string, profile: string])[] = [
    ['nginx', 'nginx'],
    ['nginx:1.29-alpine@sha256:' + '0'.repeat(64), 'nginx'],
    ['public.ecr.aws/docker/library/nginx:1', 'nginx'],
    ['nginxinc/nginx-unprivileged:stable', 'nginx-unprivileged'],
    ['httpd:2.4', 'httpd'],
    ['example.com/shop/cart:1', 'default'],
    ['redis:7-alpine', 'redis'],
    ['valkey/valkey:8', 'valkey'],
    ['memcached', 'memcached'],
    ['postgres:17', 'postgres'],
    ['mysql:8.4', 'mysql'],
    ['mariadb:11', 'mariadb'],
    ['mongo:8', 'mongo'],
    ['rabbitmq:4-management', 'rabbitmq'],
    ['haproxy:3.2', 'haproxy'],
    ['traefik:v3.5', 'traefik'],
    ['caddy:2', 'caddy'],
    ['tomcat:11', 'tomcat'],
    ['php:8.4-apache', 'php'],
    ['wordpress', 'wordpress'],
    ['wordpress:6.8-php8.3-fpm', 'wordpress-fpm'],
    ['wordpress:cli', 'wordpress-cli'],
    ['influxdb:2', 'influxdb'],
    ['influxdb:1.12-meta-alpine', 'influxdb-enterprise-1'],
    ['influxdb:core', 'influxdb-3'],
    ['busybox:1.37', 'busybox'],
    ['alpine:3', 'alpine'],
    ['debian:trixie', 'debian'],
    ['ubuntu:24.04', 'ubuntu'],
    ['node:24', 'node'],
    ['python:3.13-slim', 'python'],
    ['ruby:3.4', 'ruby'],
    ['eclipse-temurin:21', 'eclipse-temurin'],
    ['openjdk:21', 'openjdk'],
    ['quay.io/prometheus/prometheus:v3', 'prometheus'],
    ['prom/alertmanager', 'alertmanager'],
    ['quay.io/prometheus/node-exporter', 'node-exporter'],
    ['prom/blackbox-exporter', 'blackbox-exporter'],
    ['grafana/grafana:12', 'grafana'],
    ['grafana/grafana:13.3.0-distroless-slim', 'grafana-slim'],
    ['registry:2', 'registry'],
    ['gcr.io/istio-release/proxyv2:1.29.1', 'istio-proxy'],
    ['istio/install-cni:1.29.1', 'istio-install-cni'],
    ['cr.l5d.io/linkerd/proxy:edge', 'linkerd-proxy'],
    ['cr.l5d.io/linkerd/proxy-init:v2', 'linkerd-proxy-init'],
    ['cr.l5d.io/linkerd/controller:edge', 'linkerd'],
    ['registry.k8s.io/sig-storage/livenessprobe:v2.15.0', 'csi-sidecars'],
    [
      'mcr.microsoft.com/oss/kubernetes-csi/csi-node-driver-registrar:v2',
      'csi-node-driver-registrar',
    ],
    ['registry.k8s.io/pause:3.10', 'pause'],
    ['quay.io/jetstack/cert-manager-controller:v1', 'cert-manager'],
    ['ghcr.io/lithopod/lithopod:0.1.0', 'lithopod'],
  ];
  for (const [image, profile] of families) {
    it(`${image} is ${profile}`, () => {
      expect(catalogue.match(image).profile.name).to.equal(profile);
    });
  }

  it('asks for no writable path in Lithopod itself', () => {
    const { writable, data } = catalogue.match('ghcr.io/lithopod/lithopod:0.1.0').profile;
    expect([...writable, ...data]).to.deep.equal([]);
  });
});

describe('the variants of the built-in catalogue', () => {
  const catalogue = builtinCatalogue();

  function resolve(
    image: string,
    {
      mounts = [],
      ...container
    }: Partial<Container> & { readonly mounts?: readonly string[] } = {},
  ): ResolvedProfile {
    const { compiled, reference } = catalogue.match(image);
    return resolveVariant(
      compiled,
      { name: 'main', image, ...container },
      { tag: reference?.tag, userMounts: mounts, root: true },
    );
  }
  const paths = ({ writable, data }: ResolvedProfile): readonly string[] =>
    [...writable, ...data].map(({ path, contents }) =>
      contents === 'seeded' ? `${path} seeded` : path,
    );

  /** Where the container has them. */
  function placed(image: string, fields: Partial<Container> = {}): readonly string[] {
    const container = { name: 'main', image, ...fields };
    const pod = { spec: { containers: [container] } };
    const { entries } = makeContext(pod, catalogue, defaultPolicy, wholePod).profileOf(container);
    return entries.map(({ path, contents }) => (contents === 'seeded' ? `${path} seeded` : path));
  }

  it('lets tools be masked in Debian builds of nginx and httpd only, and only behind their own command', () => {
    for (const image of ['nginx', 'nginx:1.29', 'nginx:stable-perl', 'httpd', 'httpd:2.4-trixie']) {
      expect(resolve(image).maskable, image).to.include.members(['/bin/bash', '/bin/touch']);
      expect(resolve(image, { command: ['bash', '-c', 'true'] }).maskable, image).to.deep.equal([]);
      expect(resolve(image, { args: ['bash'] }).maskable, image).to.deep.equal([]);
    }
    const unknown = `nginx@sha256:${'0'.repeat(64)}`;
    for (const image of ['nginx:alpine', 'nginx:1.29-alpine-slim', 'httpd:2-alpine', unknown]) {
      expect(resolve(image).maskable, image).to.deep.equal([]);
    }
  });

  it('seeds the configuration of nginx where templates are rendered into it', () => {
    const base = ['/tmp', '/var/cache/nginx', '/var/run'];
    expect(paths(resolve('nginx'))).to.deep.equal(base);
    const rendered = ['/etc/nginx/conf.d seeded', '/etc/nginx/stream-conf.d'];
    const mounts = ['/etc/nginx/templates'];
    expect(paths(resolve('nginx', { mounts }))).to.deep.equal([...base, ...rendered]);
    const unprivileged = ['/tmp', '/var/cache/nginx'];
    const image = 'nginxinc/nginx-unprivileged:1.29';
    expect(paths(resolve(image))).to.deep.equal(unprivileged);
    expect(paths(resolve(image, { mounts }))).to.deep.equal([...unprivileged, ...rendered]);
    for (const [directory, expected] of [
      ['/usr/share/nginx/html', ['/usr/share/nginx/html seeded', '/etc/nginx/stream-conf.d']],
      ['/etc/nginx', ['/etc/nginx seeded', '/etc/nginx/stream-conf.d']],
      ['/etc/nginx/conf.d', rendered],
    ] as const) {
      const env = [{ name: 'NGINX_ENVSUBST_OUTPUT_DIR', value: directory }];
      expect(placed('nginx', { env })).to.deep.equal([...base, ...expected]);
      expect(placed(image, { env })).to.deep.equal([...unprivileged, ...expected]);
    }
  });

  it('follows where a pod has its data', () => {
    for (const [image, container, expected] of [
      ['postgres', { env: [{ name: 'PGDATA', value: '/pg/data' }] }, '/pg'],
      [
        'postgres',
        { env: [{ name: 'PGDATA', value: '/var/lib/postgresql/data/x' }] },
        '/var/lib/postgresql',
      ],
      // The directory above has the server's own files.
      [
        'postgres',
        { env: [{ name: 'PGDATA', value: '/usr/lib/postgresql/data' }] },
        '/usr/lib/postgresql/data',
      ],
      ['mysql:8', { args: ['--datadir', '/bulk/mysql'] }, '/bulk/mysql'],
      ['mariadb', { command: ['mariadbd', '--datadir=/bulk'] }, '/bulk'],
      ['mongo', { args: ['--dbpath=/bulk'] }, '/bulk'],
      ['mongo', { args: ['--configsvr'] }, '/data/configdb'],
      ['redis', { args: ['redis-server', '--dir', '/bulk'] }, '/bulk'],
      ['valkey/valkey', { args: ['--dir', '/bulk'] }, '/bulk'],
      ['grafana/grafana', { env: [{ name: 'GF_PATHS_DATA', value: '/bulk' }] }, '/bulk'],
      ['grafana/grafana:12-slim', { env: [{ name: 'GF_PATHS_DATA', value: '/bulk' }] }, '/bulk'],
      ['apache/kafka', {}, '/tmp'],
      ['apache/kafka', { env: [{ name: 'KAFKA_LOG_DIRS', value: '/b/0,/b/1' }] }, '/b/1'],
      ['prom/prometheus', { args: ['--storage.tsdb.path=/bulk'] }, '/bulk'],
      ['prom/alertmanager', { args: ['--storage.path=/bulk'] }, '/bulk'],
      ['quay.io/coreos/etcd', { env: [{ name: 'ETCD_DATA_DIR', value: '/bulk' }] }, '/bulk'],
      ['quay.io/coreos/etcd', { command: ['etcd', '--data-dir', '/bulk'] }, '/bulk'],
      ['vaultwarden/server', { env: [{ name: 'DATA_FOLDER', value: '/bulk' }] }, '/bulk'],
      ['caddy', { env: [{ name: 'XDG_DATA_HOME', value: '/bulk' }] }, '/bulk'],
      ['zookeeper', { env: [{ name: 'ZOO_DATA_LOG_DIR', value: '/bulk' }] }, '/bulk'],
      ['hashicorp/consul', { args: ['agent', '-data-dir=/bulk'] }, '/bulk'],
      [
        'registry',
        { env: [{ name: 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY', value: '/bulk' }] },
        '/bulk',
      ],
    ] as const) {
      const what = `${image} ${JSON.stringify(container)}`;
      expect(placed(image, container).at(-1), what).to.equal(expected);
    }
  });

  it('seeds the configuration of rabbitmq where a plugin is enabled', () => {
    const enable = ['sh', '-c', 'rabbitmq-plugins enable rabbitmq_shovel'];
    for (const container of [
      { command: enable },
      { args: enable },
      { lifecycle: { postStart: { exec: { command: enable } } } },
    ]) {
      expect(placed('rabbitmq:4', container)).to.include('/etc/rabbitmq seeded');
    }
    expect(placed('rabbitmq:4')).not.to.include('/etc/rabbitmq seeded');
  });

  it('never mounts at the data directory of postgres, which initdb must own', () => {
    for (const image of ['postgres', 'postgres:17', 'postgres:18-alpine']) {
      expect(resolve(image).data.map(({ path }) => path)).to.deep.equal(['/var/lib/postgresql']);
    }
  });

  it('knows the users of Debian and Alpine builds', () => {
    expect(resolve('postgres:17').user?.uid).to.equal(999);
    expect(resolve('postgres:17-alpine').user?.uid).to.equal(70);
    expect(resolve('redis:7').user?.gid).to.equal(999);
    expect(resolve('redis:7-alpine').user?.gid).to.equal(1000);
    expect(resolve('httpd:2-alpine').user?.uid).to.equal(82);
    expect(resolve('php:8.4-fpm-alpine').user?.uid).to.equal(82);
  });

  it('gives the directories of Apache to the apache builds of php only', () => {
    expect(paths(resolve('php:8.4-cli'))).to.deep.equal(['/tmp']);
    expect(paths(resolve('php:8.4-apache'))).to.deep.equal([
      '/tmp',
      '/var/lock/apache2',
      '/var/run/apache2',
    ]);
  });

  it('seeds the configuration of rabbitmq only where the entrypoint writes it', () => {
    expect(paths(resolve('rabbitmq:3.8-management'))).to.include('/etc/rabbitmq seeded');
    for (const image of ['rabbitmq', 'rabbitmq:3', 'rabbitmq:3.13', 'rabbitmq:4-alpine']) {
      expect(paths(resolve(image)), image).to.not.include('/etc/rabbitmq seeded');
      const script = ['sh', '-c', 'rabbitmq-plugins enable --offline x && exec rabbitmq-server'];
      for (const container of [{ command: script }, { args: script }]) {
        expect(paths(resolve(image, container)), image).to.include('/etc/rabbitmq seeded');
      }
    }
  });

  it('copies the bundled plugins of Grafana where the image has them, and a cp', () => {
    const plugins = '/usr/share/grafana/data/plugins-bundled seeded';
    for (const image of ['grafana:13.2.1', 'grafana', 'grafana-enterprise:13.0.0-ubuntu']) {
      expect(paths(resolve(`grafana/${image}`)), image).to.include(plugins);
    }
    const without = ['grafana:12.4.0', 'grafana-oss', 'grafana:13.2.1-slim'];
    for (const image of [...without, 'grafana-enterprise:13.3.0-distroless']) {
      expect(paths(resolve(`grafana/${image}`)), image).to.not.include(plugins);
      expect(resolve(`grafana/${image}`).user?.uid, image).to.equal(472);
    }
  });

  it('gives Traefik a directory for plugins, however they are configured', () => {
    expect(paths(resolve('traefik:v3.6'))).to.deep.equal(['/data', '/plugins-storage', '/tmp']);
  });

  it('knows the other directory that Loki is configured to use', () => {
    expect(paths(resolve('grafana/loki:3.5.0'))).to.include.members(['/loki', '/var/loki']);
  });

  it('knows where InfluxDB 3 is told to keep its data', () => {
    const image = 'influxdb:3-core';
    const args = ['serve', '--data-dir=/var/lib/influxdb3/data'];
    const env = [{ name: 'INFLUXDB3_DATA_DIR', value: '/var/lib/influxdb3' }];
    expect(paths(resolve(image))).to.not.include('/var/lib/influxdb3');
    for (const container of [{ args }, { command: ['influxdb3', ...args] }, { env }]) {
      expect(paths(resolve(image, container))).to.include('/var/lib/influxdb3');
    }
  });

  it('knows a user of each image that runs as root and needs not', () => {
    const images = ['tomcat:11', 'minio/minio', 'nats:2-alpine', 'vaultwarden/server:latest'];
    for (const image of images) expect(resolve(image).user?.uid, image).to.equal(1000);
    expect(resolve('docker.elastic.co/kibana/kibana:8.18.2').user?.uid).to.equal(1000);
  });

  it('knows the user of distroless builds', () => {
    const images = ['prom/prometheus', 'prom/alertmanager', 'prom/node-exporter'];
    for (const image of [...images, 'quay.io/prometheus/blackbox-exporter']) {
      expect(resolve(`${image}:v9.9.9-distroless`).user, image).to.include({ uid: 65532 });
      expect(resolve(`${image}:v9.9.9`).user, image).to.include({ uid: 65534 });
    }
  });

  it('keeps the sticky /tmp that Ruby insists on', () => {
    expect(paths(resolve('ruby:3.4'))).to.deep.equal(['/tmp seeded']);
  });
});
