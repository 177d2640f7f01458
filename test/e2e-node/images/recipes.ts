// The images that scenarios run. Users, paths, environment and commands are those of the official images' Dockerfiles.

import type { Recipe } from './recipe.ts';

const LIBRARY = 'docker.io/library';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Compiles what the others are made of. */
export const toolchain: Recipe = { name: 'toolchain', refs: [], from: 'debian', config: {} };

/** What the kubelet starts first in each pod. */
export const pause: Recipe = {
  name: 'pause',
  refs: ['localhost/lithopod/pause:1'],
  from: 'scratch',
  config: { User: '65535:65535', Entrypoint: ['/pause'] },
};

export const busybox: Recipe = {
  name: 'busybox',
  refs: [`${LIBRARY}/busybox:latest`, `${LIBRARY}/busybox:1.35`],
  from: 'scratch',
  config: { Env: [`PATH=${PATH}`], Cmd: ['sh'] },
};

/** https://github.com/nginxinc/docker-nginx */
export const nginx: Recipe = {
  name: 'nginx',
  refs: [`${LIBRARY}/nginx:latest`, `${LIBRARY}/nginx:1.22`, `${LIBRARY}/nginx:1.27`],
  from: 'debian',
  config: {
    ExposedPorts: { '80/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/docker-entrypoint.sh'],
    Cmd: ['nginx', '-g', 'daemon off;'],
    StopSignal: 'SIGQUIT',
  },
};

/** https://github.com/docker-library/httpd */
export const httpd: Recipe = {
  name: 'httpd',
  refs: [`${LIBRARY}/httpd:latest`, `${LIBRARY}/httpd:2.4`],
  from: 'debian',
  config: {
    ExposedPorts: { '80/tcp': {} },
    Env: [`PATH=/usr/local/apache2/bin:${PATH}`, 'HTTPD_PREFIX=/usr/local/apache2'],
    Cmd: ['httpd-foreground'],
    WorkingDir: '/usr/local/apache2',
    StopSignal: 'SIGWINCH',
  },
};

/** https://github.com/docker-library/redis */
export const redis: Recipe = {
  name: 'redis',
  refs: [`${LIBRARY}/redis:latest`, `${LIBRARY}/redis:7.0`],
  from: 'debian',
  config: {
    ExposedPorts: { '6379/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['redis-server'],
    Volumes: { '/data': {} },
    WorkingDir: '/data',
  },
};

/** https://github.com/docker-library/memcached */
export const memcached: Recipe = {
  name: 'memcached',
  refs: [`${LIBRARY}/memcached:latest`, `${LIBRARY}/memcached:1.6`],
  from: 'debian',
  config: {
    User: 'memcache',
    ExposedPorts: { '11211/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['memcached'],
  },
};

/** https://github.com/docker-library/postgres */
export const postgres: Recipe = {
  name: 'postgres',
  refs: [`${LIBRARY}/postgres:latest`, `${LIBRARY}/postgres:15`],
  from: 'debian',
  config: {
    ExposedPorts: { '5432/tcp': {} },
    Env: [
      `PATH=${PATH}:/usr/lib/postgresql/15/bin`,
      'LANG=C.UTF-8',
      'PG_MAJOR=15',
      'PGDATA=/var/lib/postgresql/data',
    ],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['postgres'],
    Volumes: { '/var/lib/postgresql/data': {} },
    StopSignal: 'SIGINT',
  },
};

/** https://github.com/MariaDB/mariadb-docker */
export const mariadb: Recipe = {
  name: 'mariadb',
  refs: [`${LIBRARY}/mariadb:latest`, `${LIBRARY}/mariadb:10.11`],
  from: 'debian',
  config: {
    ExposedPorts: { '3306/tcp': {} },
    Env: [`PATH=${PATH}`, 'LANG=C.UTF-8'],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['mariadbd'],
    Volumes: { '/var/lib/mysql': {} },
  },
};

/** https://github.com/docker-library/haproxy */
export const haproxy: Recipe = {
  name: 'haproxy',
  refs: [`${LIBRARY}/haproxy:latest`, `${LIBRARY}/haproxy:2.6`],
  from: 'debian',
  config: {
    User: 'haproxy',
    Env: [`PATH=${PATH}`],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['haproxy', '-f', '/usr/local/etc/haproxy/haproxy.cfg'],
    WorkingDir: '/var/lib/haproxy',
    StopSignal: 'SIGUSR1',
  },
};

/** https://github.com/docker-library/tomcat */
export const tomcat: Recipe = {
  name: 'tomcat',
  refs: [`${LIBRARY}/tomcat:latest`, `${LIBRARY}/tomcat:10.1`],
  from: 'debian',
  config: {
    ExposedPorts: { '8080/tcp': {} },
    Env: [
      `PATH=/usr/local/tomcat/bin:/opt/java/openjdk/bin:${PATH}`,
      'JAVA_HOME=/opt/java/openjdk',
      'CATALINA_HOME=/usr/local/tomcat',
      'LANG=C.UTF-8',
    ],
    Cmd: ['catalina.sh', 'run'],
    WorkingDir: '/usr/local/tomcat',
  },
};

/** https://github.com/docker-library/php */
export const phpApache: Recipe = {
  name: 'php-apache',
  refs: [`${LIBRARY}/php:apache`, `${LIBRARY}/php:8.2-apache`],
  from: 'debian',
  config: {
    ExposedPorts: { '80/tcp': {} },
    Env: [`PATH=${PATH}`, 'APACHE_CONFDIR=/etc/apache2', 'APACHE_ENVVARS=/etc/apache2/envvars'],
    Entrypoint: ['docker-php-entrypoint'],
    Cmd: ['apache2-foreground'],
    WorkingDir: '/var/www/html',
    StopSignal: 'SIGWINCH',
  },
};

/** https://github.com/docker-library/ruby */
export const ruby: Recipe = {
  name: 'ruby',
  refs: [`${LIBRARY}/ruby:latest`, `${LIBRARY}/ruby:3.1`],
  from: 'debian',
  config: { Env: [`PATH=${PATH}`, 'LANG=C.UTF-8'], Cmd: ['irb'] },
};

/** https://github.com/docker-library/python */
export const python: Recipe = {
  name: 'python',
  refs: [`${LIBRARY}/python:latest`, `${LIBRARY}/python:3.11`],
  from: 'debian',
  config: { Env: [`PATH=${PATH}`, 'LANG=C.UTF-8'], Cmd: ['python3'] },
};

/** https://github.com/adoptium/containers */
export const temurin: Recipe = {
  name: 'temurin',
  refs: [`${LIBRARY}/eclipse-temurin:latest`, `${LIBRARY}/eclipse-temurin:17`],
  from: 'debian',
  config: {
    Env: [`PATH=/opt/java/openjdk/bin:${PATH}`, 'JAVA_HOME=/opt/java/openjdk', 'LANG=C.UTF-8'],
    Cmd: ['jshell'],
  },
};

const nodeMajor = process.versions.node.split('.')[0] ?? '';

/** https://github.com/nodejs/docker-node, with the Node.js that runs the tests: Debian's is older than we support. */
export const node: Recipe = {
  name: 'node',
  refs: [
    `${LIBRARY}/node:latest`,
    `${LIBRARY}/node:${nodeMajor}`,
    `${LIBRARY}/node:${nodeMajor}-slim`,
  ],
  from: 'debian',
  config: { Env: [`PATH=${PATH}`], Cmd: ['node'] },
  hostFiles: { '/usr/local/bin/node': process.execPath },
  salt: process.version,
};
