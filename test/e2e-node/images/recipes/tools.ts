// What scripts run in, and the images that others begin with.

import type { Recipe } from '../recipe.ts';
import { LIBRARY, PATH } from './base.ts';

/** https://github.com/debuerreotype/docker-debian-artifacts */
export const debian: Recipe = {
  name: 'debian',
  refs: [`${LIBRARY}/debian:latest`, `${LIBRARY}/debian:bookworm-slim`],
  from: 'debian',
  config: { Env: [`PATH=${PATH}`], Cmd: ['bash'] },
};

/** https://github.com/tianon/docker-bash */
export const bash: Recipe = {
  name: 'bash',
  refs: [`${LIBRARY}/bash:latest`, `${LIBRARY}/bash:5.2`],
  from: 'debian',
  config: { Env: [`PATH=${PATH}`], Entrypoint: ['docker-entrypoint.sh'], Cmd: ['bash'] },
};

/** https://github.com/curl/curl-container */
export const curl: Recipe = {
  name: 'curl',
  refs: ['docker.io/curlimages/curl:7.88.1', 'quay.io/curl/curl:7.88.1'],
  from: 'debian',
  config: {
    User: 'curl_user',
    Env: [`PATH=${PATH}`, 'CURL_CA_BUNDLE=/cacert.pem'],
    Entrypoint: ['/entrypoint.sh'],
    Cmd: ['curl'],
    WorkingDir: '/home/curl_user',
  },
};

/** https://github.com/Perl/docker-perl */
export const perl: Recipe = {
  name: 'perl',
  refs: [`${LIBRARY}/perl:latest`, `${LIBRARY}/perl:5.36`],
  from: 'debian',
  config: { Env: [`PATH=${PATH}`], Cmd: ['perl5.36.0', '-de0'], WorkingDir: '/usr/src/app' },
};

/** https://github.com/docker-library/openjdk */
export const openjdk: Recipe = {
  name: 'openjdk',
  refs: [`${LIBRARY}/openjdk:17`, `${LIBRARY}/openjdk:17-slim`],
  from: 'debian',
  config: {
    Env: [
      `PATH=/usr/local/openjdk-17/bin:${PATH}`,
      'JAVA_HOME=/usr/local/openjdk-17',
      'LANG=C.UTF-8',
    ],
    Cmd: ['jshell'],
  },
};

/** What https://github.com/just-containers/s6-overlay starts, with Debian's s6. */
export const s6: Recipe = {
  name: 's6',
  refs: ['registry.corp/shop/supervised:1'],
  from: 'debian',
  config: { Env: [`PATH=${PATH}`], Entrypoint: ['/init'] },
};
