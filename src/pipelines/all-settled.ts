/** Waits for all before it tells of the first failure: nothing may still be at work when what it works on is dropped. */
export async function allSettled<Result>(promises: readonly Promise<Result>[]): Promise<Result[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
