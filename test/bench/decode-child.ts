import { callRecordings } from '../../src/adapters/capture/recordings.ts';

/** Decodes the file it is given and says what that took, as one line of JSON: a process of its own, for its memory. */

const [file = '-'] = process.argv.slice(2);
const before = process.cpuUsage();
let calls = 0;
let highest = 0;
let highestEarly = 0;
let lots = 0;
for await (const lot of callRecordings(process.stdin).decode(file).lots) {
  calls += lot.length;
  lots += 1;
  if (lots % 16 === 0) highest = Math.max(highest, process.memoryUsage.rss());
  if (calls < 2_000) highestEarly = highest;
}
const { user, system } = process.cpuUsage(before);
const peak = process.resourceUsage().maxRSS * 1_024;
console.log(JSON.stringify({ calls, cpuS: (user + system) / 1e6, peak, highest, highestEarly }));
