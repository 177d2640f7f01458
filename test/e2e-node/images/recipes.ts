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
