/** What is taken of one request or file; spans come from whoever can reach the port. */

/** As received, compressed or not. */
export const BODY_BYTES_MAX = 4 * 1024 * 1024;
/** After decompression. */
export const CONTENT_BYTES_MAX = 16 * 1024 * 1024;
/** More of one request are refused, and that is said. */
export const SPANS_MAX = 10_000;
/** Requests that are read or decoded at one time; who comes then is asked to come back. */
export const REQUESTS_MAX = 16;
export const CONNECTIONS_MAX = 256;
/** From the first byte of a request to its last. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** What who comes too early is told to wait. */
export const RETRY_AFTER_S = 1;

/** Of one span; what is beyond is left out, the span is kept. */
export const ATTRIBUTES_MAX = 128;
export const EVENTS_MAX = 32;
export const LINKS_MAX = 32;
/** Unit: UTF-16 units. */
export const TEXT_LENGTH_MAX = 8_192;
/** Of what a sender is told. */
export const ERROR_LENGTH_MAX = 256;
