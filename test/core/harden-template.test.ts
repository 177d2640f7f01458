import { expect } from 'chai';
import { defaultPolicy, wholePod } from '../../src/core/context/context.ts';
import { hardenTemplate, joinOperations } from '../../src/core/harden-template.ts';
import { podTemplates } from '../../src/core/pod/pod-templates.ts';
import { readPod } from '../../src/core/pod/read-pod.ts';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { testProfiles } from '../cli/run.ts';

async function codesOf(object: object, level: 'immutable' | 'restricted') {
  const catalogue = await loadCatalogue({ paths: [testProfiles], mirrors: [] });
  const [location] = podTemplates(object);
  const pod = readPod(location!.pod);
  if (!catalogue.ok || !pod.ok) throw new Error('cannot be read');
  const policy = { ...defaultPolicy, level };
  return hardenTemplate(location!, pod.value, catalogue.value, policy, wholePod).findings.map(
    ({ code }) => code,
  );
}

const knative = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  spec: {
    template: {
      spec: {
        containers: [
          {
            image: 'registry.test/web',
            volumeMounts: [{ name: 't', mountPath: '/etc/web/templates', readOnly: true }],
          },
        ],
        volumes: [{ name: 't', configMap: { name: 't' } }],
      },
    },
  },
};

describe('hardenTemplate', () => {
  it('leaves out what the kind refuses, and says what is missing now', async () => {
    expect(await codesOf(knative, 'restricted')).to.include.members([
      'field-left-out',
      'field-refused',
      'path-refused',
    ]);
  });

  it('does not call a pod hardened that lacks something', async () => {
    expect(await codesOf(knative, 'immutable')).not.to.include('annotation-written');
  });

  it('tells of a text that changes the pod once it is made', async () => {
    const template = { podSpecPatch: '{}', container: { image: 'registry.test/tool' } };
    const workflow = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      spec: { templates: [template] },
    };
    expect(await codesOf(workflow, 'immutable')).to.include('pod-patched-later');
  });
});

describe('joinOperations', () => {
  it('adds to a list that an earlier part makes', () => {
    const add = (value: unknown) => ({ op: 'add' as const, path: '/spec/volumes', value });
    expect(joinOperations([[add([1])], [add([2, 3])]])).to.deep.equal([
      add([1]),
      { op: 'add', path: '/spec/volumes/1', value: 2 },
      { op: 'add', path: '/spec/volumes/2', value: 3 },
    ]);
  });
});
