/** Limits of the server. Each protects memory or a thread from whoever is on the other end. */
export interface ServerSettings {
  /** Of this program, for the OpenAPI document. */
  readonly version: string;
  /** Health and metrics; 0 takes a free port, null serves none. */
  readonly operationsPort: number | null;
  readonly operationsHost: string;
  readonly bodyBytesMax: number;
  readonly urlBytesMax: number;
  readonly headerBytesMax: number;
  readonly headerCountMax: number;
  readonly connectionCountMax: number;
  /** Open streams of events and logs together. */
  readonly streamCountMax: number;
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** How often the two timeouts of arrival are looked at. */
  readonly connectionsCheckMs: number;
  /** From the request to the answer; Git fetches are part of it. Streams have none. */
  readonly answerTimeoutMs: number;
  /** Silence after which a stream says that it is alive. */
  readonly heartbeatMs: number;
  /** How long a client of a stream may leave its buffer full before it is dropped. */
  readonly stallTimeoutMs: number;
  /** How often the state is looked at for new events. */
  readonly eventPollMs: number;
}

export const SERVER_SETTINGS: ServerSettings = {
  version: '0.0.0',
  operationsPort: 0,
  operationsHost: '127.0.0.1',
  bodyBytesMax: 256 * 1024,
  urlBytesMax: 4 * 1024,
  headerBytesMax: 16 * 1024,
  headerCountMax: 64,
  connectionCountMax: 1_024,
  streamCountMax: 200,
  requestTimeoutMs: 30_000,
  headersTimeoutMs: 10_000,
  keepAliveTimeoutMs: 5_000,
  connectionsCheckMs: 5_000,
  answerTimeoutMs: 120_000,
  heartbeatMs: 15_000,
  stallTimeoutMs: 30_000,
  eventPollMs: 100,
};
