/** The configuration of an image, as engines print it and archives hold it (OCI image-spec). */
import { isObject } from '../../core/values/json.ts';

/** The VOLUMEs of the configuration, whatever it is: absolute paths. */
export function volumesIn(config: unknown): readonly string[] {
  const volumes = isObject(config) ? config['Volumes'] : undefined;
  return isObject(volumes) ? Object.keys(volumes).filter((path) => path.startsWith('/')) : [];
}
