import { expect } from 'chai';
import {
  baseName,
  canonicalBinary,
  canonicalPath,
  isAtOrBelow,
  normalisePath,
} from '../../src/core/mounts/paths.ts';

describe('normalisePath', () => {
  for (const [path, expected] of [
    ['/tmp', '/tmp'],
    ['/tmp/', '/tmp'],
    ['//tmp', '/tmp'],
    ['/a//b///c//', '/a/b/c'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/../../a', '/a'],
    ['/a/..', '/'],
    ['/', '/'],
    ['//', '/'],
    ['', '/'],
    ['relative/x', '/relative/x'],
    ['./x', '/x'],
    ['/.hidden/..x/x.', '/.hidden/..x/x.'],
    ['/a b', '/a b'],
  ] as const) {
    it(`${JSON.stringify(path)} → ${expected}`, () => {
      expect(normalisePath(path)).to.equal(expected);
      expect(normalisePath(expected)).to.equal(expected);
    });
  }
});

describe('canonicalPath', () => {
  for (const [path, expected] of [
    ['/var/run', '/run'],
    ['/var/run/', '/run'],
    ['/var//run/app', '/run/app'],
    ['/var/lock', '/run/lock'],
    ['/var/lock/apache2', '/run/lock/apache2'],
    ['/var/run/lock', '/run/lock'],
    ['/var/running', '/var/running'],
    ['/var/lockfile', '/var/lockfile'],
    ['/var', '/var'],
    ['/srv/var/run', '/srv/var/run'],
    ['/run', '/run'],
  ] as const) {
    it(`${path} → ${expected}`, () => {
      expect(canonicalPath(path)).to.equal(expected);
      expect(canonicalPath(expected)).to.equal(expected);
    });
  }
});

describe('isAtOrBelow', () => {
  for (const [path, ancestor, expected] of [
    ['/a', '/a', true],
    ['/a/b', '/a', true],
    ['/ab', '/a', false],
    ['/a', '/a/b', false],
    ['/a', '/', true],
    ['/', '/', true],
    ['/', '/a', false],
  ] as const) {
    it(`${path}, ${ancestor}`, () => {
      expect(isAtOrBelow(path, ancestor)).to.equal(expected);
    });
  }
});

describe('canonicalBinary', () => {
  for (const [path, expected] of [
    ['/usr/bin/touch', '/bin/touch'],
    ['/bin/touch', '/bin/touch'],
    ['/usr/sbin/x', '/sbin/x'],
    ['/usr/lib64/x', '/lib64/x'],
    ['//usr/bin//x', '/bin/x'],
    ['/usr/local/bin/x', '/usr/local/bin/x'],
    ['/usr/bin', '/usr/bin'],
    ['/usr/binary/x', '/usr/binary/x'],
  ] as const) {
    it(`${path} → ${expected}`, () => {
      expect(canonicalBinary(path)).to.equal(expected);
    });
  }
});

describe('baseName', () => {
  for (const [path, expected] of [
    ['/a/b', 'b'],
    ['b', 'b'],
    ['', ''],
  ] as const) {
    it(JSON.stringify(path), () => {
      expect(baseName(path)).to.equal(expected);
    });
  }
});
