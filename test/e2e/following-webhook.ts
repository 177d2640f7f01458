// A control plane and a webhook beside it that follows objects of the cluster, with no other rights
// than the installation gives its account.

import { expect } from 'chai';

import { prepareInstallation, type Installation } from './installation.ts';
import { openApi, type Api } from './scenarios/api.ts';
import { startOurWebhook, type OurWebhook } from './scenarios/our-webhook.ts';
import { kubeconfigOfAccount } from './service-account.ts';

export interface FollowingWebhook {
  readonly installation: Installation;
  readonly api: Api;
  readonly webhook: OurWebhook;
  /** Of the webhook's own account. */
  readonly kubeconfig: string;
}

/** `files`: manifests to apply beside the installation, before the webhook starts. */
export async function startFollowingWebhook(files: readonly string[]): Promise<FollowingWebhook> {
  const installation = await prepareInstallation();
  const { plane } = installation;
  const api = await openApi(plane);
  const { secretYaml } = await installation.makeSecret(['127.0.0.1']);
  const applied = await installation.kubectl(['apply', '-k', installation.folder]);
  expect(applied.code, applied.stderr).to.equal(0);
  // By the server: client-side apply copies an object into an annotation, which has less room.
  for (const file of files) {
    const { code, stderr } = await installation.kubectl(['apply', '--server-side', '-f', file]);
    expect(code, stderr).to.equal(0);
  }
  const kubeconfig = await kubeconfigOfAccount(plane);
  const webhook = await startOurWebhook(secretYaml, plane.dir, { kubeconfig });
  return { installation, api, webhook, kubeconfig };
}
