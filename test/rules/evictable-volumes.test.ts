import { expect } from 'chai';
import { hardened } from './hardened.ts';

const key = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';

function listed(image: string, before?: string): string | undefined {
  const { pod } = hardened({
    ...(before !== undefined && { metadata: { annotations: { [key]: before } } }),
    spec: { containers: [{ name: 'app', image }] },
  });
  return pod.metadata?.annotations?.[key] ?? undefined;
}

describe('evictable-volumes', () => {
  it('lists the disk volumes, seeded ones too, and none in memory', () => {
    const { pod } = hardened({ spec: { containers: [{ name: 'app', image: 'seedy' }] } });
    const disk = pod.spec
      .volumes!.filter(({ emptyDir }) => !JSON.stringify(emptyDir).includes('Memory'))
      .map(({ name }) => name);
    expect(disk).to.have.length(4);
    expect(pod.metadata?.annotations?.[key]?.split(',')).to.have.members(disk);
  });

  it('keeps what is there', () => {
    const own = listed('web')!;
    expect(listed('web', 'scratch,cache')).to.equal(`scratch,cache,${own}`);
    expect(listed('web', '')).to.equal(own);
    expect(listed('web', own)).to.equal(own);
    const [first, second] = own.split(',');
    expect(listed('web', second)).to.equal(`${second!},${first!}`);
  });

  it('adds nothing where nothing is mounted', () => {
    expect(listed('plain')).to.equal(undefined);
    expect(listed('plain', 'scratch')).to.equal('scratch');
  });

  it('says where the annotations are full', () => {
    const annotations = { notes: 'x'.repeat(256 * 1024 - 10) };
    const { codes, pod } = hardened({
      metadata: { annotations },
      spec: { containers: [{ name: 'app', image: 'web' }] },
    });
    expect(codes('evictable-volumes')).to.deep.equal(['annotations-full']);
    expect(pod.metadata?.annotations).to.deep.equal(annotations);
  });
});
