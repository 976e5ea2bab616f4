import type { TestSuite } from '../../domain/catalog/component.ts';
import { OperationError } from '../../domain/errors.ts';
import { BASELINE, type EnvironmentRecord, type TestRun } from '../ports/environment-store.ts';
import { demandAlso, wakeBaseline } from './baseline.ts';
import { loadCatalogOrThrow } from './compile.ts';
import { baselinePortsOf, type EnvironmentPorts } from './environment-ports.ts';
import { revisionOfSuite } from './suite-revision.ts';

/** Accepts a run of a test suite; the environment's agent carries it out. */
export async function requestTest(
  ports: EnvironmentPorts,
  record: EnvironmentRecord,
  suiteName: string | null,
): Promise<TestRun> {
  const { catalog } = await loadCatalogOrThrow(ports.catalogs);
  const suite = chooseSuite([...catalog.testSuites.values()], suiteName);
  const revision = await revisionOfSuite(ports, suite, record.spec);
  const isOurBaseline = ports.existingBaseline === null;
  if (isOurBaseline && suite.safeOnBaseline && record.name !== BASELINE) {
    // Its entry must be there, beside what the environment uses.
    const demand = { by: record.name, components: [suite.entry] };
    await demandAlso(baselinePortsOf(ports), demand, catalog);
    await wakeBaseline(ports);
  }
  const run = await ports.testRuns.requestTest({ environment: record.name, suite, revision });
  // Who removed the environment meanwhile did not see the request, and nobody else ends it.
  if ((await ports.store.get(record.name))?.uid !== record.uid) {
    const message = 'the environment was removed';
    await ports.testRuns.finishTest(run.id, { outcome: 'error', message });
  }
  await ports.agents.wake(record.name);
  return run;
}

function chooseSuite(suites: readonly TestSuite[], name: string | null): TestSuite {
  const names = suites.map((suite) => `"${suite.name}"`).join(', ') || 'none';
  const chosen =
    name === null && suites.length === 1 ? suites[0] : suites.find((suite) => suite.name === name);
  if (chosen !== undefined) return chosen;
  throw new OperationError(
    'TEST_SUITE_NOT_FOUND',
    name === null
      ? `name the test suite to run: the catalog has ${names}`
      : `the catalog has no test suite "${name}"; it has ${names}`,
  );
}
