import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { render } from '../../src/adapters/kubernetes/render/render.ts';
import { neededSecrets } from '../../src/adapters/kubernetes/render/needed-secrets.ts';
import type {
  RenderContext,
  RenderedObject,
} from '../../src/adapters/kubernetes/render/rendering.ts';
import { ANNOTATIONS, LABELS, MANAGED_BY } from '../../src/adapters/kubernetes/labels.ts';
import type {
  Catalog,
  Component,
  EnvironmentVariable,
} from '../../src/domain/catalog/component.ts';
import { OperationError } from '../../src/domain/errors.ts';
import { environmentNameOf, namespaceOf } from '../../src/domain/naming/names.ts';
import { elementAt } from '../../src/domain/must-have.ts';
import type { Plan, Task } from '../../src/domain/plan/plan.ts';
import { catalogOf, catalogs } from '../support/catalogs.ts';
import { SETTINGS } from '../support/kubernetes-shop.ts';
import { planOf, revision } from '../support/plans.ts';

/** What holds of every object of every Task, whatever the catalog. */

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u;
const NEEDLE = 'needle-in-the-hay';

const PORTS = [
  { name: 'http', port: 8080, protocol: 'http' },
  { name: 'admin', port: 8080, protocol: 'tcp' },
  { name: 'low', port: 80, protocol: 'http' },
] as const;

/** How a component of the given name looks on a cluster; longest names, all kinds of ports and secrets. */
const looks = fc.record({
  ports: fc.subarray([...PORTS]),
  engine: fc.constantFrom('postgres', 'mysql', 'redis', 'kafka', 'rabbitmq', 'mongodb'),
  topics: fc.subarray(['orders', 'stock']),
  baselinePort: fc.constantFrom(80, 8080, 9999),
  hasSecret: fc.boolean(),
  isLong: fc.boolean(),
  isNumeric: fc.boolean(),
});

type Look = typeof looks extends fc.Arbitrary<infer T> ? T : never;

function longName(name: string, isLong: boolean): string {
  return isLong ? `${name}-${'x'.repeat(39 - name.length)}` : name;
}

function dressed(plain: Catalog, all: readonly Look[]): Catalog {
  const dressings = [...plain.components.values()].map((component, index) => ({
    component,
    look: elementAt(all, index % all.length),
  }));
  const names = new Map(
    dressings.map(({ component: { name }, look }) => [name, longName(name, look.isLong)]),
  );
  const renamed = (name: string): string => names.get(name) ?? name;
  return catalogOf(dressings.map(({ component, look }) => dress(component, look, renamed)));
}

const WITH_TOPICS: ReadonlySet<string> = new Set(['kafka', 'rabbitmq', 'redis']);
const WITH_STEPS: ReadonlySet<string> = new Set(['postgres', 'mysql']);

function dress(component: Component, look: Look, renamed: (name: string) => string): Component {
  const dependencies = component.dependencies.map((each) => ({
    ...each,
    name: renamed(each.name),
  }));
  return {
    ...component,
    name: renamed(component.name),
    dependencies,
    ports: look.ports,
    baseline: { ports: { http: look.baselinePort } },
    ...(component.type === 'external' ? {} : { image: 'registry.example/x:1' }),
    ...externalPart(component, look),
    ...datastorePart(component, look),
    environment: [
      ...dependencies.map(({ name }, index) => ({
        name: `URL_${index}`,
        value: {
          kind: 'template' as const,
          template: `\${dependencies.${name}.url} \${dependencies.${name}.password}`,
        },
      })),
      ...(look.hasSecret ? [SECRET_VARIABLE] : []),
    ],
  };
}

const SECRET_VARIABLE: EnvironmentVariable = {
  name: 'KEY',
  value: { kind: 'secret', secretRef: { name: 's', key: 'k' } },
};

function externalPart({ external }: Component, look: Look): Partial<Component> {
  const isChanged = external !== undefined && look.isNumeric;
  return isChanged ? { external: { address: '2001:db8::1', cidrs: ['10.0.0.0/8'] } } : {};
}

function datastorePart({ datastore }: Component, { engine, topics }: Look): Partial<Component> {
  if (datastore === undefined) return {};
  const steps = { migrations: { files: ['*.sql'] }, seeds: { command: ['seed'] } };
  return {
    datastore: {
      ...datastore,
      engine,
      topics: WITH_TOPICS.has(engine) ? topics : [],
      ...(WITH_STEPS.has(engine) ? steps : {}),
    },
  };
}

