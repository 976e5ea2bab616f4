import { writeFileSync } from 'node:fs';
import { CASES, type Case } from './cases.ts';
import { shopAt } from './shop.ts';

/**
 * Runs the cases, one after another, or with `AT_ONCE` all at the same time, each marked by baggage. Writes JUnit
 * into the working directory and exits 1 if one failed.
 */

const url = (process.env['SHOP_URL'] ?? '').replace(/\/$/u, '');
const atOnce = process.env['AT_ONCE'] === 'true';

interface Result {
  readonly name: string;
  readonly startedAt: Date;
  readonly seconds: number;
  readonly failure: string | null;
}

async function resultOf([name, run]: readonly [string, Case]): Promise<Result> {
  const startedAt = new Date();
  const failure = await run(shopAt(url, atOnce ? name : null)).then(() => null, reasonOf);
  return { name, startedAt, seconds: (Date.now() - startedAt.getTime()) / 1000, failure };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function attribute(text: string): string {
  return text.replaceAll(/[&<>"\n]/gu, (character) => `&#${character.charCodeAt(0)};`);
}

function elementOf({ name, startedAt, seconds, failure }: Result): string {
  const inner = failure === null ? '' : `<failure message="${attribute(failure)}"/>`;
  const times = `time="${seconds}" timestamp="${startedAt.toISOString()}"`;
  return `  <testcase classname="robot" name="${attribute(name)}" ${times}>${inner}</testcase>\n`;
}

const startedAt = new Date().toISOString();
const entries = Object.entries(CASES);
const results: Result[] = [];
if (atOnce) results.push(...(await Promise.all(entries.map(resultOf))));
else for (const entry of entries) results.push(await resultOf(entry));
for (const { name, failure } of results) {
  process.stdout.write(failure === null ? `ok   ${name}\n` : `FAIL ${name}: ${failure}\n`);
}
const failures = results.filter(({ failure }) => failure !== null).length;
const totals = `tests="${results.length}" failures="${failures}" timestamp="${startedAt}"`;
const elements = results.map(elementOf).join('');
writeFileSync('junit.xml', `<testsuite name="robot" ${totals}>\n${elements}</testsuite>\n`);
process.exit(failures === 0 ? 0 : 1);
