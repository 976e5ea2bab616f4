import { expect, it } from 'vitest';
import type { Component } from '../../src/domain/catalog/component.ts';
import { requiredEdges } from '../../src/domain/plan/required-edges.ts';
import { component } from '../support/catalogs.ts';
import type { Stage } from '../support/engine-stage.ts';

export function describeWiring(stage: () => Stage): void {
  it('finds out what a caller reaches of what it requires, edge by edge', async () => {
    const { works, alsoWorks, neverReady } = stage().actors;
    const { dependencies } = component({
      name: works.name,
      dependencies: [alsoWorks, neverReady].map(({ name }) => ({ name, startup: 'independent' })),
    });
    const caller: Component = { ...works, dependencies };
    const plan = stage().plan('one', [caller, alsoWorks, neverReady]);
    await stage().drive(plan);
    const edges = requiredEdges(plan);
    expect(edges.map(({ from, to }) => `${from} ${to}`)).toEqual([
      `${works.name} ${alsoWorks.name}`,
      `${works.name} ${neverReady.name}`,
    ]);
    const findings = stage().harness.provesWiring ? ['ok', 'nothing-listens'] : [null, null];
    expect(await stage().engine.prove(plan, edges)).toEqual(findings);
    expect(await stage().engine.prove(plan, edges.toReversed())).toEqual(findings.toReversed());
    expect(await stage().engine.prove(plan, [])).toEqual([]);
  });
}
