import { compareText } from '../../../../domain/diagnostic.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { probePod, stateOfContainer, untilPod, type ProbePlace } from './pods.ts';

/** Whether nodes can pull images: one pod has them all as containers, and is looked at until each is decided. */

/** Containers of one pod, and images that are tried at all. */
const IMAGES_MAX = 16;
/** What is still being pulled then is large, not missing. */
const PULL_MS = 20_000;

/** Image → `''` pulled, or why not. What is not in it was not tried, or is still being pulled. */
export async function tryPull(
  place: ProbePlace,
  images: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const tried = images.toSorted(compareText).slice(0, IMAGES_MAX);
  if (tried.length === 0) return new Map();
  const containers = tried.map((image, index) => ({
    name: `image-${index}`,
    image,
    command: ['true'],
  }));
  await place.api.create(RESOURCE_TYPES.pod, probePod(place, 'pull', containers));
  let latest: ReadonlyMap<string, string> = new Map();
  await untilPod(place, 'pull', PULL_MS, (pod) => {
    const decided = containers.flatMap(({ name, image }): [string, string][] => {
      const state = stateOfContainer(pod, name);
      if (state === null) return [];
      return [[image, state.kind === 'unpulled' ? `${state.reason}: ${state.message}` : '']];
    });
    latest = new Map(decided);
    return decided.length === containers.length ? true : null;
  });
  return latest;
}
