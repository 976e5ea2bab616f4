import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeSpans } from '../../../src/adapters/otlp/export/encode-spans.ts';
import { createLogger } from '../../../src/adapters/telemetry/logger.ts';
import { openMachine, type Machine } from '../../../src/main/machine.ts';
import { openTelemetry } from '../../../src/main/machine-telemetry.ts';
import { span } from '../../support/spans.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

/** Spans of one environment on this machine, from the port to the store. */

const LOG = createLogger({ name: 'test' });

let folder: TemporaryFolder;
let machine: Machine;

beforeEach(async () => {
  folder = await temporaryFolder();
  machine = openMachine({ home: folder.path, folder: folder.path, secrets: folder.path });
});

afterEach(async () => {
  await machine.state.close();
  await folder.remove();
});

describe('an environment on this machine', () => {
  it('keeps the calls that spans tell, by the names of components', async () => {
    await machine.state.ledger.allocatePorts(
      'coupon',
      ['listen/cart/http', 'relay/gateway/cart/http'],
      () => Promise.resolve(true),
    );
    const ports = await machine.state.ledger.portsOf('coupon');
    const relay = ports.get('relay/gateway/cart/http') ?? 0;
    const settings = { otlp: { receive: true, export: null }, secrets: join(folder.path, 'no') };
    const close = await openTelemetry(machine, settings, 'coupon', LOG);
    const told = span({
      service: 'gateway',
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
        'server.port': relay,
      },
    });
    const { status } = await fetch(`${machine.telemetry.endpoint}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.from(encodeSpans([told])),
    });
    expect(status).toBe(200);
    const window = { fromUs: told.startedAtUs - 1, toUs: told.startedAtUs + 1 };
    const kept = async (): Promise<readonly string[]> =>
      (await machine.state.calls.calls('coupon', window)).map(
        ({ client, server, source }) => `${client} → ${server} ${source}`,
      );
    await expect.poll(kept, { timeout: 20_000 }).toEqual(['gateway → cart spans']);
    await close();
    expect(machine.telemetry.endpoint).toBeNull();
  });

  it('lives on when the secret of its exporter is missing', async () => {
    const headers = { name: 'telemetry', key: 'headers' };
    const target = { endpoint: 'http://127.0.0.1:1', headers };
    const settings = { otlp: { receive: false, export: target }, secrets: folder.path };
    const close = await openTelemetry(machine, settings, 'coupon', LOG);
    expect(machine.telemetry).toEqual({ endpoint: null, onCall: null });
    await close();
  });

  it('does nothing that the project does not want', async () => {
    const close = await openTelemetry(machine, { secrets: folder.path }, 'coupon', LOG);
    expect(machine.telemetry).toEqual({ endpoint: null, onCall: null });
    await close();
  });
});
