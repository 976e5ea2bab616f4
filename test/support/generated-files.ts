import { DOCUMENT_NAMES, jsonSchemaOf } from '../../src/contract/json-schema.ts';
import { definitionFiles } from '../../src/adapters/kubernetes/resources/crds.ts';
import { cliDocument } from './cli-document.ts';
import { errorsDocument } from './errors-document.ts';

/** Path → text of the files that are made from the code and kept in the repository. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...DOCUMENT_NAMES.map((name): [string, string] => [
      `catalog/schema/${name}.schema.json`,
      `${JSON.stringify(jsonSchemaOf(name), null, 2)}\n`,
    ]),
    ...[...definitionFiles()].map(([name, text]): [string, string] => [
      `charts/offshoot/crds/${name}`,
      text,
    ]),
    ['docs/errors.md', errorsDocument()],
    ['docs/cli.md', cliDocument()],
  ]);
}
