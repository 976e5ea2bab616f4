import type { Component } from '../../../domain/catalog/component.ts';
import type { Diagnostic } from '../../../domain/diagnostic.ts';
import { namespaceOf } from '../../../domain/naming/names.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { textsAt } from '../client/read-object.ts';
import { isLogical } from '../render/logical/place-of.ts';
import type { ClusterSettings } from '../render/rendering.ts';
import { hasAnalyser } from '../render/tap-analyser.ts';
import type { Inspection } from './inspection.ts';
import { planProblem } from './plan-problem.ts';
import { amountOf } from './quantities.ts';

/**
 * Whether the plan fits into the quotas of its namespace: the one that it will get, and those that somebody
 * else has put there. What only runs for a while is not counted: jobs may take turns.
 */
export async function checkQuota(
  { api, settings }: Inspection,
  plan: Plan,
): Promise<readonly Diagnostic[]> {
  const namespace = namespaceOf(settings.prefix, plan.environment);
  const { items } = await api.list(RESOURCE_TYPES.resourceQuota, { namespace });
  const quotas = [
    settings.template.quota,
    ...items
      .filter(({ metadata }) => metadata.name !== OWN_QUOTA)
      .map((quota) => textsAt(quota, 'spec', 'hard')),
  ];
  const needs = needsOf(plan, settings);
  return quotas.flatMap((hard) => tooLittle(hard, needs));
}

/** Of what environments are given, it is the newest settings that count. */
const OWN_QUOTA = 'offshoot';

interface Need {
  /** As a quota names it, its full name first. */
  readonly names: readonly string[];
  readonly amount: number;
  readonly text: string;
}

function needsOf(plan: Plan, settings: ClusterSettings): readonly Need[] {
  const lasting = plan.components
    .map(({ name }) => definitionOf(plan, name))
    .filter((component) => component !== undefined)
    .filter(isLasting);
  const { mode } = settings.capture;
  const isAnalysed = hasAnalyser(settings.capture);
  const analyser = isAnalysed ? ANALYSER : NOTHING;
  const tap = mode === 'tap' ? TAP : NOTHING;
  let pods = isAnalysed ? 1 : 0;
  let { cpu, memory } = analyser;
  for (const { replicas = 1, resources, from } of lasting) {
    pods += replicas;
    // A copy has the resources of what it is copied from.
    if (from !== undefined) continue;
    cpu += replicas * (resources.cpuMillis / 1_000 + tap.cpu);
    memory += replicas * (resources.memoryBytes + tap.memory);
  }
  const stored = lasting.flatMap(({ storage }) => (storage?.isPersistent === true ? storage : []));
  const storage = stored.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return [
    { names: ['pods'], amount: pods, text: `${pods} pods` },
    { names: ['requests.cpu', 'cpu'], amount: cpu, text: `${Math.round(cpu * 1_000)} millicores` },
    {
      names: ['requests.memory', 'memory'],
      amount: memory,
      text: `${mebibytes(memory)} of memory`,
    },
    {
      names: ['persistentvolumeclaims'],
      amount: stored.length,
      text: `${stored.length} persistent volume claims`,
    },
    { names: ['requests.storage'], amount: storage, text: `${mebibytes(storage)} of storage` },
  ];
}

/** A place on a server that is there anyway has no pod of its own. */
function isLasting(component: Component): boolean {
  return component.type !== 'job' && component.type !== 'external' && !isLogical(component);
}

/** As they are rendered. Units: cores and bytes. */
const NOTHING = { cpu: 0, memory: 0 } as const;
const ANALYSER = { cpu: 0.05, memory: 96 * 1024 ** 2 } as const;
const TAP = { cpu: 0.01, memory: 16 * 1024 ** 2 } as const;

function tooLittle(
  hard: Readonly<Record<string, string>>,
  needs: readonly Need[],
): readonly Diagnostic[] {
  return needs.flatMap(({ names, amount, text }) => {
    const limit = names.map((name) => hard[name]).find((each) => each !== undefined);
    const most = limit === undefined ? null : amountOf(limit);
    // Sums of fractions differ from the sum in their last digit.
    if (limit === undefined || most === null || amount <= most * (1 + 1e-9)) return [];
    const message = `the environment needs at least ${text} and the quota of its namespace is ${limit}`;
    return [planProblem('QUOTA_EXCEEDED', message)];
  });
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
