import { stringify } from 'yaml';
import { DOCUMENT_NAMES, jsonSchemaOf } from '../../src/contract/json-schema.ts';
import { resourceDefinitions } from '../../src/adapters/kubernetes/resources/crds.ts';
import { cliDocument } from './cli-document.ts';
import { errorsDocument } from './errors-document.ts';
import { valuesSchema } from './values-schema.ts';

const NOTE = '# Generated from src/contract by `npm run generate`; do not edit.\n';

/** Path → text of the files that are made from the code and kept in the repository. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...DOCUMENT_NAMES.map((name): [string, string] => [
      `catalog/schema/${name}.schema.json`,
      `${JSON.stringify(jsonSchemaOf(name), null, 2)}\n`,
    ]),
    ...resourceDefinitions().map((definition): [string, string] => [
      `charts/offshoot/crds/${definition.metadata.name}.yaml`,
      NOTE + stringify(definition, { lineWidth: 0, singleQuote: true }),
    ]),
    ['charts/offshoot/values.schema.json', `${JSON.stringify(valuesSchema(), null, 2)}\n`],
    ['docs/errors.md', errorsDocument()],
    ['docs/cli.md', cliDocument()],
  ]);
}
