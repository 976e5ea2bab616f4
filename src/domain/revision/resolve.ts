import { pinned } from './change.ts';
import type { ComponentFacts, Head, RevisionFacts } from './facts.ts';
import { shortSha } from './ref-name.ts';
import { repositoryName } from './repository-name.ts';
import { REVISION_RULES } from './revision.ts';
import type { RejectedCandidate, Revision, RevisionPick, RevisionRule } from './revision.ts';

/**
 * Which revision of each component an environment uses (design §5, "Revision"):
 * pin > same branch > what the baseline runs now > declared branch > default branch.
 *
 * Total and deterministic: one pick for each component of the facts, in their order. A pick names the
 * rule that won and, for every other rule, why it did not.
 */
export function pickRevisions(facts: RevisionFacts): readonly RevisionPick[] {
  return facts.components.map((component) => pickRevision(component, facts));
}

type SourcedFacts = ComponentFacts & { readonly source: NonNullable<ComponentFacts['source']> };

/** What one rule has to offer: a revision and the sentence for it, or why it has none. */
interface Offer {
  readonly revision: Revision | null;
  readonly reason: string;
}

function pickRevision(facts: ComponentFacts, all: RevisionFacts): RevisionPick {
  const { component, source } = facts;
  if (source === null) {
    const reason = 'has no source of its own';
    return { component, revision: null, rule: null, reason, rejected: [] };
  }
  const sourced = { ...facts, source };
  const offers = REVISION_RULES.map((rule) => ({ rule, offer: OFFERS[rule](sourced, all) }));
  const picked = offers.find(({ offer }) => offer.revision !== null);
  const rejected = offers
    .filter((candidate) => candidate !== picked)
    .map(({ rule, offer }): RejectedCandidate => ({ rule, why: whyNot(offer, picked?.rule) }));
  if (picked === undefined) {
    const reason = `${repositoryName(source.repository)} has no commit to run`;
    return { component, revision: null, rule: null, reason, rejected };
  }
  const { revision, reason } = picked.offer;
  return { component, revision, rule: picked.rule, reason, rejected };
}

const RULE_NAMES: Readonly<Record<RevisionRule, string>> = {
  pin: 'the pin',
  'same-branch': 'the branch of the same name',
  baseline: 'what the baseline runs',
  'declared-branch': 'the declared branch',
  'default-branch': 'the default branch',
};

function whyNot(candidate: Offer, winner: RevisionRule | undefined): string {
  if (candidate.revision === null || winner === undefined) return candidate.reason;
  return `${candidate.reason}, but ${RULE_NAMES[winner]} comes first`;
}

const OFFERS: Readonly<Record<RevisionRule, (facts: SourcedFacts, all: RevisionFacts) => Offer>> = {
  pin: offerPin,
  'same-branch': (facts, all) => offerSameBranch(facts, all.branch),
  baseline: (facts, all) => offerBaseline(facts, all.unchanged),
  'declared-branch': (facts) =>
    offerHead(facts, facts.declaredBranch, {
      is: 'the catalog declares branch',
      isNot: 'the catalog declares no branch for it',
    }),
  'default-branch': (facts) =>
    offerHead(facts, facts.defaultBranch, {
      is: 'the default branch is',
      isNot: `${nameOf(facts)} has no default branch`,
    }),
};

function offerPin({ pin }: ComponentFacts): Offer {
  if (pin === null) return none('nothing pins it');
  return { revision: pin.revision, reason: pinned(pin.requested, pin.revision.sha) };
}

function offerSameBranch(facts: SourcedFacts, name: string | null): Offer {
  if (name === null) return none('no branch was asked for');
  const { branch } = facts;
  const repository = nameOf(facts);
  if (branch === null) return none(`no branch ${name} in ${repository}`);
  const found = (reason: string): Offer => ({
    revision: { repository: facts.source.repository, sha: branch.tip, branch: name },
    reason,
  });
  if (branch.exists) {
    return found(`branch ${name} exists in ${repository} (${shortSha(branch.tip)})`);
  }
  if (branch.state === 'merged' && !branch.isInBaseline) {
    return found(
      `${name} was merged in ${repository}, but the baseline does not contain its last commit ${shortSha(branch.tip)} yet`,
    );
  }
  const how = branch.state === 'merged' ? 'merged and deleted' : 'deleted';
  return none(`${name} was ${how} in ${repository}`);
}

function offerBaseline(facts: ComponentFacts, unchanged: RevisionFacts['unchanged']): Offer {
  const { baseline } = facts;
  if (baseline === null) return none('the baseline does not run it');
  const runs = `the baseline runs ${shortSha(baseline.sha)} of ${repositoryName(baseline.repository)}`;
  if (unchanged === 'head') return none(`${runs}, but the newest revision was asked for`);
  return { revision: baseline, reason: runs };
}

function offerHead(
  facts: SourcedFacts,
  head: Head | null,
  words: { readonly is: string; readonly isNot: string },
): Offer {
  if (head === null) return none(words.isNot);
  const repository = nameOf(facts);
  if (head.sha === null) return none(`no branch ${head.name} in ${repository}`);
  return {
    revision: { repository: facts.source.repository, sha: head.sha, branch: head.name },
    reason: `${words.is} ${head.name} of ${repository} (${shortSha(head.sha)})`,
  };
}

function none(reason: string): Offer {
  return { revision: null, reason };
}

function nameOf(facts: SourcedFacts): string {
  return repositoryName(facts.source.repository);
}
