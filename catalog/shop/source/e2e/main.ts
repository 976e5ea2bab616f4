import { writeFileSync } from 'node:fs';
import { CASES } from './cases.ts';
import { shopAt } from './shop.ts';

/** Runs every case, one after another, writes JUnit and exits 1 if one failed. */

const url = (process.env['SHOP_URL'] ?? '').replace(/\/$/u, '');

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/gu, (character) => `&#${character.charCodeAt(0)};`);
}

const started = new Date();
const lines: string[] = [];
let failures = 0;
for (const [name, run] of Object.entries(CASES)) {
  const caseStarted = performance.now();
  let failure: string | null = null;
  try {
    await run(shopAt(url, name));
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    failures += 1;
  }
  console.log(
    `${failure === null ? 'ok  ' : 'FAIL'} ${name}${failure === null ? '' : `: ${failure}`}`,
  );
  const seconds = ((performance.now() - caseStarted) / 1000).toFixed(3);
  lines.push(
    failure === null
      ? `  <testcase classname="shop" name="${escape(name)}" time="${seconds}"/>`
      : `  <testcase classname="shop" name="${escape(name)}" time="${seconds}"><failure message="${escape(failure)}"/></testcase>`,
  );
}
writeFileSync(
  'junit.xml',
  `<testsuite name="shop" tests="${lines.length}" failures="${failures}" timestamp="${started.toISOString()}">\n${lines.join('\n')}\n</testsuite>\n`,
);
process.exit(failures === 0 ? 0 : 1);
