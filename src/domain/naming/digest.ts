import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** SHA-256 of texts, for fingerprints and for names. Pure JavaScript, so it runs wherever the domain does. */

/** RFC 4648, lower case: every character is one that DNS labels may hold. */
const BASE32_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** No UTF-8 text begins with this byte. */
const NOT_UTF8 = 0xff;

export function sha256Hex(text: string): string {
  return bytesToHex(sha256(bytesOf(text)));
}

/** The first `length` base32 characters of the SHA-256 of a text. `length`: 1 to 51. */
export function sha256Base32(text: string, length: number): string {
  let digits = '';
  let bits = 0;
  let bitCount = 0;
  for (const byte of sha256(bytesOf(text))) {
    // At most 4 bits are left over from the byte before, so this stays below 2^12.
    bits = ((bits << 8) | byte) & 0xfff;
    bitCount += 8;
    while (bitCount >= 5) {
      bitCount -= 5;
      digits += BASE32_ALPHABET.charAt((bits >>> bitCount) & 31);
    }
    if (digits.length >= length) break;
  }
  return digits.slice(0, length);
}

/** Injective also for texts with half a surrogate pair, all of which UTF-8 would make one replacement character. */
function bytesOf(text: string): Uint8Array {
  if (text.isWellFormed()) return utf8ToBytes(text);
  return Uint8Array.of(NOT_UTF8, ...utf8ToBytes(JSON.stringify(text)));
}
