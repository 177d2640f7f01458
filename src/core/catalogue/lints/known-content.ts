/**
 * An `empty` entry never hides files that an image is known to keep. Where they must be writable,
 * they are `seeded`.
 *
 * The table holds facts of upstream Dockerfiles and of charts that copy the content out first. A
 * row without images is for all of them: its path exists nowhere else. `*` stands for one segment.
 */
import { canonicalPath } from '../../mounts/paths.ts';
import { parsePattern, repositoriesOverlap } from '../../images/pattern.ts';
import { makePathLint } from './lint.ts';
import type { ProfileOutline } from './lint.ts';
import { systemDirectoryProblem } from './system-directory.ts';

interface KnownContent {
  /** The directory, and those below it that are kept apart because others beside them are not. */
  readonly paths: readonly string[];
  /** Patterns of repositories. */
  readonly images?: readonly string[];
  readonly source: string;
}

function below(directory: string, names: readonly string[]): readonly string[] {
  return names.map((name) => `${directory}/${name}`);
}

const contentTable: readonly KnownContent[] = [
  {
    paths: ['/etc/ssl/certs', '/etc/pki', '/etc/alternatives'],
    source: 'Debian and Fedora base images',
  },
  {
    paths: ['/etc/nginx/conf.d', '/usr/share/nginx/html'],
    source: 'nginxinc/docker-nginx Dockerfile-debian.template',
  },
  {
    paths: below('/usr/local/apache2', [
      ...['bin', 'build', 'cgi-bin', 'conf', 'error', 'htdocs', 'icons', 'include', 'modules'],
    ]),
    source: 'docker-library/httpd 2.4/Dockerfile',
  },
  {
    paths: below('/etc/apache2', ['conf-enabled', 'mods-enabled', 'sites-enabled']),
    source: 'docker-library/php 8.4/bookworm/apache/Dockerfile',
  },
  {
    paths: ['/usr/local/etc/php/conf.d'],
    source: 'docker-library/php 8.4/bookworm/apache/Dockerfile',
  },
  {
    paths: ['/var/www/html'],
    images: ['**/library/adminer', '**/library/php', '**/library/phpmyadmin'],
    source: 'docker-library/php 8.4/bookworm/apache/Dockerfile',
  },
  {
    paths: below('/usr/local/tomcat', ['bin', 'conf', 'lib']),
    source: 'docker-library/tomcat 11.0/jdk17/temurin-jammy/Dockerfile',
  },
  { paths: ['/etc/cassandra'], source: 'docker-library/cassandra 5.0/Dockerfile' },
  { paths: ['/usr/lib/postgresql'], source: 'docker-library/postgres 17/bookworm/Dockerfile' },
  { paths: ['/opt/couchdb/etc'], source: 'apache/couchdb-docker 3.5.1/Dockerfile' },
  {
    paths: ['/opt/drupal/web/sites'],
    source: 'docker-library/drupal 11.3/php8.4/apache-bookworm/Dockerfile',
  },
  { paths: ['/var/lib/ghost'], source: 'docker-library/ghost 6/bookworm/Dockerfile' },
  { paths: ['/var/lib/jetty'], source: 'jetty/jetty.docker eclipse-temurin/12.0/jdk21/Dockerfile' },
  {
    paths: ['/var/lib/neo4j/conf'],
    source: 'neo4j/docker-neo4j docker-image-src/5/coredb/Dockerfile-bullseye',
  },
  { paths: ['/etc/mysql/conf.d'], source: 'docker-library/mysql 8.4/Dockerfile.oracle' },
  { paths: ['/etc/phpmyadmin'], source: 'phpmyadmin/docker apache/Dockerfile' },
  { paths: ['/etc/rabbitmq'], source: 'docker-library/rabbitmq 4.1/ubuntu/Dockerfile' },
  {
    paths: below('/usr/src/redmine', ['config', 'public', 'tmp']),
    source: 'docker-library/redmine 6.1/bookworm/Dockerfile',
  },
  {
    paths: ['/conf'],
    images: ['**/library/zookeeper'],
    source: '31z4/zookeeper-docker 3.9.4/Dockerfile',
  },
  {
    paths: ['/config'],
    images: ['**/open-liberty', '**/websphere-liberty'],
    source: 'docker-library/docs open-liberty/content.md',
  },
  {
    paths: below('/opt/kafka', ['bin', 'config', 'libs']),
    source: 'apache/kafka docker/jvm/Dockerfile',
  },
  {
    paths: below('/usr/share/elasticsearch', ['bin', 'config', 'plugins']),
    source: 'elastic/cloud-on-k8s pkg/controller/elasticsearch/initcontainer/prepare_fs.go',
  },
  {
    paths: below('/usr/share/kibana', ['bin', 'config', 'plugins']),
    source: 'elastic/cloud-on-k8s pkg/controller/kibana/pod.go',
  },
  {
    paths: ['/opt/bitnami/*/bin'],
    source: 'bitnami/charts (init containers that copy the content)',
  },
];

export const knownContent = makePathLint({
  id: 'known-content',
  title: 'No empty volume hides files that the image is known to keep',
  refuse: ({ path, contents }, images) => {
    if (contents === 'seeded' || !path.startsWith('/')) return undefined;
    const directory = canonicalPath(path);
    // Another lint says so already.
    if (systemDirectoryProblem(directory) !== undefined) return undefined;
    const segments = directory.split('/');
    const hidden = contentsOf(images).find((content) => hides(segments, content.segments));
    return hidden === undefined
      ? undefined
      : `would hide ${hidden.path}, where the image keeps files: say contents: seeded, or name a directory below.`;
  },
});

interface Content {
  readonly path: string;
  readonly segments: readonly string[];
}

/**
 * By the list of patterns: where pods move paths, the same profile's entries are judged for each of
 * their containers.
 */
const contentsMemo = new WeakMap<ProfileOutline['images'], readonly Content[]>();

function contentsOf(images: ProfileOutline['images']): readonly Content[] {
  let contents = contentsMemo.get(images);
  if (contents === undefined) {
    const rows = contentTable.filter((row) => isForImages(row, images));
    contents = rows.flatMap(({ paths }) =>
      paths.map((path) => ({ path, segments: path.split('/') })),
    );
    contentsMemo.set(images, contents);
  }
  return contents;
}

function isForImages({ images: known }: KnownContent, images: ProfileOutline['images']): boolean {
  if (known === undefined) return true;
  const repositories = images.flatMap(({ text }) => {
    const pattern = parsePattern(text);
    return pattern.ok ? [pattern.value.repository] : [];
  });
  return repositories.some((name) => known.some((other) => repositoriesOverlap(name, other)));
}

/** Whether the path is the content's directory or one above it. */
function hides(path: readonly string[], content: readonly string[]): boolean {
  return (
    path.length <= content.length &&
    path.every((segment, i) => segment === content[i] || content[i] === '*')
  );
}
