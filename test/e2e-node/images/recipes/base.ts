// What the others stand on, and what each pod has. Users, paths, environment and commands of the
// images here are those of the official images' Dockerfiles.

import type { Recipe } from '../recipe.ts';

/** Where Docker's official images are. */
export const LIBRARY = 'docker.io/library';
/** The search path that a builder gives an image which names none. */
export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

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
