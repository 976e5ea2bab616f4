import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ENVIRONMENT_NAME_LENGTH_MAX,
  databaseOf,
  environmentNameOf,
  hostOf,
  labelValueOf,
  logicalNameOf,
  namespaceOf,
  topicOf,
} from '../../src/domain/naming/names.ts';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const words = fc.constantFrom('feat', 'fix', 'x', 'coupon', 'é', '日本', 'A', '1', 'payments', '');
const joints = fc.constantFrom('/', '-', '_', '.', '--', ' ', '\u0000', '\ud83d');

/** Branches as people name them, and as someone would who wants two of them to meet. */
const branches = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.tuple(words, joints), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.flat().join('')),
  fc.stringMatching(/^[a-z0-9]{1,12}(-[a-z0-9]{1,9}){0,2}$/),
  fc.stringMatching(/^[a-z]{1,20}-[a-z2-7]{8}$/),
);

/** Ways to another branch that is as near to the first as can be. */
const TWISTS: readonly ((branch: string) => string)[] = [
  (branch) => environmentNameOf(branch),
  (branch) => environmentNameOf(branch).slice(0, -9),
  (branch) => branch.replaceAll('/', '-'),
  (branch) => branch.replaceAll('-', '/'),
  (branch) => branch.toUpperCase(),
  (branch) => branch.normalize('NFD'),
  (branch) => `${branch} `,
  (branch) => `${branch}-`,
  (branch) => `${branch}${'y'.repeat(40)}`,
  (branch) => branch.slice(0, 20),
  (branch) => `${branch.slice(0, 20)}-aaaaaaaa`,
  (branch) => branch.toWellFormed(),
];

describe('environmentNameOf', () => {
  it('gives two different branches two names, over 100,000 adversarial pairs', () => {
    const pairs = fc.property(branches, fc.constantFrom(...TWISTS), (branch, twist) => {
      const other = twist(branch);
      fc.pre(branch !== other);
      return environmentNameOf(branch) !== environmentNameOf(other);
    });
    // One assertion for all: a hundred thousand of them would take longer than the names.
    expect(() => {
      fc.assert(pairs, { numRuns: 100_000 });
    }).not.toThrow();
  }, 60_000);

  it('meets nobody among all names of one run', () => {
    const owners = new Map<string, string>();
    fc.assert(
      fc.property(branches, (branch) => {
        const name = environmentNameOf(branch);
        expect(owners.get(name) ?? branch).toBe(branch);
        owners.set(name, branch);
      }),
      { numRuns: 10_000 },
    );
  });

  it('gives DNS labels without double hyphens, short enough for what is added to them', () => {
    fc.assert(
      fc.property(branches, (branch) => {
        const name = environmentNameOf(branch);
        expect(name).toMatch(LABEL);
        expect(name).not.toContain('--');
        expect(name.length).toBeLessThanOrEqual(ENVIRONMENT_NAME_LENGTH_MAX);
        expect(namespaceOf('offshoot', name)).toMatch(LABEL);
      }),
      { numRuns: 5_000 },
    );
  });
});

const components = fc
  .stringMatching(/^[a-z][a-z0-9]{0,20}(-[a-z0-9]{1,9}){0,3}$/)
  .filter((name) => name.length <= 40);

describe('names within an environment', () => {
  it('are valid, and as different as what they name', () => {
    fc.assert(
      fc.property(branches, components, components, (branch, first, second) => {
        const environment = environmentNameOf(branch);
        const namespace = namespaceOf('offshoot', environment);
        const [label = ''] = hostOf(environment, first, 'example.org').split('.');
        expect(label).toMatch(LABEL);
        expect(label.split('--')).toHaveLength(2);
        expect(databaseOf(namespace, first)).toMatch(/^[a-z0-9_]{1,63}$/);
        const isSame = first === second;
        expect(label === hostOf(environment, second, 'x').split('.')[0]).toBe(isSame);
        expect(databaseOf(namespace, first) === databaseOf(namespace, second)).toBe(isSame);
        expect(logicalNameOf(namespace, first)).toMatch(/^[a-z0-9-]{1,57}$/);
        expect(logicalNameOf(namespace, first) === logicalNameOf(namespace, second)).toBe(isSame);
        // A component called like the cut name of the first must not get its host.
        const lookalike = label.slice(environment.length + 2);
        expect(lookalike === first || hostOf(environment, lookalike, 'x') !== `${label}.x`).toBe(
          true,
        );
      }),
      { numRuns: 10_000 },
    );
  });

  it('are as different as their topics and labels, whatever these hold', () => {
    const texts = fc.oneof(branches, fc.string({ unit: 'binary', maxLength: 300 }));
    fc.assert(
      fc.property(texts, texts, fc.constantFrom(labelValueOf, topicIn), (first, second, nameOf) => {
        expect(nameOf(first) === nameOf(second)).toBe(first === second);
        expect(nameOf(nameOf(first)) === nameOf(first)).toBe(nameOf(first) === first);
      }),
      { numRuns: 5_000 },
    );
  });
});

function topicIn(topic: string): string {
  return topicOf('os-feat-x', 'events', topic);
}
