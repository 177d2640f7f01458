/**
 * Registries that publish the same images as another, under names that differ in the prefix alone.
 *
 * Source: cloud.google.com/artifact-registry/docs/pull-cached-dockerhub-images (mirror.gcr.io);
 * gallery.ecr.aws/docker (the official images of Docker); kubernetes.io/blog/2023/03/10
 * (k8s.gcr.io answers with registry.k8s.io).
 */
import type { Mirror } from './image-reference.ts';

export const publicMirrors: readonly Mirror[] = [
  { from: 'public.ecr.aws/docker/library', to: 'docker.io/library' },
  { from: 'mirror.gcr.io', to: 'docker.io' },
  { from: 'k8s.gcr.io', to: 'registry.k8s.io' },
];
