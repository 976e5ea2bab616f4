import { describe, expect, it } from 'vitest';
import { CAPTURE_LIMITS } from '../../../src/adapters/capture/limits.ts';
import { ipPacket, joinBytes, tcpSegment } from '../../support/packets.ts';
import {
  ANSWER,
  callsIn,
  captureOf,
  CLIENT,
  decodeFile,
  linesIn,
  REQUEST,
  SERVER,
  START_US,
  Wire,
} from '../../support/tcp-wire.ts';

const OK = 'http GET /a 200 ok';
const POST = `POST /b HTTP/1.1\r\nContent-Length: 400\r\n\r\n${'x'.repeat(400)}`;

describe('a conversation', () => {
  it('becomes a call with both ends, its time and its id', () => {
    const [call] = callsIn(
      new Wire().open().client(REQUEST).wait(250).server(ANSWER).close().packets,
    );
    expect(call).toMatchObject({
      id: 'c0-0',
      connectionId: 'c0',
      client: '10.0.0.9:40000',
      server: '10.0.0.2:8080',
      operation: 'GET /a',
      startedAtUs: START_US + 3_000,
      endedAtUs: START_US + 253_000,
      outcome: 'ok',
      side: 'both',
    });
  });

  it('is the same when segments come in another order', () => {
    const { packets } = new Wire()
      .open()
      .client(REQUEST.slice(0, 5))
      .client(REQUEST.slice(5))
      .server(ANSWER);
    const [syn, grant, ack, first, second, answer] = packets;
    const shuffled = [syn, grant, ack, answer, second, first].filter((each) => each !== undefined);
    expect(linesIn(shuffled)).toEqual([OK]);
  });

  it('is the same when the answer is recorded, and stamped, before its request', () => {
    const { packets } = new Wire().open().client(REQUEST).wait(8).server(ANSWER).close();
    const swapped = packets.map((packet, at) => {
      const other = packets[at === 3 ? 4 : at === 4 ? 3 : at] ?? packet;
      return { bytes: other.bytes, atUs: packet.atUs };
    });
    expect(linesIn(swapped)).toEqual([OK]);
  });

  it('is the same when every packet is recorded twice', () => {
    const { packets } = new Wire().open().client(REQUEST).server(ANSWER).close();
    expect(linesIn(packets.flatMap((packet) => [packet, packet]))).toEqual([OK]);
  });

  it('is the same across the end of the sequence numbers', () => {
    const wire = new Wire({ clientIsn: 0xfffffff0, serverIsn: 0xffffffff });
    expect(linesIn(wire.open().client(REQUEST).server(ANSWER).close().packets)).toEqual([OK]);
  });

  it('counts bytes once that are sent again, alone or with new ones', () => {
    const wire = new Wire().open();
    const start = wire.nextOf.client;
    wire.client(REQUEST.slice(0, 10));
    wire.send('client', 'PA', { payload: REQUEST.slice(0, 10), sequence: start });
    wire.send('client', 'PA', { payload: REQUEST, sequence: start });
    wire.send('server', 'PA', { payload: ANSWER, acknowledgement: start + REQUEST.length });
    expect(linesIn(wire.packets)).toEqual([OK]);
  });

  it('is not disturbed by keep-alive probes', () => {
    const wire = new Wire().open().client(REQUEST).server(ANSWER).wait(60_000);
    wire
      .send('client', 'A', { sequence: wire.nextOf.client - 1, payload: '\0' })
      .send('server', 'A');
    expect(linesIn(wire.client(REQUEST).server(ANSWER).close().packets)).toEqual([OK, OK]);
  });

  it('may use the ports of one before it', () => {
    const first = new Wire().open().client(REQUEST).server(ANSWER).close();
    const again = new Wire({ clientIsn: 900_000, startMs: 500 })
      .open()
      .client(REQUEST)
      .server(ANSWER)
      .close();
    const calls = callsIn([...first.packets, ...again.packets]);
    expect(calls.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual(['c0-0 ok', 'c1-0 ok']);
  });

  it('may carry bytes with its SYN', () => {
    const wire = new Wire()
      .send('client', 'S', { payload: REQUEST })
      .send('server', 'SA')
      .server(ANSWER);
    expect(linesIn(wire.packets)).toEqual([OK]);
  });

  it('over IPv6 is named so that the port can be told', () => {
    const wire = new Wire({
      client: { ip: 'fd00::9', port: 4 },
      server: { ip: 'fd00::2', port: 80 },
    });
    const [call] = callsIn(wire.open().client(REQUEST).server(ANSWER).packets);
    expect([call?.client, call?.server]).toEqual(['[fd00::9]:4', '[fd00::2]:80']);
  });

  it('seen on both sides of an address translation is told once', () => {
    const outside = new Wire().open().client(REQUEST).server(ANSWER).close().packets;
    const inside = new Wire({ server: { ip: '10.244.0.7', port: 80 } })
      .open()
      .client(REQUEST)
      .server(ANSWER)
      .close().packets;
    const [syn, ...rest] = outside;
    if (syn === undefined) throw new Error('there is no packet');
    const both = rest.flatMap((packet, place) => [inside[place + 1] ?? packet, packet]);
    const copies = both.map((packet) => ({ ...packet, atUs: packet.atUs + 10 }));
    const calls = callsIn([syn, ...inside.slice(0, 1), ...copies]);
    expect(calls.map(({ server, outcome }) => `${server} ${outcome}`)).toEqual([
      '10.0.0.2:8080 ok',
    ]);
  });
});

describe('bytes that are missing', () => {
  it('make no call ok whose answer was not seen', () => {
    const { packets } = new Wire()
      .open()
      .client(REQUEST)
      .server(ANSWER)
      .client(REQUEST)
      .server(ANSWER)
      .close();
    expect(linesIn(packets.filter((_, place) => place !== 4))).toEqual([
      'http GET /a unknown bytes_lost low',
      'http GET /a 200 ok low',
    ]);
  });

  it('inside a body are stepped over', () => {
    const { packets } = new Wire()
      .open()
      .client(POST.slice(0, 100))
      .client(POST.slice(100, 300))
      .client(POST.slice(300))
      .server(ANSWER);
    const lines = linesIn(packets.filter((_, place) => place !== 4));
    expect(lines).toEqual(['http POST /b 200 ok low']);
  });

  it('are those beyond the snap length', () => {
    const { packets } = new Wire().open().client(POST).server(ANSWER).close();
    const { calls, decoder } = decodeFile(captureOf(packets, 120));
    expect(
      calls.map(({ operation, status, confidence }) => [operation, status, confidence]),
    ).toEqual([['POST /b', 200, 'low']]);
    expect(decoder.counters.lostBytes).toBeGreaterThan(300);
  });

  it('are waited for while their sender may send them again', () => {
    const wire = new Wire().open();
    const start = wire.nextOf.client;
    wire.send('client', 'PA', { payload: REQUEST.slice(10), sequence: start + 10 });
    wire.wait(900).send('client', 'PA', { payload: REQUEST.slice(0, 10), sequence: start });
    wire.send('server', 'PA', { payload: ANSWER, acknowledgement: start + REQUEST.length });
    expect(linesIn(wire.packets)).toEqual([OK]);
  });

  it('of the handshake do not hide the conversation', () => {
    const { packets } = new Wire()
      .open()
      .client(REQUEST)
      .server(ANSWER)
      .client(REQUEST)
      .server(ANSWER)
      .close();
    const without = (place: number): readonly string[] =>
      linesIn(packets.filter((_, each) => each !== place));
    expect(without(0)).toEqual([OK, OK]);
    expect(without(1)).toEqual([OK, OK]);
    expect(without(2)).toEqual([OK, OK]);
  });

  it('before the recording began cost the first calls, and who is the client is still known', () => {
    const wire = new Wire({ client: { ip: '10.0.0.9', port: 80 } }).open();
    for (let call = 0; call < 6; call += 1) wire.client(REQUEST).server(ANSWER);
    const { packets } = wire.close();
    const calls = callsIn(packets.slice(5));
    expect(new Set(calls.map(({ client }) => client))).toEqual(new Set(['10.0.0.9:80']));
    expect(calls.slice(-2).map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
    expect(calls[0]?.outcome).toBe('unknown');
  });
});

describe('a connection that does not come about', () => {
  it('is refused', () => {
    const [call] = callsIn(new Wire().send('client', 'S').send('server', 'RA').packets);
    expect(call).toMatchObject({
      protocol: 'tcp',
      operation: 'connect',
      outcome: 'transport_error',
      errorType: 'tcp.refused',
      reason: 'connection refused by 10.0.0.2:8080',
    });
  });

  it('gets no answer, however often it is asked for', () => {
    const wire = new Wire().send('client', 'S');
    for (const ms of [1_000, 2_000]) wire.wait(ms).send('client', 'S', { sequence: 1_000 });
    expect(callsIn(wire.packets)).toMatchObject([
      { errorType: 'tcp.no_answer', reason: 'no answer from 10.0.0.2:8080 for 3s' },
    ]);
  });

  it('is not told as failed while the client still waits', () => {
    expect(linesIn(new Wire().send('client', 'S').packets)).toEqual([
      'tcp connect unknown no_response',
    ]);
  });

  it('gets no answer when its client did not even ask again, and hears nothing else of the server', () => {
    const other = new Wire({ client: { ip: '10.0.0.8', port: 5 }, startMs: 4_000 });
    const lines = linesIn([...new Wire().send('client', 'S').packets, ...other.open().packets]);
    expect(lines[0]).toBe('tcp connect transport_error tcp.no_answer');
  });

  it('may have got an answer that no recorder saw, where the server answers the client at that time', () => {
    const asked = new Wire().send('client', 'S').packets;
    const after = new Wire({ client: { ...CLIENT, port: 5 }, startMs: 4_000 });
    const refused = after.send('client', 'S').send('server', 'RA').packets;
    const late = new Wire({ client: { ...CLIENT, port: 6 }, startMs: 11_000 }).open().packets;
    expect(linesIn([...asked, ...refused, ...late])).toContain('tcp connect unknown no_response');
    expect(linesIn([...asked, ...late])).toContain('tcp connect transport_error tcp.no_answer');
  });

  it('is given up by the client', () => {
    expect(linesIn(new Wire().send('client', 'S').send('client', 'R').packets)).toEqual([
      'tcp connect cancelled tcp.client_abort',
    ]);
  });

  it('meets a host that a router cannot reach', () => {
    const syn = new Wire().send('client', 'S').packets;
    const quoted = ipPacket(
      CLIENT.ip,
      SERVER.ip,
      6,
      tcpSegment({ from: CLIENT, to: SERVER, sequence: 1_000, flags: 'S' }).subarray(0, 8),
    );
    const message = joinBytes(Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0), quoted);
    const icmp = { bytes: ipPacket('10.0.0.1', CLIENT.ip, 1, message), atUs: START_US + 5_000 };
    expect(callsIn([...syn, icmp])).toMatchObject([
      { errorType: 'tcp.unreachable', reason: '10.0.0.2 unreachable (host)' },
    ]);
  });
});

describe('a connection that ends before the answer', () => {
  const asked = (): Wire => new Wire().open().client(REQUEST);

  it.each([
    [
      'reset by the server',
      asked().wait(40).send('server', 'RA'),
      'transport_error tcp.reset_before_response',
    ],
    [
      'closed by the server',
      asked().wait(40).send('server', 'FA'),
      'transport_error tcp.closed_before_response',
    ],
    [
      'given up after an odd time',
      asked().wait(1_234).send('client', 'FA').send('server', 'FA'),
      'cancelled tcp.client_abort',
    ],
    [
      'given up after a round time',
      asked().wait(2_000).send('client', 'RA'),
      'timeout tcp.client_abort',
    ],
    ['still open', asked(), 'unknown no_response'],
  ])('%s', (_, { packets }, expected) => {
    expect(linesIn(packets)).toEqual([`http GET /a ${expected}`]);
  });

  it('inside its body', () => {
    const { packets } = asked()
      .server(ANSWER.slice(0, -1))
      .send('server', 'FA')
      .send('client', 'FA');
    expect(linesIn(packets)).toEqual(['http GET /a 200 transport_error tcp.truncated']);
  });

  it('by a reset behind the end of the client, with nothing missing', () => {
    const wire = asked().wait(500).send('client', 'FA');
    const { packets } = wire.send('client', 'R', { sequence: wire.nextOf.client });
    const { calls, decoder } = decodeFile(captureOf(packets));
    expect(calls).toMatchObject([{ errorType: 'tcp.client_abort', confidence: 'high' }]);
    expect(decoder.counters.lostBytes).toBe(0);
  });

  it('says that the other side took no bytes meanwhile', () => {
    const wire = asked()
      .send('server', 'A', { window: 0 })
      .wait(4_000)
      .send('server', 'A')
      .send('client', 'RA');
    const [call] = callsIn(wire.packets);
    expect(call?.reason).toBe(
      '10.0.0.9:40000 gave up after 4.002s; 10.0.0.2:8080 stalled 4.0s (zero window)',
    );
  });

  it('says that bytes were sent again and again', () => {
    const wire = asked();
    const sequence = wire.nextOf.client - REQUEST.length;
    for (const ms of [200, 400, 800])
      wire.wait(ms).send('client', 'PA', { payload: REQUEST, sequence });
    const [call] = callsIn(wire.wait(100).send('client', 'RA').packets);
    expect(call?.reason).toContain('10.0.0.2:8080 stalled 1.2s (loss)');
  });

  it('because the server grants connections and takes none', () => {
    const wire = asked();
    for (const ms of [1_000, 2_000]) wire.wait(ms).send('server', 'SA', { sequence: 7_000 });
    const [call] = callsIn(wire.send('server', 'R').packets);
    expect(call).toMatchObject({ outcome: 'transport_error', errorType: 'tcp.backlog' });
  });
});

describe('memory', () => {
  it('of connections is bounded: the quietest is told and forgotten', () => {
    const packets = Array.from(
      { length: 50 },
      (_, place) =>
        new Wire({ client: { ip: '10.0.0.9', port: 1_000 + place }, startMs: place * 10 })
          .open()
          .client(REQUEST).packets,
    ).flat();
    const limits = { ...CAPTURE_LIMITS, connectionsMax: 10 };
    const { calls, decoder } = decodeFile(captureOf(packets), { limits });
    expect(calls).toHaveLength(50);
    expect(decoder.counters.evicted).toBe(40);
    expect(calls.every(({ outcome }) => outcome === 'unknown')).toBe(true);
  });

  it('of bytes that wait is bounded, of one connection and of all', () => {
    const holes = (port: number): Wire => {
      const wire = new Wire({ client: { ip: '10.0.0.9', port } }).open();
      for (let place = 0; place < 100; place += 1) {
        wire.send('client', 'PA', { payload: 'x'.repeat(1_000), sequence: 2_000 + 2_000 * place });
      }
      return wire;
    };
    let highest = 0;
    const limits = { ...CAPTURE_LIMITS, heldBytesPerConnectionMax: 30_000, heldBytesMax: 50_000 };
    const { decoder } = decodeFile(captureOf([1, 2, 3, 4].flatMap((port) => holes(port).packets)), {
      limits,
      nameOf: (_, port) => {
        highest = Math.max(highest, port);
        return `${port}`;
      },
    });
    expect(decoder.counters.heldBytes).toBe(0);
    expect(decoder.counters.lostBytes).toBeGreaterThan(100_000);
    expect(highest).toBeGreaterThan(0);
  });

  it('of a connection ends with its idle time', () => {
    const idle = new Wire().open().client(REQUEST).packets;
    const later = new Wire({ client: { ip: '10.0.0.9', port: 5 }, startMs: 700_000 }).open()
      .packets;
    const { calls } = decodeFile(captureOf([...idle, ...later]));
    expect(calls[0]).toMatchObject({ operation: 'GET /a', errorType: 'no_response' });
  });
});

describe('what is open', () => {
  it('is told with the id under which it is told again', () => {
    const { packets } = new Wire().open().client(REQUEST);
    const opened: string[] = [];
    const { calls } = decodeFile(captureOf(packets), {
      nameOf: (_, port) => `p${port}`,
    });
    opened.push(...calls.map(({ id, client }) => `${id} ${client}`));
    expect(opened).toEqual(['c0-0 p40000']);
  });
});
