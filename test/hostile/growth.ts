/**
 * Reviews that are generated to be hostile, in small: what our code does for each, counted block by
 * block, must grow with its size and no faster. Prints as JSON how many were tried and which grew
 * too fast. In a process of its own, since V8 counts in code alone that it compiles after it was
 * told to.
 *
 *   node --import=tsx test/hostile/growth.ts SHAPES
 */
import { countWork } from './work.ts';

const work = countWork();
const { loadCatalogue } = await import('../../src/profile-files/catalogue-files.ts');
const { answer } = await import('../fuzz/checks.ts');
const { hostileShapes } = await import('./all-shapes.ts');
const { askings, inForm } = await import('./shapes.ts');

/** In bytes. Below that of the first a loop that only starts with some size has not started. */
const sizes = [96 * 1024, 384 * 1024] as const;
/** Of four times as much; a loop over one list inside a loop over another has sixteen. */
const most = 5.5;

const asPod = askings.find(
  ({ form, route }) => form === 'pod' && route.mode === 'enforce' && route.level === 'restricted',
)!;

const catalogue = await loadCatalogue();
if (!catalogue.ok) throw new Error(catalogue.problems[0]?.message);
const { shapes } = hostileShapes(catalogue.value, Number(process.argv[2]));
const tooFast: string[] = [];
for (const [index, shape] of shapes.entries()) {
  // In turn as everything, and each as what all rules look at.
  for (const { form, route } of new Set([askings[index % askings.length]!, asPod])) {
    const [few, many] = sizes.map((bytes) => {
      const body = Buffer.from(JSON.stringify(inForm(shape.make(bytes), form)));
      return work.during(() => void answer(body, route, catalogue.value)).blocks;
    });
    const growth = many! / few!;
    if (growth > most)
      tooFast.push(`${growth.toFixed(1)} × by ${route.mode} ${route.level}: ${shape.name}`);
  }
}
work.stop();
console.log(JSON.stringify({ tried: shapes.length, tooFast }));
