import type { SuiteOrder } from '../../../../application/ports/engine.ts';
import { referencesOf } from '../../../../domain/catalog/references.ts';
import type { Surroundings } from '../../../../domain/configuration/variables.ts';
import { OperationError } from '../../../../domain/errors.ts';
import { definitionOf } from '../../../../domain/plan/plan-lookup.ts';
import { baselineUrlOf, publicUrlOf } from '../../render/public-url.ts';
import { hasLogin, loginOf } from '../../render/surroundings.ts';
import { valuesOf } from '../gather-secrets.ts';
import { namespaceIn, type Site } from '../site.ts';

/** Where a suite finds what it tests. */
export interface Entry {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/** An environment as its test suite sees it: from inside, by the same names as its components. */
export async function suiteSurroundings(
  site: Site,
  { plan, suite, revision }: SuiteOrder,
  entry: Entry,
): Promise<Surroundings> {
  const named = referencesOf(suite).flatMap((reference) =>
    reference.kind === 'dependency' ? (definitionOf(plan, reference.name) ?? []) : [],
  );
  const values = await valuesOf(
    site,
    { plan },
    {
      references: suite.environment.flatMap(({ value }) =>
        value.kind === 'secret' ? [value.secretRef] : [],
      ),
      logins: named.filter(hasLogin).map(({ name }) => name),
    },
  );
  const inside = new Set(plan.components.map(({ name }) => name));
  return {
    environment: { name: plan.environment, domain: plan.domain },
    revision,
    host: ({ name }) => name,
    ownPort: () => null,
    portOf: ({ ports }, port) => ports.find(({ name }) => name === port)?.port ?? null,
    publicUrl: (component) =>
      inside.has(component.name)
        ? publicUrlOf(site.settings, plan.environment, component)
        : baselineUrlOf(site.settings, component),
    login: (component) =>
      loginOf({ secrets: values, namespace: namespaceIn(site, plan.environment) }, component),
    dependency: (name) => definitionOf(plan, name) ?? null,
    secret({ name, key }) {
      const value = values.get(`${name}/${key}`);
      if (value !== undefined) return value;
      throw new OperationError('SECRET_MISSING', `secret "${name}/${key}" does not exist`);
    },
    entry,
  };
}