const plans = fc
  .record({
    catalog: catalogs({ sizeMax: 7 }),
    look: fc.array(looks, { minLength: 3, maxLength: 5 }),
    branch: fc.constantFrom('coupon', 'feat/a-very-long-name-of-a-branch-indeed', 'x'),
    isPath: fc.boolean(),
  })
  .map(({ catalog, look, branch, isPath }): Plan => {
    const whole = dressed(catalog, look);
    const first = [...whole.components.values()].find(({ type }) => type !== 'external');
    const picks = Object.fromEntries(
      [...whole.components.keys()].map((name) => [name, revision('1')]),
    );
    return planOf(whole, {
      environment: environmentNameOf(branch),
      buildsFromSource: false,
      picks,
      ...(isPath && first !== undefined ? { changed: [first.name], isolation: 'path' } : {}),
    });
  });

function contextOf(plan: Plan, task: Task): RenderContext {
  const { references, logins } = neededSecrets({ plan, task }, SETTINGS);
  return {
    namespace: namespaceOf(SETTINGS.prefix, plan.environment),
    environmentUid: 'uid',
    settings: SETTINGS,
    secrets: new Map([
      ...references.map(({ name, key }): [string, string] => [`${name}/${key}`, NEEDLE]),
      ...logins.map((name): [string, string] => [`${name}/password`, NEEDLE]),
    ]),
    files: new Map([['a.sql', 'SELECT 1']]),
    copied: null,
    baseline: null,
    clusterIps: new Map(),
    baselinePlaces: new Map(),
  };
}

function rendered(plan: Plan, task: Task): readonly RenderedObject[] {
  return render({ plan, task, generation: 7, unavailable: [] }, contextOf(plan, task));
}

/** Checks something of the objects of every Task, and that there were some. */
function everyTask(
  check: (objects: readonly RenderedObject[], plan: Plan, task: Task) => void,
): void {
  let seenCount = 0;
  fc.assert(
    fc.property(plans, (plan) => {
      for (const task of plan.tasks) {
        seenCount += 1;
        check(rendered(plan, task), plan, task);
      }
    }),
    { numRuns: 60 },
  );
  expect(seenCount).toBeGreaterThan(60);
}

describe('rendering', () => {
  it('gives every Task at least one object, and says on each how many there are', () => {
    everyTask((objects, _, task) => {
      expect(objects.length).toBeGreaterThan(0);
      for (const { object } of objects) {
        expect(object.metadata.annotations).toMatchObject({
          [ANNOTATIONS.task]: task.id,
          [ANNOTATIONS.fingerprint]: task.fingerprint,
          [ANNOTATIONS.generation]: '7',
          [ANNOTATIONS.objects]: String(objects.length),
        });
      }
    });
  });

  it('names everything by a DNS label, and nothing of one kind twice in an environment', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const all = plan.tasks.flatMap((task) => rendered(plan, task));
        const names = all.map(({ type, object }) => `${type.kind}/${object.metadata.name}`);
        expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
        for (const { object } of all) expect(object.metadata.name).toMatch(LABEL);
      }),
      { numRuns: 60 },
    );
  });

  it('puts everything into the namespace of the environment, labelled as its own', () => {
    everyTask((objects, plan) => {
      const namespace = namespaceOf(SETTINGS.prefix, plan.environment);
      for (const { type, object } of objects) {
        expect(type.isNamespaced ? object.metadata.namespace : object.metadata.name).toBe(
          namespace,
        );
        expect(object.metadata.labels).toMatchObject({
          [LABELS.managedBy]: MANAGED_BY,
          [LABELS.environment]: plan.environment,
        });
        for (const value of Object.values(object.metadata.labels ?? {})) {
          expect(value.length).toBeLessThanOrEqual(63);
        }
      }
    });
  });

  it('is the same again for the same order', () => {
    everyTask((objects, plan, task) => {
      expect(JSON.stringify(rendered(plan, task))).toBe(JSON.stringify(objects));
    });
  });

  it('keeps the values of secrets in Secrets', () => {
    const encoded = Buffer.from(NEEDLE).toString('base64').slice(0, -4);
    let secretCount = 0;
    everyTask((objects) => {
      const open = objects.filter(({ type }) => type.kind !== 'Secret');
      secretCount += objects.length - open.length;
      const text = JSON.stringify(open);
      expect([text.includes(NEEDLE), text.includes(encoded)]).toEqual([false, false]);
    });
    expect(secretCount).toBeGreaterThan(0);
  });

  it('needs no secret beside those that it asks for', () => {
    const isMissing = (plan: Plan, task: Task): boolean => {
      try {
        render(
          { plan, task, generation: 1, unavailable: [] },
          { ...contextOf(plan, task), secrets: new Map() },
        );
        return false;
      } catch (error) {
        return error instanceof OperationError && error.code === 'SECRET_MISSING';
      }
    };
    everyTask((_, plan, task) => {
      const { references } = neededSecrets({ plan, task }, SETTINGS);
      expect(isMissing(plan, task)).toBe(references.length > 0);
    });
  });
});
