// The programs of the control plane, built before the first test: on a clean machine that takes
// longer than a hook of a test may. mocha calls this once, and gives it all the time it takes.

import { findBinaries } from './binaries.ts';

export async function mochaGlobalSetup(): Promise<void> {
  await findBinaries();
}
