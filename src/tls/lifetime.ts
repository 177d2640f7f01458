/**
 * The lifetime of the certificates of `lithopod certs`. Those of `lithopod rotate` are renewed by
 * themselves: certificates/lifecycle.ts.
 *
 * Nothing renews these, and the webhook's `failurePolicy: Fail` turns an expired one into an
 * outage of every opted-in namespace: projects with one-year certificates and no renewal had theirs
 * a year after installation (cert-manager/cert-manager#1340, cozystack/cozystack#3557). A long life
 * costs little here. Only API servers that hold the caBundle trust the certificate, its key lies in
 * a Secret of Lithopod's own namespace, and `lithopod certs --force` replaces both at any time
 * without an outage. So the default is ten years, `--days` asks for less, and the metric
 * `lithopod_certificate_expiry_timestamp_seconds` shows the end.
 *
 * The authority lives exactly as long as the certificate: its key is gone with the process that
 * made it, so it can sign no second one.
 */
export const defaultDays = 3650;
