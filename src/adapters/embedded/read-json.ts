import { readFileSync } from 'node:fs';

/** Files of our own, which may be missing, cut or altered: then they say nothing, and the answer is null. */

export function readJson(path: string): unknown {
  try {
    return parsedJson(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

export function parsedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return null;
  }
}
