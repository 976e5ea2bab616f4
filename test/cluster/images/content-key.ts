import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Characters of a key: enough that no two contents of a machine share one. */
const KEY_LENGTH = 16;

/** A name for what these texts say; their order and their borders count. */
export function keyOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest('hex').slice(0, KEY_LENGTH);
}

/** Names and contents of the files below a folder, in the order of their names. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const contents = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return files.flatMap((file, index) => [file.slice(folder.length), contents[index] ?? '']);
}
