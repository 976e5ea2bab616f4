import type { Catalog } from '../../domain/catalog/component.ts';
import { closeOver } from '../../domain/closure/close.ts';
import type { ClosureIsolation } from '../../domain/closure/closure.ts';
import { DiagnosticsError, hasErrors, type Diagnostic } from '../../domain/diagnostic.ts';
import { environmentNameOf } from '../../domain/naming/names.ts';
import { planFor } from '../../domain/plan/plan-for.ts';
import type { SettingsDigests } from '../../domain/plan/layout.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { ChangeFinding, Revision, RevisionPick } from '../../domain/revision/revision.ts';
import type { CatalogSource } from '../ports/catalog-source.ts';
import type { BranchMemories, Repositories } from '../ports/repositories.ts';
import { resolveBranch } from '../revisions/resolve-branch.ts';

/**
 * From a wish (a branch, or a list of changed components) to a Plan: catalog, revisions, closure, plan.
 *
 * Reads and fetches, writes nothing that an environment is made of. `plan` and `up` are the same up to here.
 */

export interface CompileRequest {
  /** The branch to follow; null when `changed` says what changed and no repository is asked. */
  readonly branch: string | null;
  /** Names taken as changed without asking Git; empty with a branch. */
  readonly changed: readonly string[];
  readonly pins: Readonly<Record<string, string>>;
  readonly entries: readonly string[];
  readonly include: readonly string[];
  readonly isolation: ClosureIsolation;
  readonly unchanged: 'baseline' | 'head';
}

export interface Compiled {
  readonly catalog: Catalog;
  readonly plan: Plan;
  readonly picks: readonly RevisionPick[];
  readonly findings: readonly ChangeFinding[];
  /** Warnings of the catalog; errors are thrown. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface CompilePorts {
  readonly catalogs: CatalogSource;
  /** Null where no repository may be asked; then only `changed` says what changed. */
  readonly git: { readonly repositories: Repositories; readonly memories: BranchMemories } | null;
  /** What the baseline runs now, by component. */
  baselineRevisions(catalog: Catalog): Promise<ReadonlyMap<string, Revision>>;
  readonly domain: string;
  readonly buildsFromSource: boolean;
  readonly planSettings?: SettingsDigests | undefined;
}

export async function loadCatalogOrThrow(
  catalogs: CatalogSource,
): Promise<{ readonly catalog: Catalog; readonly diagnostics: readonly Diagnostic[] }> {
  const loaded = await catalogs.load();
  if (hasErrors(loaded.diagnostics)) {
    throw new DiagnosticsError('the catalog has errors', loaded.diagnostics);
  }
  return loaded;
}

/** @throws {OperationError} `NOTHING_CHANGED`, any catalog code (as DiagnosticsError), `GIT_UNAVAILABLE` … */
export async function compile(ports: CompilePorts, request: CompileRequest): Promise<Compiled> {
  const { catalog, diagnostics } = await loadCatalogOrThrow(ports.catalogs);
  const resolved = await resolve(ports, catalog, request);
  const closure = closeOver(catalog, {
    changed: resolved.changed,
    entries: request.entries,
    include: request.include,
    isolation: request.isolation,
  });
  const plan = planFor({
    environment: environmentNameOf(request.branch ?? request.changed.join('-')),
    branch: request.branch ?? '',
    domain: ports.domain,
    settings: ports.planSettings,
    catalog,
    closure,
    picks: new Map(resolved.picks.map((pick) => [pick.component, pick.revision])),
    traits: { buildsFromSource: ports.buildsFromSource },
  });
  return { catalog, plan, picks: resolved.picks, findings: resolved.findings, diagnostics };
}

interface Resolved {
  readonly changed: readonly string[];
  readonly picks: readonly RevisionPick[];
  readonly findings: readonly ChangeFinding[];
}

async function resolve(
  ports: CompilePorts,
  catalog: Catalog,
  request: CompileRequest,
): Promise<Resolved> {
  if (request.branch === null || ports.git === null) {
    return { changed: request.changed, picks: [], findings: [] };
  }
  return await resolveBranch({
    ...ports.git,
    catalog,
    branch: request.branch,
    pins: request.pins,
    baselineRevisions: await ports.baselineRevisions(catalog),
    unchanged: request.unchanged,
  });
}
