// What attackers find in an image, or bring along.

import type { Recipe } from '../recipe.ts';
import { PATH } from './base.ts';

/** Debian, with a program that opens files by their handles. */
export const attacks: Recipe = {
  name: 'attacks',
  refs: ['localhost/lithopod/attacks:1'],
  from: 'debian',
  config: { Env: [`PATH=${PATH}`], Cmd: ['sleep', '100000'] },
};
