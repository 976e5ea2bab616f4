import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where images live between runs, outside the checkout. */
export interface ImageCache {
  /** Storage of buildah: all layers and images, also the bases. */
  readonly storage: string;
  /** What buildah needs while it runs. */
  readonly runtime: string;
  /** Folders that are built from; each is removed after its build. */
  readonly contexts: string;
}

export function imageCache(variables: NodeJS.ProcessEnv = process.env): ImageCache {
  const caches = variables['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(caches, 'offshoot-test', 'images');
  return {
    storage: join(folder, 'storage'),
    runtime: join(folder, 'runtime'),
    contexts: join(folder, 'contexts'),
  };
}
