import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where this program lies: a checkout runs `src/main/*.ts`, the package `dist/*.js`. */

const here = fileURLToPath(import.meta.url);
const isCheckout = here.endsWith('.ts');
const root = rootAbove(dirname(here));

function rootAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) || dirname(folder) === folder
    ? folder
    : rootAbove(dirname(folder));
}

export function scriptOf(name: 'agent' | 'cli'): string {
  return isCheckout ? join(root, 'src', 'main', `${name}.ts`) : join(root, 'dist', `${name}.js`);
}

export function exampleFolder(): string {
  return join(root, 'catalog', 'shop');
}

export function versionOf(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed
    ? String(parsed.version)
    : '0.0.0';
}
