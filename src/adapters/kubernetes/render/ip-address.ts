import { isIP } from 'node:net';

/** Null for what is a name. */
export function addressFamily(address: string): 'IPv4' | 'IPv6' | null {
  const family = isIP(address);
  if (family === 0) return null;
  return family === 4 ? 'IPv4' : 'IPv6';
}
