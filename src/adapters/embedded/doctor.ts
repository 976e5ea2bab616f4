import { execFile } from 'node:child_process';
import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { complaint, passed, type Doctor, type Finding } from '../../application/ports/doctor.ts';
import { ERROR_CODES } from '../../domain/errors.ts';
import { findPostgres } from './datastores/postgres-binaries.ts';

/** `offshoot doctor` for this machine: what the embedded engine needs of it. */

const NODE_MIN = [22, 19] as const;
const GIT_MIN = [2, 31] as const;
const PORTS_TRIED = 32;
const DISK_FREE_MIN_BYTES = 1024 ** 3;
const COMMAND_TIMEOUT_MS = 10_000;

export function embeddedDoctor(settings: { readonly home: string }): Doctor {
  return {
    async *examine(_options, signal) {
      yield checkNode();
      yield await checkGit();
      yield checkFolder(settings.home);
      yield checkDisk(settings.home);
      if (!signal.aborted) yield await checkPorts();
      yield checkPostgres();
    },
  };
}

function checkNode(): Finding {
  const check = 'Node';
  const { node } = process.versions;
  if (isAtLeast(node, NODE_MIN)) return passed(check, node);
  return complaint(check, 'fail', {
    message: `${node} runs, expected ${NODE_MIN.join('.')} or newer`,
    code: 'NODE_TOO_OLD',
    costs: 'nothing runs reliably',
    remedy: ERROR_CODES.NODE_TOO_OLD.remedy,
  });
}

async function checkGit(): Promise<Finding> {
  const check = 'Git';
  const remedy = `install Git ${GIT_MIN.join('.')} or newer and make sure that it is in the PATH`;
  try {
    const { stdout } = await promisify(execFile)('git', ['--version'], {
      timeout: COMMAND_TIMEOUT_MS,
    });
    const version = /(\d+)\.(\d+)[\d.]*/u.exec(stdout)?.[0] ?? '';
    if (isAtLeast(version, GIT_MIN)) return passed(check, version);
    return complaint(check, 'fail', {
      message: `${version || 'an unknown version'} is there, expected ${GIT_MIN.join('.')} or newer`,
      code: 'GIT_FAILED',
      costs: 'branches cannot be resolved',
      remedy,
    });
  } catch {
    return complaint(check, 'fail', {
      message: 'the program "git" could not be started',
      code: 'GIT_FAILED',
      costs: 'branches cannot be resolved',
      remedy,
    });
  }
}

function checkFolder(home: string): Finding {
  const check = 'state folder';
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
    return passed(check, home);
  } catch {
    return complaint(check, 'fail', {
      message: `"${home}" cannot be written`,
      code: 'STATE_UNREADABLE',
      costs: 'no command that knows environments works',
      remedy: 'give yourself the folder, or name another by OFFSHOOT_HOME',
    });
  }
}

function checkDisk(home: string): Finding {
  const check = 'disk';
  try {
    const { bavail, bsize } = statfsSync(home);
    const gibibytes = ((bavail * bsize) / 1024 ** 3).toFixed(1);
    if (bavail * bsize >= DISK_FREE_MIN_BYTES) return passed(check, `${gibibytes} GiB free`);
    return complaint(check, 'warn', {
      message: `${gibibytes} GiB free`,
      code: 'DISK_FULL',
      costs: 'datastores, logs and worktrees of environments may not find room',
      remedy: ERROR_CODES.DISK_FULL.remedy,
    });
  } catch {
    return complaint(check, 'warn', {
      message: `the room below "${home}" is not known`,
      code: null,
      costs: 'nobody says beforehand that the disk is full',
      remedy: 'look with `df`',
    });
  }
}

async function checkPorts(): Promise<Finding> {
  const check = 'ports';
  const tries = await Promise.all(Array.from({ length: PORTS_TRIED }, () => canListen()));
  const free = tries.filter((isFree) => isFree).length;
  if (free === PORTS_TRIED) return passed(check, 'loopback ports can be listened on');
  return complaint(check, 'fail', {
    message: `only ${free} of ${PORTS_TRIED} loopback ports could be listened on`,
    code: 'PORTS_EXHAUSTED',
    costs: 'components and their relays find no address',
    remedy: ERROR_CODES.PORTS_EXHAUSTED.remedy,
  });
}

function canListen(): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(0, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function checkPostgres(): Finding {
  const check = 'PostgreSQL';
  if (findPostgres() !== null) return passed(check, 'comes with the packages');
  return complaint(check, 'warn', {
    message: `is not available on ${process.platform}-${process.arch}`,
    code: 'DATASTORE_UNSUPPORTED',
    costs: 'environments with a datastore of engine "postgres" do not come up',
    remedy: 'give such datastores an `embedded.command`, or use a cluster',
  });
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
