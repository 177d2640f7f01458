/** Manifest files in and out: read, find places, edit in place, or write afresh. */
export { editManifests } from './edit.ts';
export { lineOf } from './place.ts';
export { readManifests } from './read.ts';
export type { ManifestFile, Position } from './read.ts';
export { renderJson, renderYaml } from './render.ts';
