import { MORE, NONE } from '../bytes/frames.ts';
import { byteAt } from '../byte-at.ts';
import type { Detection, Detector, Side } from '../decoder.ts';
import { parseConnect } from './messages.ts';
import { MqttDecoder } from './mqtt.ts';
import { CONNECT, measure, packetOf, PUBLISH, SUBSCRIBE, UNSUBSCRIBE } from './packets.ts';
import { firstOfPackets } from './sure-packets.ts';

/** MQTT by the first packet of a client; joined late, by packets that name a topic. */

export const MQTT_DETECTOR: Detector = {
  protocol: 'mqtt',
  detect: (client, server) =>
    client.length > 0 ? detectClient(client) : detectLate(server, 'server'),
  create: (context) => new MqttDecoder(context),
};

/** Type, length, the name of the protocol and its version. */
const GREETING_BYTES_MAX = 14;

function detectClient(client: Uint8Array): Detection {
  if (byteAt(client, 0) >> 4 !== CONNECT) return detectLate(client, 'client');
  const length = measure(client, 'client');
  if (length === NONE) return 'no';
  if (length !== MORE && parseConnect(packetOf(client)) !== null) return 'yes';
  return client.length < GREETING_BYTES_MAX ? 'maybe' : 'no';
}

const NAMING: ReadonlySet<number> = new Set([PUBLISH, SUBSCRIBE, UNSUBSCRIBE]);

function detectLate(bytes: Uint8Array, side: Side): Detection {
  if (bytes.length === 0) return 'maybe';
  const first = firstOfPackets(bytes, side);
  return first !== null && NAMING.has(first.type) ? 'yes' : 'no';
}
