import { hardcodedDependencies } from '../../domain/catalog/hardcoded-dependencies.ts';
import type { Component, SecretRef } from '../../domain/catalog/component.ts';
import { compareDiagnostics, type Diagnostic } from '../../domain/diagnostic.ts';
import { ERROR_CODES, type ErrorCode } from '../../domain/errors.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { findPostgres } from './datastores/postgres-binaries.ts';
import { hasSecret, secretPath } from './configuration/secrets.ts';
import { runsAsPostgres } from './works/works.ts';
import { definitionOf } from '../../domain/plan/plan-lookup.ts';

/** All that would make a plan fail here, before anything is written. */
export function checkPlan(plan: Plan, secrets: string): readonly Diagnostic[] {
  const inside = plan.components.flatMap(({ name }) => definitionOf(plan, name) ?? []);
  return [
    ...checkIsolation(plan),
    ...inside.flatMap(checkRuns),
    ...inside.flatMap(checkSteps),
    ...inside.flatMap((component) => checkSecrets(component, secrets)),
    ...inside.flatMap((component) =>
      hardcodedDependencies(component, (name) => definitionOf(plan, name)),
    ),
    ...plan.boundary.flatMap(({ name, usedBy }) => checkBoundary(plan, name, usedBy)),
  ].toSorted(compareDiagnostics);
}

function checkIsolation(plan: Plan): readonly Diagnostic[] {
  const isKnown = plan.isolation === 'path' || plan.isolation === 'full';
  if (isKnown) return [];
  return [
    {
      code: 'PLAN_UNSUPPORTED_ISOLATION',
      severity: 'error',
      message: `the embedded engine can't give isolation "${String(plan.isolation)}"`,
      hint: ERROR_CODES.PLAN_UNSUPPORTED_ISOLATION.remedy,
    },
  ];
}

function checkRuns(component: Component): readonly Diagnostic[] {
  const { name, type } = component;
  const hasCommand = (component.embedded?.command.length ?? 0) > 0;
  if (type === 'datastore') {
    if (runsAsPostgres(component)) return checkPostgres(component);
    if (hasCommand) return [];
    const engine = component.datastore?.engine ?? 'unknown';
    const message = `the embedded engine can't run datastore "${name}" of engine "${engine}"`;
    return [problem(component, 'DATASTORE_UNSUPPORTED', message)];
  }
  if (hasCommand || type === 'external') return [];
  const message = `"${name}" has no "embedded.command", so the embedded engine can't run it`;
  return [problem(component, 'NOT_EMBEDDABLE', message)];
}

function checkPostgres(component: Component): readonly Diagnostic[] {
  const { name, ports } = component;
  if (ports.length === 0) {
    const message = `datastore "${name}" declares no port`;
    return [problem(component, 'DATASTORE_UNSUPPORTED', message)];
  }
  if (findPostgres() !== null) return [];
  const message = `PostgreSQL for "${name}" is not available on ${process.platform}-${process.arch}`;
  return [problem(component, 'DATASTORE_UNSUPPORTED', message)];
}

function checkSteps(component: Component): readonly Diagnostic[] {
  const { datastore, name } = component;
  if (datastore === undefined || runsAsPostgres(component)) return [];
  const steps = [datastore.migrations, datastore.seeds];
  const found: Diagnostic[] = [];
  if (steps.some((step) => step !== undefined && 'files' in step)) {
    const message = `SQL files can't be applied to "${name}" of engine "${datastore.engine}"`;
    found.push({
      ...problem(component, 'DATASTORE_UNSUPPORTED', message),
      hint: 'use a command for its migrations and seeds',
    });
  }
  const left = [...datastore.indices, ...datastore.topics];
  if (left.length > 0) {
    const message = `the embedded engine does not create ${left.map((one) => `"${one}"`).join(', ')} in "${name}"`;
    found.push({
      ...problem(component, 'DATASTORE_UNSUPPORTED', message),
      severity: 'warning',
      hint: 'let its "embedded.command" or the components that use them create them',
    });
  }
  return found;
}

function checkSecrets(component: Component, folder: string): readonly Diagnostic[] {
  const references = component.environment.flatMap(({ name, value }) =>
    value.kind === 'secret' ? [{ what: `variable "${name}"`, secretRef: value.secretRef }] : [],
  );
  return references
    .filter(({ secretRef }) => !hasSecret(folder, secretRef))
    .map(({ what, secretRef }) => missingSecret(component, what, { folder, secretRef }));
}

function missingSecret(
  component: Component,
  what: string,
  { folder, secretRef }: { readonly folder: string; readonly secretRef: SecretRef },
): Diagnostic {
  const path = secretPath(folder, secretRef);
  return {
    ...problem(
      component,
      'SECRET_MISSING',
      `${what} of "${component.name}" needs secret "${secretRef.name}/${secretRef.key}"`,
    ),
    hint: `create the file "${path}"`,
  };
}

/** The baseline of this machine runs on demand, so what it could run is there. */
function checkBoundary(plan: Plan, name: string, usedBy: readonly string[]): readonly Diagnostic[] {
  const component = definitionOf(plan, name);
  if (component === undefined || component.type === 'external') return [];
  if (checkRuns(component).length === 0) return [];
  const isNeeded = usedBy.some((user) =>
    definitionOf(plan, user)?.dependencies.some(
      (dependency) => dependency.name === name && !dependency.optional,
    ),
  );
  const message = `the baseline of this machine can't run "${name}", which ${usedBy.map((user) => `"${user}"`).join(', ')} uses`;
  return [
    {
      ...problem(component, 'BOUNDARY_MISSING', message),
      severity: isNeeded ? 'error' : 'warning',
      hint: 'add "spec.embedded.command" to it',
    },
  ];
}

function problem(component: Component, code: ErrorCode, message: string): Diagnostic {
  return {
    code,
    severity: 'error',
    message,
    hint: ERROR_CODES[code].remedy,
    location: component.location,
    component: component.name,
  };
}
