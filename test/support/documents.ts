import { buildCatalog } from '../../src/domain/catalog/build-catalog.ts';
import type {
  ComponentDocument,
  ComponentSpecDocument,
  ParsedComponent,
  ParsedTestSuite,
  TestSuiteDocument,
} from '../../src/domain/catalog/documents.ts';

/** Builders of catalog documents: only what a test is about is written. */

type Spec = Partial<ComponentSpecDocument>;

export function componentDocument(name: string, spec: Spec = {}): ParsedComponent {
  const document: ComponentDocument = {
    metadata: { name, labels: {} },
    spec: { type: 'service', ports: {}, environment: {}, dependencies: [], ...spec },
  };
  return parsed(document, name);
}

export function testSuiteDocument(
  name: string,
  spec: Partial<TestSuiteDocument['spec']> & { readonly entry: string },
): ParsedTestSuite {
  return parsed({ metadata: { name, labels: {} }, spec: { environment: {}, ...spec } }, name);
}

/** Every document in a file of its own name, at places that tell paths apart. */
function parsed<Document>(
  document: Document,
  name: string,
): {
  readonly document: Document;
  readonly positionOf: ParsedComponent['positionOf'];
  readonly isBroken: boolean;
} {
  return {
    document,
    positionOf: (path) => ({ file: `${name}.yaml`, line: path.length + 1, column: 1 }),
    isBroken: false,
  };
}

/** Codes with their component, in order. */
export function codesOf(
  components: readonly ParsedComponent[],
  testSuites: readonly ParsedTestSuite[] = [],
): readonly string[] {
  return buildCatalog({ components, testSuites }).diagnostics.map(
    ({ code, component = '-' }) => `${code} ${component}`,
  );
}
