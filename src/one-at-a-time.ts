/**
 * Returns a function that runs one work after the other, each when the one before has ended: an
 * older reading never replaces a newer one.
 */
export function oneAtATime(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    last = last.then(work, work);
    return last;
  };
}
