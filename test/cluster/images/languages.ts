import type { BaseName } from './bases.ts';

/** How a service of each language becomes an image. */
export interface Language {
  readonly name: 'node' | 'python' | 'java' | 'go' | 'rust';
  /** The file that a repository of this language has. */
  readonly main: string;
  /** Null: its image starts from nothing. */
  readonly base: BaseName | null;
  /** Compiles in the folder of the source, before the image is built; empty where nothing is compiled. */
  readonly compile: readonly string[];
  /** Says which compiler it is: another one makes other images. */
  readonly version: readonly string[];
}

export const LANGUAGES: readonly Language[] = [
  { name: 'node', main: 'main.ts', base: 'node', compile: [], version: [] },
  { name: 'python', main: 'main.py', base: 'python', compile: [], version: [] },
  {
    name: 'java',
    main: 'Main.java',
    base: 'java',
    compile: ['sh', '-c', 'javac --release 17 -d classes *.java'],
    version: ['javac', '-version'],
  },
  {
    name: 'go',
    main: 'main.go',
    base: null,
    compile: [
      'go',
      'build',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags=-s -w',
      '-o',
      'service',
      '.',
    ],
    version: ['go', 'version'],
  },
  {
    name: 'rust',
    main: 'main.rs',
    base: null,
    compile: 'rustc -O -C target-feature=+crt-static -C strip=symbols -o service main.rs'.split(
      ' ',
    ),
    version: ['rustc', '--version'],
  },
];

/** What a repository with these files is written in; null when no image is made of it. */
export function languageOf(files: readonly string[]): Language | null {
  return LANGUAGES.find(({ main }) => files.includes(main)) ?? null;
}
