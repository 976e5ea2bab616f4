import { writeFileSync } from 'node:fs';
import { CASES } from './cases.ts';
import { shopAt } from './shop.ts';

/** Runs every case, one after another, writes JUnit into the working directory and exits 1 if one failed. */

const url = (process.env['SHOP_URL'] ?? '').replace(/\/$/u, '');

function attribute(text: string): string {
  return text.replaceAll(/[&<>"\n]/gu, (character) => `&#${character.charCodeAt(0)};`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

const started = new Date().toISOString();
const lines: string[] = [];
let failures = 0;
for (const [name, run] of Object.entries(CASES)) {
  const caseStarted = new Date();
  let failure: string | null = null;
  try {
    await run(shopAt(url, name));
  } catch (error) {
    failure = reasonOf(error);
    failures += 1;
  }
  process.stdout.write(failure === null ? `ok   ${name}\n` : `FAIL ${name}: ${failure}\n`);
  const seconds = (Date.now() - caseStarted.getTime()) / 1000;
  const inner = failure === null ? '' : `<failure message="${attribute(failure)}"/>`;
  lines.push(
    `  <testcase classname="shop" name="${attribute(name)}" time="${seconds}" timestamp="${caseStarted.toISOString()}">${inner}</testcase>`,
  );
}
const totals = `tests="${lines.length}" failures="${failures}" timestamp="${started}"`;
writeFileSync(
  'junit.xml',
  `<testsuite name="shop" ${totals}>\n${lines.join('\n')}\n</testsuite>\n`,
);
process.exit(failures === 0 ? 0 : 1);
