import { binary } from './binaries.ts';
import { clusterNumbers } from './numbers.ts';

/** Path of a Helm built from its Go module: minutes the first time. */
export async function ensureHelm(say: (line: string) => void = () => undefined): Promise<string> {
  return await binary(clusterNumbers(), 'helm', say);
}
