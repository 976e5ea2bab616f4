import { redact } from '../../redact.ts';

/** What may be told of an SQL text: a name of few values, and the text without its values. */

const LENGTH_MAX = 4_096;
const COMMENTS = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))+/u;
const VERB = /^[A-Za-z]{2,16}/u;
const IDENTIFIER = '((?:["`]?[\\w$-]{1,64}["`]?\\.){0,2}["`]?[\\w$-]{1,64}["`]?)';
const TABLES: Readonly<Record<string, RegExp>> = {
  SELECT: new RegExp(`\\bfrom\\s+${IDENTIFIER}`, 'iu'),
  DELETE: new RegExp(`\\bfrom\\s+(?:only\\s+)?${IDENTIFIER}`, 'iu'),
  INSERT: new RegExp(`\\binto\\s+${IDENTIFIER}`, 'iu'),
  REPLACE: new RegExp(`\\binto\\s+${IDENTIFIER}`, 'iu'),
  UPDATE: new RegExp(`^update\\s+(?:only\\s+)?${IDENTIFIER}`, 'iu'),
  COPY: new RegExp(`^copy\\s+${IDENTIFIER}`, 'iu'),
  TRUNCATE: new RegExp(`^truncate\\s+(?:table\\s+)?${IDENTIFIER}`, 'iu'),
  CALL: new RegExp(`^call\\s+${IDENTIFIER}`, 'iu'),
};
const VALUES = /'(?:[^'\\]|\\.|'')*(?:'|$)/gu;

/** `SELECT orders`: the verb and the first table. */
export function operationOfSql(sql: string): string {
  const text = sql.slice(0, LENGTH_MAX).replace(COMMENTS, '');
  const verb = VERB.exec(text)?.[0].toUpperCase();
  if (verb === undefined) return 'SQL';
  const table = TABLES[verb]?.exec(text)?.[1];
  return table === undefined ? verb : `${verb} ${table.replace(/["`]/gu, '')}`;
}

/** The text on one line, at most 256 bytes, without what stands in quotes and without secrets. */
export function shownSql(sql: string): string {
  return redact(sql.slice(0, LENGTH_MAX).replace(VALUES, '?').replace(/\s+/gu, ' ').trim());
}
