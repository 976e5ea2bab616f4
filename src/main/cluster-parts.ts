import { capturedFinding } from '../adapters/kubernetes/capture/captured-finding.ts';
import type { BaselinePorts } from '../application/environments/baseline.ts';
import { planSettingsOf } from '../application/environments/plan-settings.ts';
import type { Agents } from '../application/ports/agents.ts';
import type { ProjectSettings } from '../application/project.ts';
import type { Cluster } from './cluster.ts';
import type { LoopParts } from './environment-loops.ts';

/** What commands and the controller give to what they share. */

export function loopPartsOf(
  { state, engine, existingBaseline, calls }: Cluster,
  settings: ProjectSettings,
): Omit<LoopParts, 'passes' | 'onError' | 'onSettled' | 'onGone'> {
  return {
    store: state.store,
    events: state.store,
    testRuns: state.store,
    reports: state.store,
    calls,
    engine,
    existingBaseline,
    concurrency: settings.caps.concurrency,
    standing: [capturedFinding(settings.cluster)],
  };
}

export function baselinePartsOf(
  { state }: Cluster,
  settings: ProjectSettings,
  agents: Agents,
): BaselinePorts {
  return {
    store: state.store,
    demands: state.store,
    agents,
    turns: state.turns,
    files: { planFiles: state.planFiles, sources: null },
    domain: settings.domain,
    project: settings.file ?? settings.folder,
    buildsFromSource: false,
    planSettings: planSettingsOf(settings),
  };
}
