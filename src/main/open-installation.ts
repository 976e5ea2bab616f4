import type { Installation } from '../adapters/cli/services.ts';
import type { KeptAnswers } from '../application/ports/kept-answers.ts';

/** What the command line and the server need of one project, wherever its environments run. */
export interface OpenInstallation extends Installation {
  readonly answers: KeptAnswers;
  /** Calls back soon after anything was written, by whatever process. Returns how to stop. */
  onCommit(listener: () => void, intervalMs: number): () => void;
  /** For a process that stays: `revive`, and also what others have begun and left. */
  adopt(): Promise<void>;
}
