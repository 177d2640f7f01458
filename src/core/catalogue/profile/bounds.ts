/**
 * How large a profile may be. The API server works out what the CEL rules of the
 * CustomResourceDefinition cost at the largest object that these bounds allow, and refuses it where
 * that is too much: test/e2e/crd-imageprofile.e2e.ts tells.
 */
export const maxText = 1024;
export const maxPath = 256;
export const maxVariable = 128;
export const maxPattern = 512;
export const maxTag = 128;

export const maxImages = 256;
export const maxEntries = 64;
export const maxVariantEntries = 16;
export const maxSeededAt = 4;
export const maxOwnDirectories = 4;
export const maxEnvironment = 20;
