/** Compose files: recognised, read as a project, hardened. */
export { hardenProject } from './project.ts';
export { layersOf } from './layer.ts';
export { parseEnvFile } from './variables.ts';
export { writeEdits } from './write.ts';
export type { HardenedProject, Project } from './project.ts';
export type { Layer } from './layer.ts';
export type { Lookup } from './variables.ts';
