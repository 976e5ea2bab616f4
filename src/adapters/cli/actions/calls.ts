import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import * as z from 'zod';
import { callDocument } from '../../../application/documents.ts';
import { loadCatalogOrThrow } from '../../../application/environments/compile.ts';
import type { RecordingSummary } from '../../../application/ports/call-recordings.ts';
import type { SpanRecording } from '../../../application/ports/span-recordings.ts';
import { replay } from '../../../application/tests/replay.ts';
import { durationMsOf, type Call } from '../../../domain/calls/call.ts';
import { OperationError } from '../../../domain/errors.ts';
import { globalFlags, jsonText, say, type CommandContext } from '../command-context.ts';
import { guarded, oneLine } from '../safe-text.ts';
import { durationText } from '../table.ts';
import { printReport } from './report.ts';

export interface DecodeFlags {
  readonly output: string;
}

export interface ReplayFlags {
  readonly pcap?: string;
  readonly otlp?: string;
  readonly hosts?: string;
  readonly output: string;
}

/** Calls of one report; a longer recording is cut, and says so. */
const REPLAYED_CALLS_MAX = 500_000;

export async function decodeCalls(
  context: CommandContext,
  file: string,
  flags: DecodeFlags,
): Promise<void> {
  const recordings = await context.services.recordings();
  const decoding = recordings.decode(file);
  const textOf = await writerFor(flags.output);
  for await (const calls of decoding.lots) {
    if (context.signal.aborted) throw new OperationError('CANCELLED', 'interrupted');
    if (calls.length > 0) await write(context, calls.map(textOf).join(''));
  }
  tellDoubts(context, decoding.summary());
}

async function writerFor(format: string): Promise<(call: Call) => string> {
  if (format === 'json') return (call) => `${jsonText(callDocument(call))}\n`;
  if (format === 'table') return (call) => `${callLine(call)}\n`;
  const { stringify } = await import('yaml');
  return (call) => `---\n${stringify(callDocument(call))}`;
}

/** Waits for a reader that is slower than the decoder, so that memory stays flat. */
async function write({ terminal, paint, signal }: CommandContext, text: string): Promise<void> {
  const { stdout } = terminal;
  if (stdout.write(guarded(text, paint.hasColour))) return;
  await new Promise<void>((resolve) => {
    stdout.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Columns of fixed width: the calls that are still to come are not known. */
function callLine(call: Call): string {
  const durationMs = durationMsOf(call);
  const columns = [
    (durationMs === null ? 'open' : fineDurationText(durationMs)).padStart(9),
    call.outcome.padEnd(15),
    `${call.client} → ${call.server}`.padEnd(40),
    `${call.protocol} ${call.operation}`,
    ...(call.reason === null ? [] : [`(${call.reason})`]),
  ];
  return oneLine(columns.join('  ')).trimEnd();
}

/** Most calls take less than a millisecond or a few. */
function fineDurationText(ms: number): string {
  return ms < 10 ? `${Number(ms.toFixed(3))} ms` : durationText(ms);
}

function tellDoubts(context: CommandContext, { packets, calls, doubts }: RecordingSummary): void {
  const { messagePaint: paint } = context;
  say(context, paint.dim(`${calls} calls in ${packets} packets`));
  for (const doubt of doubts) say(context, paint.warn(`warning: ${doubt}`));
}

export async function replayCalls(
  context: CommandContext,
  command: Command,
  flags: ReplayFlags,
): Promise<void> {
  const { pcap, otlp } = flags;
  if (pcap === undefined && otlp === undefined) {
    throw new OperationError('USAGE', 'expected "--pcap FILE", "--otlp FILE" or both');
  }
  const source = await context.services.catalog(globalFlags(command));
  const { catalog } = await loadCatalogOrThrow(source);
  const hosts = flags.hosts === undefined ? new Map<string, string>() : await hostsOf(flags.hosts);
  const { spans, doubts: spanDoubts } = await spansOf(context, otlp);
  const { calls, droppedCalls, names, doubts } = await packetsOf(context, pcap);
  const report = replay(catalog, {
    calls,
    spans: spans.slice(0, REPLAYED_CALLS_MAX),
    names: { hosts, asked: names },
    doubts: [...doubts, ...spanDoubts],
    droppedCalls: droppedCalls + Math.max(0, spans.length - REPLAYED_CALLS_MAX),
  });
  await printReport(context, report, flags.output);
}

async function spansOf(context: CommandContext, file: string | undefined): Promise<SpanRecording> {
  if (file === undefined) return { spans: [], doubts: [] };
  return await (await context.services.spans()).read(file);
}

interface Packets extends Pick<RecordingSummary, 'names' | 'doubts'> {
  readonly calls: readonly Call[];
  readonly droppedCalls: number;
}

async function packetsOf(context: CommandContext, file: string | undefined): Promise<Packets> {
  if (file === undefined) return { calls: [], droppedCalls: 0, names: new Map(), doubts: [] };
  const decoding = (await context.services.recordings()).decode(file);
  const calls: Call[] = [];
  let droppedCalls = 0;
  for await (const lot of decoding.lots) {
    if (context.signal.aborted) throw new OperationError('CANCELLED', 'interrupted');
    const room = REPLAYED_CALLS_MAX - calls.length;
    calls.push(...lot.slice(0, room));
    droppedCalls += Math.max(0, lot.length - room);
  }
  const { names, doubts } = decoding.summary();
  return { calls, droppedCalls, names, doubts };
}

const hostsSchema = z.record(z.string(), z.string());

/** @throws {OperationError} `USAGE` when it is not a JSON object of addresses to names. */
async function hostsOf(file: string): Promise<ReadonlyMap<string, string>> {
  try {
    const document: unknown = JSON.parse(await readFile(file, 'utf8'));
    return new Map(Object.entries(hostsSchema.parse(document)));
  } catch (error) {
    throw new OperationError('USAGE', `cannot read hosts from "${file}"`, {
      cause: error,
      hint: 'Write JSON like { "10.0.0.5": "cart", "10.0.0.6:8080": "orders" }.',
    });
  }
}
