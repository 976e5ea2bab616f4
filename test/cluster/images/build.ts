import { prepareShop } from './prepare-shop.ts';

/** `node test/cluster/images/build.ts FOLDER REGISTRY [REGISTRY-IN-THE-CLUSTER]`: the shop, ready in FOLDER. */

const [folder, push, inCluster = push] = process.argv.slice(2);
if (folder === undefined || push === undefined || inCluster === undefined) {
  process.stderr.write('usage: build.ts FOLDER REGISTRY [REGISTRY-IN-THE-CLUSTER]\n');
  process.exit(2);
}
const startedMs = performance.now();
const say = (line: string): void => {
  process.stdout.write(
    `${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${line}\n`,
  );
};
const shop = await prepareShop(folder, { registry: { push, inCluster }, say });
say(`ready: ${shop.project}`);
