import type { Terminal } from './services.ts';

/** What is asked of a stream of the process; a file or a pipe has none of it. */
type Stream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

export interface Surroundings {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** `CI`, `NO_COLOR` and `TERM` are looked at. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

const COLUMNS_DEFAULT = 80;
const ROWS_DEFAULT = 24;

/** The habits of the streams of a process: `NO_COLOR` (no-color.org), `CI` and `TERM=dumb` are honoured. */
export function terminalOf({ stdout, stderr, variables }: Surroundings): Terminal {
  const isDumb = variables['TERM'] === 'dumb';
  const isCi = !['', 'false', undefined].includes(variables['CI']);
  const isColourWanted = !isDumb && ['', undefined].includes(variables['NO_COLOR']);
  const isTerminal = (stream: Stream): boolean => stream.isTTY === true;
  return {
    stdout,
    stderr,
    isInteractive: isTerminal(stderr) && !isCi && !isDumb,
    hasColour: {
      stdout: isTerminal(stdout) && isColourWanted,
      stderr: isTerminal(stderr) && isColourWanted,
    },
    // A terminal that does not know its size says 0.
    size: () => ({
      columns: stderr.columns || COLUMNS_DEFAULT,
      rows: stderr.rows || ROWS_DEFAULT,
    }),
  };
}
