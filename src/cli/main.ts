#!/usr/bin/env node
/**
 * The executable. The exit code is set, not forced, so that all output reaches its reader first.
 */
import { copyEnvironment } from '../config.ts';
import { processIo } from './terminal/process-io.ts';
import { run } from './program.ts';

copyEnvironment();
process.exitCode = await run(process.argv.slice(2), processIo());
