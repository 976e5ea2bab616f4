/** Texts as other languages write them. */

export function sqlQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** For MySQL, which knows escapes in its texts. */
export function mysqlQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
