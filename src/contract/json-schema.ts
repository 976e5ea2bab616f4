import * as z from 'zod';
import { componentSchema } from './component.ts';
import { projectSchema } from './project.ts';
import { testSuiteSchema } from './test-suite.ts';

/**
 * The JSON Schemas that editors use, made from the very schemas that the program validates by.
 * Draft 7, because that is what YAML language servers understand best.
 */

const DOCUMENTS = {
  component: componentSchema,
  'test-suite': testSuiteSchema,
  project: projectSchema,
} as const;

export type DocumentName = keyof typeof DOCUMENTS;

export const DOCUMENT_NAMES: readonly DocumentName[] = ['component', 'test-suite', 'project'];

const made = new Map<DocumentName, object>();

/** Made once: it costs milliseconds, and every unknown key asks for it. Not to be changed. */
export function jsonSchemaOf(name: DocumentName): object {
  const schema =
    made.get(name) ?? z.toJSONSchema(DOCUMENTS[name], { target: 'draft-7', io: 'input' });
  made.set(name, schema);
  return schema;
}
