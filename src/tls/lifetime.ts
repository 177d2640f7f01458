/**
 * How long the certificates that Lithopod makes live, and why.
 *
 * Nothing renews them yet, and the webhook's `failurePolicy: Fail` turns an expired one into an
 * outage of every opted-in namespace: projects with one-year certificates and no renewal had theirs
 * a year after installation (cert-manager/cert-manager#1340, cozystack/cozystack#3557). What a long
 * life costs is small here. The certificate is trusted by nobody but API servers that hold its
 * caBundle, its key lies in a Secret of Lithopod's own namespace, and `lithopod certs --force`
 * replaces both at any time without an outage. So the default is ten years, `--days` asks for less,
 * and the metric `lithopod_certificate_expiry_timestamp_seconds` tells when.
 *
 * The authority lives exactly as long as what it signed: its key is gone with the process that made
 * it, so there is no second certificate that it could be needed for.
 */
export const DEFAULT_DAYS = 3650;
