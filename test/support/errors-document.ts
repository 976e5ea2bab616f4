import { ERROR_CODES, type ErrorClass } from '../../src/domain/errors.ts';

const WHOSE: Readonly<Record<ErrorClass, string>> = {
  user: 'user: something that was written or asked for',
  system: 'system: Offshoot itself',
  infrastructure: 'infrastructure: the machine, the network or another system',
};

/** `docs/errors.md`: every code in the order of the table. */
export function errorsDocument(): string {
  const entries = Object.entries(ERROR_CODES).map(
    ([code, entry]) =>
      `## ${code}\n\n${entry.meaning}\n\n- **Class**: ${WHOSE[entry.class]}\n- **Remedy**: ${entry.remedy}\n`,
  );
  return [
    '# Error codes\n',
    'Generated from `src/domain/errors.ts` by `npm run generate`; do not edit. Codes are stable: never renamed, never\nused again for something else. The class says whose fault an error is; it decides the exit code and is a label of\nthe metrics.\n',
    ...entries,
  ].join('\n');
}

/** The codes that a text documents, in its order. */
export function documentedCodes(text: string): readonly string[] {
  return [...text.matchAll(/^## ([A-Z0-9_]+)$/gmu)].map(([, code = '']) => code);
}
