import { OperationError } from '../errors.ts';
import type { BranchFacts, ComponentFacts, RevisionFacts } from './facts.ts';
import { shortSha } from './ref-name.ts';
import { repositoryName } from './repository-name.ts';
import type { ChangeFinding } from './revision.ts';

/**
 * Which components a branch changes (design §5, "Change").
 *
 * A component is changed if it is pinned, or if the branch is ahead in its repository and touches its
 * source paths, or if the branch was merged there but the baseline does not contain it yet. Every
 * component gets a finding, changed or not, so that "why not mine?" has an answer.
 */

/** In the order of the facts. */
export function findChanges(facts: RevisionFacts): readonly ChangeFinding[] {
  return facts.components.map((component) => findChange(component, facts.branch));
}

/**
 * Names of the changed components.
 *
 * @throws {OperationError} `NOTHING_CHANGED`, with what was looked at, when there is none.
 */
export function requireChanges(
  findings: readonly ChangeFinding[],
  branch: string,
): readonly string[] {
  const changed = findings.filter((finding) => finding.changed).map(({ component }) => component);
  if (changed.length > 0) return changed;
  throw new OperationError('NOTHING_CHANGED', nothingChanged(findings, branch), {
    details: {
      branch,
      lookedAt: findings.map(({ component, reason }) => ({ component, reason })),
    },
  });
}

/** More than this many reasons nobody reads in one message; the details have them all. */
const REASONS_SHOWN = 20;

function nothingChanged(findings: readonly ChangeFinding[], branch: string): string {
  const components = new Map<string, string[]>();
  for (const { component, reason } of findings) {
    components.set(reason, [...(components.get(reason) ?? []), component]);
  }
  const lines = [...components].map(([reason, names]) => `${names.join(', ')}: ${reason}`);
  const shown = lines.slice(0, REASONS_SHOWN);
  if (lines.length > shown.length) shown.push(`and ${lines.length - shown.length} more`);
  const lookedAt = shown.length === 0 ? 'the catalog has no component' : shown.join('; ');
  return `branch "${branch}" changes no component (${lookedAt})`;
}

function findChange(facts: ComponentFacts, branch: string | null): ChangeFinding {
  const finding = (changed: boolean, reason: string): ChangeFinding => ({
    component: facts.component,
    changed,
    reason,
  });
  if (facts.source === null) return finding(false, 'has no source of its own');
  if (facts.pin !== null) {
    const { requested, revision } = facts.pin;
    return finding(true, pinned(requested, revision.sha));
  }
  if (branch === null) return finding(false, 'no branch was asked for');
  const repository = repositoryName(facts.source.repository);
  if (facts.branch === null) return finding(false, `no branch ${branch} in ${repository}`);
  const place: BranchPlace = { branch, repository, paths: facts.source.paths };
  const { changed, reason } = judge(facts, facts.branch, place);
  return finding(changed, reason);
}

interface BranchPlace {
  readonly branch: string;
  readonly repository: string;
  readonly paths: readonly string[];
}

type Judgement = Pick<ChangeFinding, 'changed' | 'reason'>;

function judge(facts: ComponentFacts, branch: BranchFacts, place: BranchPlace): Judgement {
  const base = facts.defaultBranch?.name ?? 'the default branch';
  const { branch: name, repository } = place;
  if (branch.state === 'ahead') return judgeTouched(branch, place);
  if (branch.state === 'merged') return judgeMerged(facts, branch, place);
  return no(
    branch.state === 'deleted'
      ? `${name} was deleted in ${repository} without being merged`
      : `${name} in ${repository} is not ahead of ${base}`,
  );
}

function judgeMerged(facts: ComponentFacts, branch: BranchFacts, place: BranchPlace): Judgement {
  const touched = judgeTouched(branch, place);
  if (!touched.changed) return touched;
  const base = facts.defaultBranch?.name ?? 'the default branch';
  const merged = `${place.branch} was merged into ${base} of ${place.repository}`;
  if (branch.isInBaseline) return no(`${merged}, and the baseline contains it`);
  const runs = facts.baseline === null ? '' : ` (${shortSha(facts.baseline.sha)})`;
  return { changed: true, reason: `${merged}, but the baseline${runs} does not contain it yet` };
}

function judgeTouched(branch: BranchFacts, place: BranchPlace): Judgement {
  const where = isWholeRepository(place.paths) ? place.repository : place.paths.join(', ');
  if (branch.touched === null) {
    const reason = `${place.branch} exists in ${place.repository}, which has nothing to compare with`;
    return { changed: true, reason };
  }
  const count = branch.touched.filter((path) => isTouched(path, place.paths)).length;
  if (count === 0) return no(`${place.branch} in ${place.repository} does not touch ${where}`);
  const files = count === 1 ? '1 file' : `${count} files`;
  return { changed: true, reason: `${place.branch} touches ${where} (${files})` };
}

function no(reason: string): Judgement {
  return { changed: false, reason };
}

/** `pinned to v1.2 (1a2b3c4)`; the id alone when that is what was asked for. */
export function pinned(requested: string, sha: string): string {
  return sha.startsWith(requested)
    ? `pinned to ${shortSha(sha)}`
    : `pinned to ${requested} (${shortSha(sha)})`;
}

function isWholeRepository(paths: readonly string[]): boolean {
  return paths.some((path) => normal(path) === '');
}

/** Whether a file lies at or under one of the paths. */
export function isTouched(file: string, paths: readonly string[]): boolean {
  return paths.some((path) => {
    const folder = normal(path);
    return folder === '' || file === folder || file.startsWith(`${folder}/`);
  });
}

/** `./services/cart/` → `services/cart`; `.` → the empty text, the whole repository. */
function normal(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
