import { mustHave } from '../must-have.ts';

/** Amounts as Kubernetes writes them. */

const MEMORY_UNITS: ReadonlyMap<string | undefined, number> = new Map([
  [undefined, 1],
  ['k', 1000],
  ['M', 1000 ** 2],
  ['G', 1000 ** 3],
  ['T', 1000 ** 4],
  ['Ki', 1024],
  ['Mi', 1024 ** 2],
  ['Gi', 1024 ** 3],
  ['Ti', 1024 ** 4],
]);

const CPU = /^(?:(?<millis>\d{1,7})m|(?<cores>\d{1,4}(?:\.\d{1,3})?))$/u;
const MEMORY = /^(?<amount>\d{1,15}(?:\.\d{1,3})?)(?<unit>Ki|Mi|Gi|Ti|k|M|G|T)?$/u;

/** Thousandths of a processor: `100m` → 100, `0.5` → 500, 2 → 2000; null for anything else. */
export function parseCpuMillis(quantity: string | number): number | null {
  if (typeof quantity === 'number') return quantity >= 0.001 ? Math.round(quantity * 1000) : null;
  const groups = CPU.exec(quantity)?.groups;
  if (groups === undefined) return null;
  return groups['millis'] === undefined
    ? Math.round(Number(groups['cores']) * 1000)
    : Number(groups['millis']);
}

/** Bytes: `128Mi` → 134217728, `1G` → 1000000000; null for anything else. Fractions are rounded up. */
export function parseMemoryBytes(quantity: string | number): number | null {
  if (typeof quantity === 'number') return quantity >= 1 ? Math.ceil(quantity) : null;
  const groups = MEMORY.exec(quantity)?.groups;
  if (groups === undefined) return null;
  return Math.ceil(Number(groups['amount']) * mustHave(MEMORY_UNITS, groups['unit']));
}
