import type { ObjectFacts } from '../../../domain/health/facts.ts';
import type { ResourceType } from '../client/kube-object.ts';
import type { Intern } from './interner.ts';

/** What is kept of one object: small, since there may be a hundred thousand of them. */
export interface Seen {
  readonly type: ResourceType;
  readonly uid: string;
  readonly name: string;
  /** Empty for what is of the whole cluster. */
  readonly namespace: string;
  /** Resource version; NaN when it is no number, which compares as neither older nor newer. */
  readonly version: number;
  readonly environment: string;
  readonly component: string | null;
  /** The order of which it is part of the desired state; null for what Kubernetes made. */
  readonly order: SeenOrder | null;
  /** Uid of its controller. */
  readonly owner: string | null;
  readonly createdMs: number;
  readonly isDeleting: boolean;
  /** Fields of its specification that others have written, as a digest; empty when nobody has. */
  readonly foreign: string;
  /** What others had written when Offshoot last applied it: that is not ours, and stays. */
  readonly tolerated: string;
  /** When this process saw it become another order's; null for what was found so. */
  readonly appliedMs: number | null;
  readonly facts: ObjectFacts;
}

export interface SeenOrder {
  readonly task: string;
  readonly fingerprint: string;
  readonly generation: number;
  /** How many objects the Task has. */
  readonly objects: number;
  /** Joined by commas; empty for none. */
  readonly unavailable: string;
  /** Uid of the pod or claim without which it counts as undone; empty for none. */
  readonly store: string;
}

export function keyOf({
  namespace,
  name,
}: {
  readonly namespace?: string;
  readonly name: string;
}): string {
  return `${namespace ?? ''}/${name}`;
}

/** As a number that grows; NaN for anything else. */
export function versionOf(resourceVersion: string | undefined): number {
  return Number(resourceVersion ?? Number.NaN);
}

/** Whether somebody else has changed it since Offshoot applied it. */
export function hasDrifted({ foreign, tolerated }: Seen): boolean {
  return foreign !== '' && foreign !== tolerated;
}

/** Whether anything that is read of it differs. */
export function saysTheSame(a: Seen, b: Seen): boolean {
  return digestOf(a) === digestOf(b);
}

function digestOf(seen: Seen): string {
  const { uid, component, order, isDeleting, appliedMs, facts } = seen;
  return JSON.stringify([uid, component, order, isDeleting, appliedMs, hasDrifted(seen), facts]);
}

/** What the facts of one object are made with. */
export interface FactsContext {
  readonly before: Seen | null;
  readonly nowMs: number;
  readonly intern: Intern;
}
