/**
 * Maps every item by an asynchronous function, at most `limit` at once, in the order of the items.
 *
 * All of them are tried even when some fail; the caller sees each outcome.
 */
export async function settleInParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  map: (item: Item) => Promise<Result>,
): Promise<readonly PromiseSettledResult<Result>[]> {
  const outcomes: PromiseSettledResult<Result>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const [outcome] = await Promise.allSettled(items.slice(index, index + 1).map(map));
      if (outcome !== undefined) outcomes[index] = outcome;
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return outcomes;
}
