/**
 * Which branches get an environment by themselves.
 *
 * A pattern reads like one of `git branch --list`: `*` any characters, slashes too, `?` exactly one; `!`
 * in front takes away what others let in. Matching costs at most pattern × name steps, no regular
 * expressions: names come from anybody who may push.
 */

/** Long-lived branches and those that robots push. No pattern lets them in. */
const NEVER_FOLLOWED = [
  'main',
  'master',
  'develop',
  'release/*',
  'dependabot/*',
  'dependabot-*',
  'renovate/*',
  'snyk-*',
  'greenkeeper/*',
  'pre-commit-ci-*',
  'gh-readonly-queue/*',
  'release-please--*',
  'changeset-release/*',
] as const;

export function isFollowed(
  branch: string,
  patterns: readonly string[],
  longLived: readonly string[],
): boolean {
  if (longLived.includes(branch)) return false;
  if (NEVER_FOLLOWED.some((pattern) => matches(branch, pattern))) return false;
  const isRefused = patterns.some(
    (pattern) => pattern.startsWith('!') && matches(branch, pattern.slice(1)),
  );
  return !isRefused && patterns.some((pattern) => matches(branch, pattern));
}

/** Remembers only the last `*`, to which it comes back when the rest does not fit. */
function matches(name: string, pattern: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let afterStar = 0;
  while (at < name.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern++;
      afterStar = at;
    } else if (wanted === '?' || wanted === name[at]) {
      at++;
      inPattern++;
    } else if (star >= 0) {
      at = ++afterStar;
      inPattern = star + 1;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(inPattern));
}
