import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { componentSchema } from '../../../src/contract/component.ts';
import { readFully } from '../../../src/adapters/catalog-files/full-yaml.ts';
import { plainOf } from '../../../src/adapters/catalog-files/source-node.ts';

/** The document of design §5, with every key that the format has. */
function wholeComponent(): unknown {
  const [document] = readFully(readFileSync('test/fixtures/whole-component.yaml', 'utf8'));
  return document?.root && plainOf(document.root);
}

describe('the component contract', () => {
  it('accepts a component that uses every key', () => {
    const result = componentSchema.safeParse(wholeComponent());
    expect(result.error?.issues).toBeUndefined();
  });

  it('has no key that the fixture does not use', () => {
    const { data } = componentSchema.safeParse(wholeComponent());
    const used = new Set(Object.keys(data?.spec ?? {}));
    expect(Object.keys(componentSchema.shape.spec.shape).filter((key) => !used.has(key))).toEqual(
      [],
    );
  });
});
