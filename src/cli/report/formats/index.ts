/** The formats for machines. */
import type { MachineFormat, MachineResults } from '../machine-result.ts';

/** The text of the results. Each format is loaded when it is asked for. */
export async function formatResults(
  results: MachineResults,
  format: MachineFormat,
): Promise<string> {
  switch (format) {
    case 'sarif':
      return (await import('./sarif.ts')).sarif(results);
    case 'junit':
      return (await import('./junit.ts')).junit(results);
    case 'github':
      return (await import('./github.ts')).github(results);
    case 'markdown':
      return (await import('./markdown.ts')).markdown(results);
  }
}
