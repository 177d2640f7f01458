#!/usr/bin/env node
/**
 * The executable. It sets the exit code but does not call `process.exit`, so that all output is
 * written first.
 */
import { copyEnvironment } from '../config.ts';
import { processIo } from './terminal/process-io.ts';
import { run } from './program.ts';

copyEnvironment();
process.exitCode = await run(process.argv.slice(2), processIo());
