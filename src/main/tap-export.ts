import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TapOptions } from '../adapters/cli/services.ts';
import { HANDING_ON } from '../adapters/kubernetes/capture/agreement.ts';
import type { Sighting } from '../adapters/kubernetes/capture/analyser/analyser.ts';
import {
  parseNamesFile,
  type NamesFile,
} from '../adapters/kubernetes/capture/handing-on/names-file.ts';
import { ServiceBook } from '../adapters/kubernetes/capture/handing-on/service-book.ts';
import { WholeCalls } from '../adapters/kubernetes/capture/handing-on/whole-calls.ts';
import { startExporter, type CallExporter } from '../adapters/otlp/export/call-exporter.ts';
import { headersIn } from '../adapters/otlp/export/headers.ts';
import type { createLogger } from '../adapters/telemetry/logger.ts';
import { BASELINE } from '../application/ports/environment-store.ts';
import type { Call } from '../domain/calls/call.ts';
import { systemClock } from './clock.ts';

/** What an analyser does with calls beside keeping them: hands them on, where it is told to. */
export interface TapExport {
  record(call: Call): void;
  readonly sent: number;
  readonly dropped: number;
  /** Hands on what is left. */
  close(): Promise<void>;
}

const TELL_EVERY_MS = 1_000;
const REFRESH_EVERY_MS = 5_000;
const COUNT_EVERY_MS = 60_000;

type Log = ReturnType<typeof createLogger>;

/** @returns Null where nothing is handed on. Trouble with it never keeps an analyser from its work. */
export async function openTapExport(
  { exportEndpoint: endpoint, exportFolder: folder }: TapOptions,
  peers: () => Omit<Sighting, 'calls'>,
  log: Log,
): Promise<TapExport | null> {
  if (endpoint === undefined || folder === undefined) return null;
  const read = (): Promise<NamesFile | null> => namesIn(folder);
  const names = await read();
  if (names === null) {
    log.error({ folder }, 'calls are not handed on: nobody says names');
    return null;
  }
  const nowMs = (): number => systemClock.nowMs();
  const services = new ServiceBook(names, { read, nowMs });
  const exporter = startExporter({
    endpoint,
    environment: names.environment,
    // Asked for anew with each request: the file follows its Secret.
    get headers() {
      return headersIn(headersTextIn(folder));
    },
  });
  const whole = new WholeCalls({
    knownPeers: peers,
    services,
    nowMs,
    isBaseline: names.environment === BASELINE,
    onCall: (call) => exporter.record(call),
  });
  return running({ services, exporter, whole, log });
}

function running({ services, exporter, whole, log }: Running): TapExport {
  const result: TapExport = {
    record: (call) => whole.add(call),
    get sent() {
      return exporter.sent;
    },
    get dropped() {
      return whole.dropped + exporter.dropped;
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      whole.tell(true);
      await exporter.close();
      log.info({ sent: result.sent, dropped: result.dropped }, 'calls were handed on');
    },
  };
  let counted = 0;
  const count = (): void => {
    const { sent, dropped } = result;
    if (dropped > counted) log.warn({ sent, dropped }, 'calls were not handed on');
    counted = dropped;
  };
  const refresh = (): void => {
    services.refresh().catch((error: unknown) => log.warn({ err: error }, 'names are not known'));
  };
  const timers = [
    setInterval(() => whole.tell(), TELL_EVERY_MS),
    setInterval(refresh, REFRESH_EVERY_MS),
    setInterval(count, COUNT_EVERY_MS),
  ];
  refresh();
  return result;
}

interface Running {
  readonly services: ServiceBook;
  readonly exporter: CallExporter;
  readonly whole: WholeCalls;
  readonly log: Log;
}

async function namesIn(folder: string): Promise<NamesFile | null> {
  return await readFile(join(folder, HANDING_ON.names), 'utf8').then(parseNamesFile, () => null);
}

/** Empty where none are said. */
function headersTextIn(folder: string): string {
  try {
    return readFileSync(join(folder, HANDING_ON.headers), 'utf8');
  } catch {
    return '';
  }
}
