// What routes and resolves for the others.

import type { Recipe } from '../recipe.ts';
import { PATH } from './base.ts';

/** https://github.com/FRRouting/frr, docker/alpine */
export const frr: Recipe = {
  name: 'frr',
  refs: ['quay.io/frrouting/frr:8.4.4'],
  from: 'debian',
  config: {
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/sbin/tini', '--'],
    Cmd: ['/usr/lib/frr/docker-start'],
  },
};
