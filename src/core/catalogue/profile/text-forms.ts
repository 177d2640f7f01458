/**
 * The forms of single texts in a profile. Each function says why a text is refused, as the end of a
 * sentence that begins with the field's path, or gives undefined where it is fine.
 */
import { normalisePath } from '../../mounts/paths.ts';

const maxPathLength = 4096;

/**
 * What one expression can say of a text: for editors and for the API server, so the syntax is what
 * ECMAScript and RE2 have in common. The functions below say more, and why.
 */
export const objectNameForm =
  /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
export const sizeForm =
  /^\+?(?:0*[1-9]\d*(?:\.\d*)?|0*\.0*[1-9]\d*)(?:[EPTGMk]|[EPTGMK]i|[eE][+-]?\d{1,3})?$/;
export const dayForm = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
export const envConditionForm = /^[ -<>-~]+(?:=[\s\S]*)?$/;
export const capabilityForm = /^[A-Z]{3,}(?:_[A-Z]+)*$/;
export const variableForm = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
export const flagForm = /^--?[A-Za-z0-9][A-Za-z0-9._-]*$/;
export const separatorForm = /^[,;: ]$/;
export const modeForm = /^[01]?[0-7]{3}$/;

/**
 * An absolute path in the one form that everybody writes it in. Two spellings of one directory
 * would be two mounts to the API, and it takes no colon in a mountPath (kubernetes v1.34
 * validation.go, ValidateVolumeMounts).
 */
export function pathFormProblem(path: string): string | undefined {
  if (path === '') return 'is empty.';
  if (path.length > maxPathLength) return `is longer than ${maxPathLength} characters.`;
  if (/\p{Cc}/u.test(path)) return 'has a control character.';
  if (!path.startsWith('/')) return `must be absolute, not "${path}".`;
  if (path === '/') return 'is the root directory, which is to stay read-only.';
  if (path.includes(':')) return 'has a colon, which the API refuses in a mountPath.';
  if (path.split('/').includes('..')) return `has "..": write ${normalisePath(path)}.`;
  const normal = normalisePath(path);
  return normal === path ? undefined : `is not in its shortest form: write ${normal}.`;
}

/** What RFC 1123 calls a subdomain: the form of a cluster object's name. */
export function objectNameProblem(name: string): string | undefined {
  if (name.length <= 253 && objectNameForm.test(name)) return undefined;
  return 'must be at most 253 lower-case letters, digits, "-" and ".", each part starting and ending with a letter or digit.';
}

/** A Kubernetes quantity of bytes (apimachinery resource.ParseQuantity) above zero. */
export function sizeProblem(quantity: string): string | undefined {
  const parts = /^\+?(\d+(?:\.\d*)?|\.\d+)([EPTGMk]|[EPTGMK]i|[eE][+-]?\d{1,3}|[mun])?$/.exec(
    quantity,
  );
  if (quantity.length > 64 || parts === null) {
    return `must be a Kubernetes quantity such as 64Mi, not "${quantity}".`;
  }
  if (!/[1-9]/.test(parts[1] ?? '')) return 'must be above zero.';
  if (/^[mun]$/.test(parts[2] ?? '')) {
    return `is a fraction of bytes: write ${parts[1] ?? ''}M or ${parts[1] ?? ''}Mi.`;
  }
  return undefined;
}

/** `cp`, `none` or the absolute path of the program. */
export function cpProblem(cp: string): string | undefined {
  if (cp === 'cp' || cp === 'none') return undefined;
  return pathFormProblem(cp) === undefined
    ? undefined
    : `must be cp, none or an absolute path, not "${cp}".`;
}

/**
 * `NAME` or `NAME=glob`; the API takes any printable ASCII but "=" in a name (IsRelaxedEnvVarName).
 */
export function envConditionProblem(entry: string): string | undefined {
  return envConditionForm.test(entry) ? undefined : `must be NAME or NAME=glob, not "${entry}".`;
}

/** A capability by the kernel's name, in capitals and without `CAP_`: `NET_BIND_SERVICE`. */
export function capabilityProblem(name: string): string | undefined {
  if (name.startsWith('CAP_')) return `is written without CAP_: ${name.slice('CAP_'.length)}.`;
  return capabilityForm.test(name) && name.length <= 32
    ? undefined
    : `must be the name of a capability such as NET_BIND_SERVICE, not "${name}".`;
}

/** The name of a variable as shells can set it. */
export function variableProblem(name: string): string | undefined {
  return variableForm.test(name) ? undefined : `must be the name of a variable, not "${name}".`;
}

/** A flag as one word of a command line: `--datadir`, `-d`. */
export function flagProblem(flag: string): string | undefined {
  return flagForm.test(flag)
    ? undefined
    : `must be a flag such as --data-dir, without a value, not "${flag}".`;
}

/** What separates the paths of a list: one character that no path of ours holds. */
export function separatorProblem(separator: string): string | undefined {
  return separatorForm.test(separator)
    ? undefined
    : `must be a comma, semicolon, colon or space, not "${separator}".`;
}

/**
 * The mode of a directory as octal digits, with the sticky bit or without: `1777`, `0755`, `700`.
 */
export function modeProblem(mode: string): string | undefined {
  return modeForm.test(mode)
    ? undefined
    : `must be three octal digits, or four with 0 or 1 first, not "${mode}".`;
}
