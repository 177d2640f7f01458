/** Prints a line of figures among the tests' own, where whoever reads the run looks. */
export function figures(line: string): void {
  process.stdout.write(`      ${line}\n`);
}
