import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaskOrder } from '../../src/application/ports/engine.ts';
import { catalogOf, component } from '../support/catalogs.ts';
import type { TaskScript } from '../support/fake-engine.ts';
import { ReconcileWorld } from '../support/reconcile-world.ts';

const SHOP = catalogOf([
  component({
    name: 'gateway',
    expose: true,
    dependencies: ['cart', { name: 'hints', optional: true }],
  }),
  component({ name: 'cart', dependencies: ['pricing', 'db', 'load'] }),
  component({ name: 'pricing', dependencies: ['cart'] }),
  component({ name: 'hints' }),
  component({ name: 'load', type: 'job', dependencies: ['db'] }),
  component({ name: 'db', type: 'datastore', datastore: { migrations: { files: ['m'] } } }),
]);

const value = { kind: 'template', template: 'two' } as const;

const CATALOGS = [
  SHOP,
  // The same with another cart, …
  catalogOf(
    [...SHOP.components.values()].map((each) =>
      each.name === 'cart' ? { ...each, environment: [{ name: 'VERSION', value }] } : each,
    ),
  ),
  // … and something quite different.
  catalogOf([component({ name: 'lone' }), component({ name: 'gateway', expose: true })]),
] as const;

const TASKS = [
  'deploy/gateway',
  'deploy/cart',
  'deploy/pricing',
  'deploy/hints',
  'deploy/db',
  'migrate/db',
  'run/load',
  'deploy/lone',
  'expose/gateway',
] as const;

/** What a script may make of one Task, for ever. */
const FATES: Readonly<Record<string, TaskScript>> = {
  fast: { durationMs: 10 },
  slow: { durationMs: 5_000 },
  fails: { durationMs: 200, failure: { code: 'CRASH_LOOP', message: 'it ended 3 times' } },
  hangs: { durationMs: Infinity },
};

type Step = fc.AsyncCommand<object, ReconcileWorld>;

/** After every step nothing was done against the rules. */
function step(label: string, run: (world: ReconcileWorld) => Promise<unknown>): Step {
  return {
    check: () => true,
    run: async (_model, world) => {
      await run(world);
      expect(world.breaches).toEqual([]);
    },
    toString: () => label,
  };
}

const desires = fc
  .integer({ min: 0, max: CATALOGS.length - 1 })
  .map((index) =>
    step(`desire(${index})`, (world) => world.desire(CATALOGS[index] ?? CATALOGS[0])),
  );
const removals = fc.constant(step('remove', (world) => world.store.desireRemoval(world.name)));
const work = fc
  .integer({ min: 1, max: 12 })
  .map((passes) => step(`work(${passes})`, (world) => world.work(passes)));
const kills = fc
  .record({ calls: fc.integer({ min: 0, max: 30 }), afterEffect: fc.boolean() })
  .map(({ calls, afterEffect }) =>
    step(`kill(${calls}, ${afterEffect ? 'after' : 'before'})`, (world) =>
      world.killedPass(calls, afterEffect),
    ),
  );
const waits = fc
  .constantFrom(10, 150, 1_000, 700_000)
  .map((ms) => step(`wait(${ms})`, (world) => world.clock.advance(ms)));
const crashes = fc.constantFrom(...TASKS).map((id) =>
  step(`crash(${id})`, async (world) =>
    world.engine.crash(world.name, id, {
      durationMs: 0,
      failure: { code: 'CRASH_LOOP', message: 'it went down' },
    }),
  ),
);
const refusals = fc
  .constantFrom('GIT_UNAVAILABLE' as const, 'STATE_BUSY' as const, 'SECRET_MISSING' as const)
  .map((code) => step(`refuse(${code})`, async (world) => world.refusals.push(code)));
const faults = fc
  .record({
    method: fc.constantFrom('get', 'plan', 'observe', 'prune', 'writeStatus', 'append', 'remove'),
    code: fc.constantFrom('STATE_BUSY' as const, 'GIT_UNAVAILABLE' as const),
  })
  .map(({ method, code }) =>
    step(`fault(${method}, ${code})`, async (world) => world.faults.set(method, code)),
  );

