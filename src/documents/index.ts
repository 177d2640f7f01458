/** Manifest files in and out: read, find places, edit in place, or write afresh. */
export { commentsOf } from './comments.ts';
export { editManifests, editSharing } from './edit.ts';
export { lineOf } from './place.ts';
export { readManifests } from './read.ts';
export type { ManifestFile, Position } from './read.ts';
export { renderFlow, renderJson, renderYaml } from './render.ts';
