import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Terminal } from '../../../src/adapters/cli/services.ts';
import { terminalOf, type Surroundings } from '../../../src/adapters/cli/terminal.ts';

interface Setting {
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly variables?: Surroundings['variables'];
}

function terminal({
  stdout = true,
  stderr = true,
  variables = {},
  ...size
}: Setting = {}): Terminal {
  const stream = (isTTY: boolean): Surroundings['stdout'] =>
    Object.assign(new PassThrough(), isTTY ? { isTTY, columns: 120, rows: 50, ...size } : {});
  return terminalOf({ stdout: stream(stdout), stderr: stream(stderr), variables });
}

describe('the terminal', () => {
  it('is coloured and drawn on again when both streams are one', () => {
    const { isInteractive, hasColour, size } = terminal();
    expect({ isInteractive, hasColour, size: size() }).toEqual({
      isInteractive: true,
      hasColour: { stdout: true, stderr: true },
      size: { columns: 120, rows: 50 },
    });
  });

  it('colours no data that goes into a file or a pipe', () => {
    expect(terminal({ stdout: false })).toMatchObject({
      isInteractive: true,
      hasColour: { stdout: false, stderr: true },
    });
  });

  it('draws nothing again when progress goes into a file', () => {
    const { isInteractive, hasColour, size } = terminal({ stderr: false });
    expect({ isInteractive, hasColour, size: size() }).toEqual({
      isInteractive: false,
      hasColour: { stdout: true, stderr: false },
      size: { columns: 80, rows: 24 },
    });
  });

  it.each(['1', 'true', 'yes'])('has no colour with NO_COLOR=%s, but still a tree', (value) => {
    expect(terminal({ variables: { NO_COLOR: value } })).toMatchObject({
      isInteractive: true,
      hasColour: { stdout: false, stderr: false },
    });
  });

  it.each(['1', 'true'])('has plain lines with CI=%s', (value) => {
    expect(terminal({ variables: { CI: value } }).isInteractive).toBe(false);
  });

  it.each([{ NO_COLOR: '' }, { CI: '' }, { CI: 'false' }])('is as usual with %j', (variables) => {
    expect(terminal({ variables })).toMatchObject({
      isInteractive: true,
      hasColour: { stdout: true, stderr: true },
    });
  });

  it('that is dumb gets neither', () => {
    expect(terminal({ variables: { TERM: 'dumb' } })).toMatchObject({
      isInteractive: false,
      hasColour: { stdout: false, stderr: false },
    });
  });

  it('that does not know its size has the usual one', () => {
    expect(terminal({ columns: 0, rows: 0 }).size()).toEqual({ columns: 80, rows: 24 });
  });
});
