import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import { mebibytesOfManifest } from './bench/memory-limit.ts';
import { text } from './manifests/read.ts';

const ROOT = join(import.meta.dirname, '..');

describe('the Dockerfile', () => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const final = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

  it('takes its base images as arguments, in every stage', () => {
    expect(dockerfile).to.match(/^ARG NODE_IMAGE=\S+:26-slim$/m);
    expect(dockerfile).to.match(/^ARG GO_IMAGE=\S+:1\.26$/m);
    for (const [, image] of dockerfile.matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm)) {
      expect(image).to.be.oneOf(['${NODE_IMAGE}', '${GO_IMAGE}']);
    }
    expect(final).to.match(/^\nFROM \$\{NODE_IMAGE\}$/m);
  });

  it('runs as the user that the Deployment names, without a shell, and needs no emulator', () => {
    expect(final).to.match(/^USER 65532:65532$/m);
    expect(final).to.match(
      /^ENTRYPOINT \["node", "--max-semi-space-size=16", "--max-old-space-size=192", "\/app\/dist\/cli\/main\.js"\]\nCMD \["serve"\]$/m,
    );
    expect(final).not.to.match(/^RUN /m);
  });

  it('leaves room beside the heap in the memory of the Deployment', () => {
    const flag = (name: string): number =>
      Number(new RegExp(`"--${name}=(\\d+)"`).exec(final)?.[1]);
    // Three semi-spaces, and for sockets, texts and the program more than was ever measured.
    const heap = flag('max-old-space-size') + 3 * flag('max-semi-space-size');
    expect(mebibytesOfManifest() - heap).to.be.at.least(200);
  });

  it('runs no scripts of packages, copies none, and copies only what .dockerignore lets through', () => {
    expect(dockerfile).to.match(/^RUN npm ci --ignore-scripts$/m);
    expect(final).not.to.contain('node_modules');
    const allowed = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, sources = '']) => sources.split(' '),
    );
    expect(allowed).to.have.members([...new Set(copied)]);
  });

  it('labels the version that package.json has and the Deployment runs', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(dockerfile).to.contain(`ARG VERSION=${version}\n`);
    expect(text('30-deployment.yaml')).to.contain(`image: ghcr.io/lithopod/lithopod:${version}\n`);
  });
});
