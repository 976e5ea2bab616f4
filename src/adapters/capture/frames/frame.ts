/** What of a packet matters to a conversation. Reused: whoever keeps anything of it must copy. */
export class Frame {
  protocol: typeof TCP | typeof UDP | typeof UNREACHABLE = TCP;
  /** IPv6, or IPv4 mapped into it; compared and hashed as four words. */
  readonly source = new Int32Array(4);
  readonly destination = new Int32Array(4);
  sourcePort = 0;
  destinationPort = 0;
  atUs = 0;
  /** The payload as far as it was recorded … */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** … and its length on the wire. */
  payloadLength = 0;

  // TCP only.
  sequence = 0;
  acknowledgement = 0;
  flags = 0;
  window = 0;

  /** Of UNREACHABLE, whose addresses are those of the packet that could not be delivered. */
  unreachableProtocol = 0;
  unreachableCode = '';
}

export const TCP = 6;
export const UDP = 17;
/** An ICMP message that says so, about a packet of ours. */
export const UNREACHABLE = 1;

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;
