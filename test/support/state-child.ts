import { openState, type State } from '../../src/adapters/sqlite/state.ts';
import { sampleCall, sampleDesire, sampleReport } from './state-samples.ts';

/**
 * A process of its own beside the test: `state-child.ts <job> <file> <name>`. Each line it prints was
 * acknowledged by the state before; a test may end it at any moment.
 */

type Job = (state: State, name: string) => Promise<void>;

const free = (): Promise<boolean> => Promise.resolve(true);

function isAlive({ pid }: { readonly pid: number }): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Synchronous on pipes, so what the test reads did happen. */
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const JOBS: Readonly<Record<string, Job>> = {
  /** Writes of every kind, without end. */
  async writeForever(state, name) {
    for (let n = 0; ; n += 1) {
      const id = `${name}-${n}`;
      const record = await state.store.desire(sampleDesire(id, id, 'x'.repeat(2_000)));
      say(`environment ${id} ${record.uid}`);
      await state.store.append({ environment: name, type: 'task', message: id, data: {} });
      say(`event ${id}`);
      const keys = ['listen/a/http', 'listen/b/http', 'listen/c/http'];
      await state.ledger.allocatePorts(id, keys, free);
      say(`ports ${id}`);
      await state.store.saveReport(sampleReport(id, id));
      say(`report ${id}`);
      if (n % 3 === 0) {
        await state.store.desireRemoval(id);
        await state.store.markRemoved(record.uid);
        say(`removed ${id} ${record.uid}`);
      }
    }
  },

  /** 200 events and 20 ports as fast as it goes. */
  async burst(state, name) {
    for (let n = 0; n < 200; n += 1) {
      await state.store.append({ environment: name, type: 'task', message: String(n), data: {} });
      if (n % 10 === 0) await state.ledger.allocatePorts(name, [`listen/c${n}/http`], free);
    }
    say('done');
  },

  /** Takes the lease if it can and holds it until it is ended. */
  async lease(state, name) {
    const holder = { pid: process.pid, startTime: '1', bootId: 'b' };
    say((await state.leases.acquireLease(name, holder, isAlive)) ? 'mine' : 'taken');
    setInterval(() => undefined, 1_000);
  },

  /** Records calls and lets them be written by themselves. */
  async calls(state, name) {
    const sink = state.callSink(name);
    for (let n = 0; n < 1_000; n += 1) {
      sink.record(sampleCall(`call-${n}`, n, n));
    }
    say('recorded');
    setInterval(() => undefined, 1_000);
    await Promise.resolve();
  },
};

const [job = '', file = '', name = ''] = process.argv.slice(2);
const run = JOBS[job];
if (run === undefined) throw new Error(`no job "${job}"`);
await run(openState(file), name);