const fates = fc.dictionary(fc.constantFrom(...TASKS), fc.constantFrom(...Object.keys(FATES)), {
  maxKeys: 3,
});

/** What must be true of the world once nothing more happens by itself. */
async function expectConverged(world: ReconcileWorld): Promise<void> {
  const record = await world.store.get(world.name);
  const observed = await world.engine.observe(world.name);
  expect(record === null ? observed : []).toEqual([]);
  if (record === null) return;
  expect(record.desired).toBe('up');
  expect(record.status.observedGeneration).toBe(record.generation);
  const plan = await world.store.plan(record.uid);
  const planned = new Map(plan?.tasks.map(({ id, fingerprint }) => [id, fingerprint]));
  expect(observed.map(({ task }) => task).filter((id) => !planned.has(id))).toEqual([]);
  const states = record.status.tasks.map(({ state }) => state);
  expect(states).not.toContain('Pending');
  expect(states).not.toContain('Running');
  const claimed = record.status.tasks
    .filter(({ state }) => state === 'Succeeded' || state === 'Skipped')
    .map(({ id }) => `${id} ${planned.get(id)}`);
  const isUp = observed
    .filter(
      ({ state, task, fingerprint }) => state === 'Succeeded' && planned.get(task) === fingerprint,
    )
    // What an older generation applied without something is to be applied anew, and may not come to it.
    .filter(
      ({ generation, unavailable = [] }) =>
        generation === record.generation || unavailable.length === 0,
    )
    .map(({ task, fingerprint }) => `${task} ${fingerprint}`);
  expect(claimed.toSorted()).toEqual(isUp.toSorted());
}

describe('reconciling, whatever happens in between', () => {
  it('keeps the rules, converges, and then writes nothing more', async () => {
    const steps = fc.commands(
      // Most of the time it works, so that the rest happens to something.
      [work, work, work, work, desires, desires, removals, kills, waits, crashes, refusals, faults],
      { maxCommands: 30, size: '+1' },
    );
    await fc.assert(
      fc.asyncProperty(steps, fates, fc.integer({ min: 1, max: 4 }), async (run, fate, cap) => {
        const script = ({ task }: TaskOrder): TaskScript => FATES[fate[task.id] ?? ''] ?? {};
        const world = new ReconcileWorld({
          concurrency: cap,
          script,
          left: (_environment, removal) => (removal < 3 ? ['run/load'] : []),
        });
        await world.desire(SHOP);
        await fc.asyncModelRun(() => ({ model: {}, real: world }), run);
        await world.settle();
        expect(world.breaches).toEqual([]);
        await expectConverged(world);
        const [writes, begun] = [world.store.writeCount, world.engine.begun.length];
        await world.pass();
        await world.killedPass(Infinity, false);
        expect(world.store.writeCount).toBe(writes);
        expect(world.engine.begun).toHaveLength(begun);
      }),
      { numRuns: 150 },
    );
  });

  it('does not need the process that began: a new one for every single pass comes as far', async () => {
    await fc.assert(
      fc.asyncProperty(fates, fc.integer({ min: 1, max: 4 }), async (fate, cap) => {
        const options = {
          concurrency: cap,
          script: ({ task }: TaskOrder): TaskScript => FATES[fate[task.id] ?? ''] ?? {},
        };
        const [one, many] = [new ReconcileWorld(options), new ReconcileWorld(options)];
        for (const world of [one, many]) await world.desire(SHOP);
        await one.settle();
        for (let pass = 0; pass < 60; pass += 1) {
          await many.killedPass(Infinity, false);
          await many.clock.advance(
            Math.max(0, (many.clock.nextWakeMs() ?? 0) - many.clock.nowMs()),
          );
        }
        await many.settle();
        expect(await many.states()).toEqual(await one.states());
      }),
      { numRuns: 30 },
    );
  });
});
