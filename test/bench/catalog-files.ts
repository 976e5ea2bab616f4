import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  loadCatalog,
  type CatalogFilesOptions,
} from '../../src/adapters/catalog-files/catalog-files.ts';
import type { Component } from '../../src/domain/catalog/component.ts';
import { distributionOf } from '../support/topology-figures.ts';
import { topologyOf } from '../support/topology.ts';

/** Reading a catalog from files, one component a file: with and without what an earlier command has read. */
export interface CatalogFilesBenchRow {
  readonly files: number;
  readonly cache: 'none' | 'warm';
  readonly medianMs: number;
  readonly p95Ms: number;
}

const SIZES: readonly number[] = [500, 5_000];
const RUNS = 7;

export async function benchCatalogFiles(
  sizes: readonly number[] = SIZES,
): Promise<CatalogFilesBenchRow[]> {
  const rows: CatalogFilesBenchRow[] = [];
  for (const size of sizes) {
    const folder = await mkdtemp(join(tmpdir(), 'offshoot-bench-'));
    try {
      await writeCatalog(folder, size);
      const warm = { base: folder, cacheFile: join(folder, '.cache') };
      await loadCatalog([folder], warm);
      rows.push({ files: size, cache: 'none', ...(await measure(folder, { base: folder })) });
      rows.push({ files: size, cache: 'warm', ...(await measure(folder, warm)) });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return rows;
}

async function measure(
  folder: string,
  options: CatalogFilesOptions,
): Promise<Pick<CatalogFilesBenchRow, 'medianMs' | 'p95Ms'>> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const startedAt = performance.now();
    await loadCatalog([folder], options);
    times.push(performance.now() - startedAt);
  }
  const { p50, p95 } = distributionOf(times);
  return { medianMs: p50, p95Ms: p95 };
}

/** The components of a generated topology as people would write them. */
async function writeCatalog(folder: string, size: number): Promise<void> {
  for (const component of topologyOf({ size }).components.values()) {
    await writeFile(join(folder, `${component.name}.yaml`), stringify(documentOf(component)));
  }
}

function documentOf(component: Component): object {
  const { name, type, dependencies, sharing, expose, ports, datastore } = component;
  return {
    apiVersion: 'offshoot.dev/v1alpha1',
    kind: 'Component',
    metadata: { name },
    spec: {
      type,
      ...(ports.length === 0
        ? {}
        : { ports: Object.fromEntries(ports.map((p) => [p.name, p.port])) }),
      ...(sharing === 'shared' ? { sharing } : {}),
      ...(expose ? { expose } : {}),
      ...(datastore === undefined
        ? {}
        : { engine: datastore.engine, isolation: datastore.isolation }),
      ...(dependencies.length === 0
        ? {}
        : {
            dependencies: dependencies.map((dependency) =>
              dependency.startup === 'independent' || dependency.optional
                ? {
                    name: dependency.name,
                    startup: dependency.startup,
                    optional: dependency.optional,
                  }
                : dependency.name,
            ),
          }),
    },
  };
}
