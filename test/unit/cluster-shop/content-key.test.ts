import { describe, expect, it } from 'vitest';
import { keyOf } from '../../cluster/images/content-key.ts';
import { languageOf } from '../../cluster/images/languages.ts';
import { imagePath } from '../../cluster/images/registry.ts';

describe('a key of contents', () => {
  it('is the same for the same parts, and short enough for a tag', () => {
    expect(keyOf(['a', 'b'])).toBe(keyOf(['a', 'b']));
    expect(keyOf([])).toMatch(/^[0-9a-f]{16}$/u);
  });

  it('tells parts apart by their borders and their order', () => {
    const keys = [['ab', 'c'], ['a', 'bc'], ['c', 'ab'], ['abc'], ['ab', 'c', '']].map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('the language of a repository', () => {
  it('is told by its main file', () => {
    expect(languageOf(['Dockerfile', 'kit.go', 'main.go'])?.name).toBe('go');
    expect(languageOf(['main.rs', 'kit.rs'])?.base).toBeNull();
  });

  it('is none where there are only files for a database', () => {
    expect(languageOf(['migrations', 'seeds'])).toBeNull();
  });
});

describe('the path of an image', () => {
  it('lies in the folder of the registry that was asked for', () => {
    const registry = { push: 'a:1', inCluster: 'b' };
    expect(imagePath(registry, 'cart', '1')).toBe('shop/cart:1');
    expect(imagePath({ ...registry, prefix: 'run-7' }, 'cart', '1')).toBe('run-7/cart:1');
  });
});
