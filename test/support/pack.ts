import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

/**
 * `npm run pack [folder]`: the installable package, a tarball in the given folder (default: here).
 *
 * Node does not strip types below `node_modules`, so the package holds bundled JavaScript. Libraries stay
 * outside the bundle: npm installs them as dependencies.
 */

const root = new URL('../..', import.meta.url).pathname;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

export async function pack(folder: string): Promise<string> {
  const staging = await mkdtemp(join(tmpdir(), 'offshoot-pack-'));
  try {
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
    await bundle(manifest, join(staging, 'dist'));
    for (const part of ['bin', 'catalog', 'LICENSE', 'README.md']) {
      await cp(join(root, part), join(staging, part), { recursive: true });
    }
    await writeFile(
      join(staging, 'package.json'),
      `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`,
    );
    await mkdir(folder, { recursive: true });
    const output = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
      cwd: staging,
      encoding: 'utf8',
    });
    return join(folder, output.trim().split('\n').at(-1) ?? '');
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function bundle(manifest: Manifest, outDir: string): Promise<void> {
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    ssr: { external: Object.keys(manifest.dependencies), noExternal: [] },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: 'node22',
      minify: false,
      rolldownOptions: {
        input: { cli: join(root, 'src/main/cli.ts'), agent: join(root, 'src/main/agent.ts') },
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name]-[hash].js',
        },
      },
    },
  });
}

/** What the development of Offshoot needs is not what its users need. */
function publishedManifest({
  name,
  version,
  description,
  license,
  bin,
  engines,
  dependencies,
  allowScripts,
}: Manifest): object {
  const needed = Object.entries(allowScripts).filter(([script]) => script.startsWith('@embedded-'));
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    bin,
    engines,
    dependencies,
    allowScripts: Object.fromEntries(needed),
  };
}

if (import.meta.main) console.log(await pack(process.argv[2] ?? root));
