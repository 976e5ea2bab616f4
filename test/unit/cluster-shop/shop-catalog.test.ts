import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { withVariables } from '../../cluster/images/catalog-text.ts';
import { languageOf } from '../../cluster/images/languages.ts';
import { componentSchema } from '../../../src/contract/component.ts';

const SHOP = join(import.meta.dirname, '../../cluster/shop');

const texts = await textsOf();
const components = [...texts.values()].map((text) => componentSchema.parse(parse(text)));

async function textsOf(): Promise<ReadonlyMap<string, string>> {
  const folder = join(SHOP, 'components');
  const files = (await readdir(folder)).filter((file) => file !== 'shop-e2e.yaml');
  return new Map(
    await Promise.all(
      files.map(async (file): Promise<[string, string]> => [
        file.replace('.yaml', ''),
        await readFile(join(folder, file), 'utf8'),
      ]),
    ),
  );
}

describe('the shop of the cluster tests', () => {
  it('has every kind of component, in five languages', () => {
    expect(new Set(components.map(({ spec }) => spec.type))).toEqual(
      new Set(['service', 'worker', 'job', 'datastore', 'external']),
    );
    const languages = components.flatMap(({ metadata }) => metadata.labels['language'] ?? []);
    expect(new Set(languages)).toEqual(new Set(['typescript', 'go', 'python', 'java', 'rust']));
  });

  it('says of each component the language that its source is written in', async () => {
    const labelled = components.filter(({ metadata }) => 'language' in metadata.labels);
    expect(labelled.length).toBeGreaterThanOrEqual(13);
    for (const { metadata } of labelled) {
      const files = await readdir(join(SHOP, 'source', metadata.name));
      const label = metadata.labels['language'];
      expect(languageOf(files)?.name).toBe(label === 'typescript' ? 'node' : label);
    }
  });

  it('has a source for every repository it names', async () => {
    const sources = await readdir(join(SHOP, 'source'));
    const named = components.flatMap(
      ({ spec }) => /\/([^/]+)\.git$/u.exec(spec.source?.repository ?? '')?.[1] ?? [],
    );
    expect(named.length).toBeGreaterThanOrEqual(14);
    expect(sources).toEqual(expect.arrayContaining(named));
  });

  it('takes variables into every component that runs a program', () => {
    for (const { metadata, spec } of components) {
      if (spec.type === 'external') continue;
      const changed = withVariables(texts.get(metadata.name) ?? '', { FAULT: 'exit' });
      const { environment } = componentSchema.parse(parse(changed)).spec;
      expect(environment).toEqual({ ...spec.environment, FAULT: 'exit' });
    }
  });
});
