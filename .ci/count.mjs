// Prints "<passed> <failed>" of a JSON report of Vitest, and on stderr what failed and why.
import { readFileSync } from 'node:fs';

let report;
try {
  report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
} catch {
  console.error('failed: the test run wrote no report');
  report = { numPassedTests: 0, numFailedTests: 1, testResults: [] };
}
const broken = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
);
for (const { name, message } of broken) console.error(`failed: ${name}\n${message}`);
for (const { assertionResults } of report.testResults) {
  for (const { status, fullName, failureMessages } of assertionResults) {
    if (status === 'failed') console.error(`failed: ${fullName}\n${failureMessages.join('\n')}`);
  }
}
console.log(report.numPassedTests, report.numFailedTests + broken.length);
