/** Longest branch name Offshoot takes; Git itself stops where the file system does. */
const LONGEST_NAME = 244;

/** Control characters, a space, and what revision syntax is made of. */
const FORBIDDEN_CHARACTER = /[\p{Cc} ~^:?*[\\]/u;
/** Empty parts, `..`, `@{`, and parts that start with a dot or end in `.lock`. */
const FORBIDDEN_SEQUENCE = /\.\.|@\{|\/\/|(?:^|\/)\.|\.lock(?:\/|$)/;
const FORBIDDEN_EDGE = /^[-/]|[/.]$/;
const RESERVED_NAMES = new Set(['', '@', 'HEAD']);

/**
 * True for what Git accepts as the name of a branch or tag, by the rules of `git check-ref-format --branch`.
 *
 * A name that passes can stand behind `refs/heads/` and is never read as an option or as revision syntax.
 */
export function isRefName(name: string): boolean {
  if (RESERVED_NAMES.has(name) || name.length > LONGEST_NAME) return false;
  return ![FORBIDDEN_CHARACTER, FORBIDDEN_SEQUENCE, FORBIDDEN_EDGE].some((rule) => rule.test(name));
}

/** Git writes seven digits for people; so do we. */
export function shortSha(sha: string): string {
  return sha.slice(0, 7);
}
