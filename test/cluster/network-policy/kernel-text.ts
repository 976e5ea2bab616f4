import { createHash } from 'node:crypto';
import type { Allow, Direction, PodRules, Ruleset } from './rules.ts';
import type { AddressSet, SetEntry } from './sets.ts';

/**
 * The text of `ipset restore` and `iptables-restore` for a ruleset. Pure.
 *
 * Everything is in the table `mangle`: its FORWARD comes before the one of `filter`, where kube-proxy and CNI
 * plugins accept, so that no order of rules has to be kept there. Packets are seen after DNAT, with a
 * pod's address where a Service's was. What the node itself sends or gets never passes FORWARD, so probes and
 * the API server are reached always, as upstream has it. Nothing is accepted, only dropped or let on.
 */

export const TABLE = 'mangle';

/** What is in the kernel with our prefix. */
export interface Leftovers {
  readonly chains: readonly string[];
  readonly sets: readonly string[];
}

export interface KernelText {
  /** Creates and fills sets; first. */
  readonly setsBefore: string;
  /** One transaction. */
  readonly chains: string;
  /** Removes sets that no rule uses any more; last. */
  readonly setsAfter: string;
}

export function rootChain(prefix: string): string {
  return `${prefix}-FORWARD`;
}

/** @param found - What an earlier text left; what this ruleset does not use of it is removed. */
export function kernelText(ruleset: Ruleset, prefix: string, found: Leftovers): KernelText {
  const sets = ruleset.sets.map((set) => setLines(set, prefix));
  const used = new Set(ruleset.sets.map((set) => setName(set.key, prefix)));
  const chains = ruleset.pods.map((pod) => chainName(pod, prefix));
  const kept = new Set([rootChain(prefix), ...chains]);
  const unused = found.chains.filter((chain) => !kept.has(chain));
  return {
    setsBefore: lines(sets.flat()),
    chains: lines([
      `*${TABLE}`,
      ...[...kept, ...unused].map((chain) => `:${chain} - [0:0]`),
      `-A ${rootChain(prefix)} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN`,
      ...ruleset.pods.map((pod) => dispatch(pod, prefix)),
      ...ruleset.pods.flatMap((pod) => podLines(pod, prefix)),
      ...unused.map((chain) => `-X ${chain}`),
      'COMMIT',
    ]),
    setsAfter: lines(found.sets.filter((name) => !used.has(name)).map((name) => `destroy ${name}`)),
  };
}

/** Removes everything that has the prefix. The jump to the root chain must be gone before. */
export function removalText(found: Leftovers): KernelText {
  return {
    setsBefore: '',
    chains: lines([
      `*${TABLE}`,
      ...found.chains.map((chain) => `:${chain} - [0:0]`),
      ...found.chains.map((chain) => `-X ${chain}`),
      'COMMIT',
    ]),
    setsAfter: lines(found.sets.map((name) => `destroy ${name}`)),
  };
}

const SIDES = {
  ingress: { own: '-d', other: '-s', match: 'src', letter: 'I' },
  egress: { own: '-s', other: '-d', match: 'dst', letter: 'E' },
} as const satisfies Record<Direction, unknown>;

const SET_TYPES = {
  pods: 'hash:ip',
  block: 'hash:net',
  'named-ports': 'hash:ip,port',
} as const satisfies Record<AddressSet['kind'], string>;

/** The kernel's limit is 28 bytes for a chain and 31 for a set. */
function chainName({ uid, direction }: PodRules, prefix: string): string {
  return `${prefix}-${SIDES[direction].letter}-${digest(uid)}`;
}

function setName(key: string, prefix: string): string {
  return `${prefix}-S-${digest(key)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

const COMMENT_LENGTH_MAX = 200;

function dispatch(pod: PodRules, prefix: string): string {
  const comment = `${pod.direction} of ${pod.pod}`.slice(0, COMMENT_LENGTH_MAX);
  const { own } = SIDES[pod.direction];
  return `-A ${rootChain(prefix)} ${own} ${pod.ip}/32 -m comment --comment "${comment}" -j ${chainName(pod, prefix)}`;
}

/** To let on is to return: the other end's own chain has its say after that. */
function podLines(pod: PodRules, prefix: string): readonly string[] {
  const append = `-A ${chainName(pod, prefix)}`;
  const { other } = SIDES[pod.direction];
  return [
    `${append} ${other} ${pod.ip}/32 -j RETURN`,
    ...pod.allows.map((allow) => `${append}${matches(allow, pod.direction, prefix)} -j RETURN`),
    `${append} -j DROP`,
  ];
}

function matches({ peers, ports, protocol }: Allow, direction: Direction, prefix: string): string {
  const sides = peers?.kind === 'named-ports' ? 'dst,dst' : SIDES[direction].match;
  return [
    protocol === null ? '' : ` -p ${protocol.toLowerCase()}`,
    ports === null ? '' : ` -m multiport --dports ${portText(ports)}`,
    peers === null ? '' : ` -m set --match-set ${setName(peers.key, prefix)} ${sides}`,
  ].join('');
}

function portText([from, to]: NonNullable<Allow['ports']>): string {
  return from === to ? String(from) : `${from}:${to}`;
}

/** A set is filled beside the one in use and takes its place in one step. */
function setLines(set: AddressSet, prefix: string): readonly string[] {
  const name = setName(set.key, prefix);
  const beside = `${prefix}-T-${digest(set.key)}`;
  const options = `${SET_TYPES[set.kind]} family inet maxelem 1048576`;
  return [
    `create ${name} ${options} -exist`,
    `create ${beside} ${options} -exist`,
    `flush ${beside}`,
    ...set.entries.map((entry) => `add ${beside} ${entryText(entry)} -exist`),
    `swap ${beside} ${name}`,
    `destroy ${beside}`,
  ];
}

function entryText({ address, isException, port }: SetEntry): string {
  if (port !== undefined) return `${address},${port[0].toLowerCase()}:${port[1]}`;
  return isException === true ? `${address} nomatch` : address;
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
