import type { CallDocument } from '../contract/call-document.ts';
import type { EnvironmentDocument } from '../contract/environment-document.ts';
import type { PlanDocument } from '../contract/plan-document.ts';
import type { ReportDocument } from '../contract/report-document.ts';
import type { ComponentDocument, ExplanationDocument } from '../contract/rest.ts';
import type { Desire, EnvironmentRecord } from './ports/environment-store.ts';
import { durationMsOf, type Call } from '../domain/calls/call.ts';
import type { Report } from '../domain/calls/report.ts';
import type { Catalog, Component } from '../domain/catalog/component.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { Revision } from '../domain/revision/revision.ts';

/**
 * From what the program knows to what it promised others. Only named fields pass: a definition holds
 * what does not belong to everybody, such as the folder of the project.
 */

export function environmentDocument(record: EnvironmentRecord): EnvironmentDocument {
  const { conditions, tasks, addresses } = record.status;
  return {
    name: record.name,
    branch: record.spec.branch,
    uid: record.uid,
    desired: record.desired,
    generation: record.generation,
    createdAt: record.createdAt,
    removedAt: record.removedAt,
    conditions: conditions.map((condition) => ({ ...condition })),
    tasks: tasks.map((task) => ({ ...task, waitsFor: [...task.waitsFor] })),
    addresses: addresses.map(({ component, url }) => ({ component, url })),
  };
}

export function planDocument(plan: Plan): PlanDocument {
  return {
    environment: plan.environment,
    isolation: plan.isolation,
    components: plan.components.map(({ name, role, reason, witness, revision }) => ({
      name,
      role,
      reason,
      witness: [...witness],
      revision: revisionDocument(revision),
    })),
    boundary: plan.boundary.map(({ name, usedBy }) => ({ name, usedBy: [...usedBy] })),
    tasks: plan.tasks.map(({ id, kind, component, after }) => ({
      id,
      kind,
      component,
      after: [...after],
    })),
    criticalPath: [...plan.criticalPath],
    cost: plan.cost,
    warnings: plan.warnings.map(({ code, component, message, witness }) => ({
      code,
      component,
      message,
      witness: [...witness],
    })),
  };
}

export function explanationDocument({
  picks,
  findings,
}: Pick<Desire, 'picks' | 'findings'>): ExplanationDocument {
  return {
    picks: picks.map(({ component, revision, rule, reason, rejected }) => ({
      component,
      revision: revisionDocument(revision),
      rule,
      reason,
      rejected: rejected.map(({ rule: of, why }) => ({ rule: of, why })),
    })),
    findings: findings.map(({ component, changed, reason }) => ({ component, changed, reason })),
  };
}

export function callDocument(call: Call): CallDocument {
  const { id, client, server, protocol, operation, outcome, errorType, reason, side } = call;
  return {
    id,
    client,
    server,
    protocol,
    operation,
    startedAt: isoMicroseconds(call.startedAtUs),
    durationMs: durationMsOf(call),
    outcome,
    errorType,
    reason,
    side,
  };
}

export function reportDocument(report: Report): ReportDocument {
  const { id, environment, branch, suite, startedAt, finishedAt, outcome, baselineMoved } = report;
  return {
    id,
    environment,
    branch,
    suite,
    startedAt,
    finishedAt,
    outcome,
    baselineMoved,
    cases: report.cases.map(({ name, outcome: of, message }) => ({ name, outcome: of, message })),
    verdicts: report.verdicts.map((verdict) => ({ ...verdict, evidence: [...verdict.evidence] })),
    edges: report.edges.map((edge) => ({ ...edge })),
    culprits: report.culprits.map((culprit) => ({
      ...culprit,
      cases: [...culprit.cases],
      evidence: [...culprit.evidence],
      log: [...culprit.log],
    })),
    breaches: report.breaches.map((breach) => ({ ...breach, evidence: [...breach.evidence] })),
    calls: report.calls.map(callDocument),
    undeclared: report.undeclared.map(({ from, to }) => ({ from, to })),
    unseen: report.unseen.map(({ from, to }) => ({ from, to })),
    revisions: { ...report.revisions },
    baselineRevisions: { ...report.baselineRevisions },
    wiring: report.wiring.map((edge) => ({ ...edge })),
    notes: [...report.notes],
  };
}

export function componentDocument(component: Component, catalog: Catalog): ComponentDocument {
  const { name, type, owner, labels, sharing, expose, ports, source, dependencies } = component;
  const dependents = [...catalog.components.values()].filter((other) =>
    other.dependencies.some((dependency) => dependency.name === name),
  );
  return {
    name,
    type,
    owner,
    labels: { ...labels },
    sharing,
    expose,
    ports: ports.map(({ name: port, port: number, protocol }) => ({
      name: port,
      port: number,
      protocol,
    })),
    repository: source === undefined ? null : withoutCredentials(source.repository),
    dependencies: dependencies.map((dependency) => ({
      name: dependency.name,
      optional: dependency.optional,
      startup: dependency.startup,
      publishes: [...dependency.publishes],
      consumes: [...dependency.consumes],
    })),
    dependents: dependents.map((dependent) => dependent.name),
  };
}

function revisionDocument(revision: Revision | null): Revision | null {
  return revision === null
    ? null
    : { ...revision, repository: withoutCredentials(revision.repository) };
}

/** `https://user:secret@host/…` is a way to give Git a password. */
function withoutCredentials(repository: string): string {
  return repository.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/iu, '$1');
}

/** `2026-08-20T09:00:00.000250Z`: a Date holds milliseconds only. */
function isoMicroseconds(us: number): string {
  const milliseconds = Math.floor(us / 1000);
  const rest = String(us - milliseconds * 1000).padStart(3, '0');
  return new Date(milliseconds).toISOString().replace('Z', `${rest}Z`);
}
