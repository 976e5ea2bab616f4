import { PassThrough } from 'node:stream';
import type { CommandStreams } from '../../../src/adapters/kubernetes/engine/exec.ts';

/** Streams of a command that nobody reads. */
export function temporaryOutput(): CommandStreams {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  stdout.resume();
  stderr.resume();
  return { stdin, stdout, stderr };
}
