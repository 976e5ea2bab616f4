import type { TaskObservation } from '../../../application/ports/engine.ts';
import { redact } from '../../../domain/calls/redact.ts';
import { readLogs } from './logs.ts';
import type { Site } from './site.ts';

/** The last words of what failed, read once for each failure. */

const EVIDENCE_LINES = 20;
const EVIDENCE_LENGTH_MAX = 2_048;
const LINE_BYTES_MAX = 512;
/** Failures whose words are remembered; the oldest go first. */
const REMEMBERED_MAX = 2_000;

export interface EvidenceReader {
  /** The same observations, failed ones with what their component wrote last. */
  withLastWords(
    environment: string,
    observations: readonly TaskObservation[],
  ): Promise<readonly TaskObservation[]>;
}

export function createEvidenceReader(site: Site): EvidenceReader {
  const known = new Map<string, string>();

  const lastWords = async (environment: string, seen: TaskObservation): Promise<string> => {
    const key = [environment, seen.task, seen.fingerprint, seen.generation, seen.startedAt].join();
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const words = await wordsOf(site, environment, seen.task.slice(seen.task.indexOf('/') + 1));
    known.set(key, words);
    const [oldest] = known.keys();
    if (known.size > REMEMBERED_MAX && oldest !== undefined) known.delete(oldest);
    return words;
  };

  return {
    withLastWords: (environment, observations) =>
      Promise.all(
        observations.map(async (seen) => {
          if (seen.state !== 'Failed' || !isOfPods(seen.task)) return seen;
          const words = await lastWords(environment, seen);
          const evidence = [seen.evidence, words].filter((text) => text).join('\n');
          return evidence === ''
            ? seen
            : { ...seen, evidence: evidence.slice(-EVIDENCE_LENGTH_MAX) };
        }),
      ),
  };
}

function isOfPods(task: string): boolean {
  return !task.startsWith('namespace/') && !task.startsWith('boundary/');
}

/** Of the present run, or of the one before it when that has said nothing yet. Never a failure of its own. */
async function wordsOf(site: Site, environment: string, component: string): Promise<string> {
  for (const previous of [false, true]) {
    try {
      const lines: string[] = [];
      const options = { tail: EVIDENCE_LINES, previous };
      for await (const { text } of readLogs(site, { environment, component }, options)) {
        lines.push(redact(text, LINE_BYTES_MAX));
      }
      if (lines.length > 0) return lines.join('\n');
    } catch {
      return '';
    }
  }
  return '';
}
