/** An image that the command line names. */
import { parseReference } from '../../core/images/image-reference.ts';
import { failure } from '../../core/values/result.ts';
import type { ImageReference } from '../../core/images/image-reference.ts';
import type { Result } from '../../core/values/result.ts';

/** Reads it. Refused as a reference is, with the image in the place of a file. */
export function readImage(image: string): Result<ImageReference> {
  const reference = parseReference(image);
  if (reference.ok) return reference;
  return failure(...reference.problems.map(({ message }) => ({ file: image, message })));
}
