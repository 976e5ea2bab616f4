import type { TaskObservation } from '../../../application/ports/engine.ts';
import { redact } from '../../../domain/calls/redact.ts';
import type { SeenTask } from '../watch/cluster-view.ts';
import type { Site } from './site.ts';

/** The last words of what failed, read once for each failure. */

const EVIDENCE_LINES = 20;
const EVIDENCE_LENGTH_MAX = 2_048;
const LINE_BYTES_MAX = 512;
const LOG_BYTES_MAX = 64 * 1024;
/** Failures whose words are remembered; the oldest go first. */
const REMEMBERED_MAX = 2_000;

export interface EvidenceReader {
  /** The same observations, failed ones with what their container wrote last. */
  withLastWords(observations: readonly SeenTask[]): Promise<readonly TaskObservation[]>;
}

export function createEvidenceReader(site: Pick<Site, 'api'>): EvidenceReader {
  const known = new Map<string, string>();

  const lastWords = async (of: NonNullable<SeenTask['evidenceOf']>): Promise<string> => {
    const key = [of.ref.namespace, of.ref.name, of.container, of.isPrevious].join('/');
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const words = await wordsOf(site, of);
    if (words !== '') known.set(key, words);
    const [oldest] = known.keys();
    if (known.size > REMEMBERED_MAX && oldest !== undefined) known.delete(oldest);
    return words;
  };

  return {
    withLastWords: (observations) =>
      Promise.all(
        observations.map(async ({ evidenceOf, ...seen }) => {
          if (seen.state !== 'Failed' || evidenceOf === undefined) return seen;
          const words = await lastWords(evidenceOf);
          const evidence = [seen.evidence, words].filter((text) => text).join('\n');
          return evidence === ''
            ? seen
            : { ...seen, evidence: evidence.slice(-EVIDENCE_LENGTH_MAX) };
        }),
      ),
  };
}

/** Never a failure of its own: what cannot be had is left out. */
async function wordsOf(
  { api }: Pick<Site, 'api'>,
  { ref, container, isPrevious }: NonNullable<SeenTask['evidenceOf']>,
): Promise<string> {
  try {
    const text = await api.podLog(ref, {
      container,
      tailLines: EVIDENCE_LINES,
      limitBytes: LOG_BYTES_MAX,
      previous: isPrevious,
    });
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => redact(line, LINE_BYTES_MAX)).join('\n');
  } catch {
    return '';
  }
}
