import type { RemoteHeads } from '../../application/ports/repositories.ts';
import type { Address } from './address.ts';
import { unavailable } from './git-errors.ts';
import type { Git } from './git-process.ts';

/**
 * What a remote answers to `ls-remote`.
 *
 * Git cannot ask for the heads and for what HEAD names without being told every ref there is, which on a
 * forge means every pull request there ever was. So HEAD is asked for rarely, and the heads alone often.
 */

const TIMEOUT_MS = 30_000;
/** Default branches hardly ever change. */
const DEFAULT_BRANCH_KEPT_MS = 10 * 60_000;
const HEADS = 'refs/heads/';

export class Heads {
  readonly #git: Git;
  readonly #defaults = new Map<string, { readonly branch: string | null; readonly atMs: number }>();

  constructor(git: Git) {
    this.#git = git;
  }

  async ask(address: Address): Promise<RemoteHeads> {
    const known = this.#known(address);
    if (known === undefined) return await this.#askAll(address);
    const answer = await this.#list(address, ['--heads']);
    const branches = parse(answer).branches;
    if (known !== null && !branches.has(known)) return await this.#askAll(address);
    return { defaultBranch: known, branches };
  }

  /** The default branch alone, for who has the branches from elsewhere. */
  async defaultBranch(address: Address): Promise<string | null> {
    const known = this.#known(address);
    return known === undefined ? (await this.#askAll(address)).defaultBranch : known;
  }

  /** Undefined: not known, or too long ago. An empty repository is asked again each time. */
  #known(address: Address): string | null | undefined {
    const known = this.#defaults.get(address.folder);
    const isFresh = known !== undefined && performance.now() - known.atMs < DEFAULT_BRANCH_KEPT_MS;
    return isFresh ? known.branch : undefined;
  }

  async #askAll(address: Address): Promise<RemoteHeads> {
    const heads = parse(await this.#list(address, ['--symref'], ['HEAD', `${HEADS}*`]));
    if (heads.branches.size > 0) {
      const atMs = performance.now();
      this.#defaults.set(address.folder, { branch: heads.defaultBranch, atMs });
    }
    return heads;
  }

  async #list(
    address: Address,
    options: readonly string[],
    patterns: readonly string[] = [],
  ): Promise<string> {
    const answer = await this.#git.run({
      args: ['ls-remote', '--quiet', ...options, '--end-of-options', address.url, ...patterns],
      timeoutMs: TIMEOUT_MS,
    });
    if (answer.exitCode !== 0) throw unavailable(address, answer);
    return answer.stdout;
  }
}

/** `ref: refs/heads/main<TAB>HEAD`, then `<sha><TAB><ref>`, a line each. */
function parse(listing: string): RemoteHeads {
  let defaultBranch: string | null = null;
  const branches = new Map<string, string>();
  for (const line of listing.split('\n')) {
    const [value = '', ref = ''] = line.split('\t');
    if (ref === 'HEAD' && value.startsWith(`ref: ${HEADS}`)) {
      defaultBranch = value.slice(`ref: ${HEADS}`.length);
    } else if (ref.startsWith(HEADS)) {
      branches.set(ref.slice(HEADS.length), value);
    }
  }
  return { defaultBranch, branches };
}
