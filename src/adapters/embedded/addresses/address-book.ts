import { renameSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { CallSink } from '../../../application/ports/call-store.ts';
import type { Ids } from '../../../application/ports/clock.ts';
import type { Address } from '../../../application/ports/engine.ts';
import type { ProveHandshake } from '../../../application/ports/handshake.ts';
import type { EdgeFinding } from '../../../application/ports/wiring.ts';
import type { EngineLedger, PortKey } from '../../../application/ports/engine-ledger.ts';
import { OUTSIDE_CALLER, type Component } from '../../../domain/catalog/component.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import type { RequiredEdge } from '../../../domain/plan/required-edges.ts';
import type { BaselineView } from './baseline-view.ts';
import { makeEnvironmentFolder, type EnvironmentFolder } from '../environment-folder.ts';
import {
  isEntry,
  isPortFree,
  listenKey,
  portKeysOf,
  relayKey,
  relayPlacesOf,
  type RelayPlace,
} from './ports.ts';
import type { RelayTarget } from '../relay/connect-failure.ts';
import { proveTarget } from '../relay/prove-target.ts';
import { RelaySet, type RelayWish } from '../relay/relay-set.ts';
import { publicAddress } from '../processes/surroundings.ts';
import { readJson } from '../read-json.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';

/**
 * The ports of one environment and the relays that listen on them: recorded before the first Task,
 * the same ones after a restart.
 */
export class AddressBook {
  readonly #folder: EnvironmentFolder;
  readonly #ledger: EngineLedger;
  readonly #baseline: BaselineView;
  readonly #sink: CallSink;
  readonly #relays: RelaySet;
  readonly #proveHandshake: ProveHandshake<Socket>;
  #plan: Plan | null = null;
  #adopted = '';
  #ports: ReadonlyMap<PortKey, number> = new Map();
  /** Of test runs, beside those of the plan. */
  readonly #extra = new Map<PortKey, RelayPlace & { readonly target?: () => RelayTarget | null }>();

  constructor(
    folder: EnvironmentFolder,
    ports: {
      readonly ledger: EngineLedger;
      readonly baseline: BaselineView;
      readonly sink: CallSink;
      readonly ids: Ids;
      readonly proveHandshake: ProveHandshake<Socket>;
    },
  ) {
    this.#folder = folder;
    this.#ledger = ports.ledger;
    this.#baseline = ports.baseline;
    this.#sink = ports.sink;
    this.#proveHandshake = ports.proveHandshake;
    this.#relays = new RelaySet({ sink: ports.sink, ids: ports.ids });
  }

  port(key: PortKey): number | null {
    return this.#ports.get(key) ?? null;
  }

  /**
   * Records every port that the plan asks for and opens its relays; those of an older plan are closed.
   *
   * @throws {OperationError} `PORTS_EXHAUSTED`
   */
  async adopt(plan: Plan): Promise<void> {
    const identity = plan.tasks.map(({ id, fingerprint }) => `${id} ${fingerprint}`).join('\n');
    if (identity === this.#adopted) return;
    makeEnvironmentFolder(this.#folder);
    await this.#baseline.look();
    this.#ports = await this.#ledger.allocatePorts(plan.environment, portKeysOf(plan), isPortFree);
    this.#plan = plan;
    await this.#openRelays();
    writeAddresses(this.#folder, plan, (key) => this.port(key));
    this.#adopted = identity;
  }

  /** Frees the ports that the plan no longer asks for. */
  async releaseUnused(plan: Plan): Promise<void> {
    const needed = new Set([...portKeysOf(plan), ...this.#extra.keys()]);
    const unused = [...(await this.#ledger.portsOf(plan.environment)).keys()].filter(
      (key) => !needed.has(key),
    );
    if (unused.length > 0) await this.#ledger.freePorts(plan.environment, unused);
  }

  /** Other ports of its own for a component whose recorded ones somebody else has taken meanwhile. */
  async claim(keys: readonly PortKey[]): Promise<void> {
    const taken: PortKey[] = [];
    for (const key of keys) {
      const port = this.port(key);
      if (port === null || !(await isPortFree(port))) taken.push(key);
    }
    if (taken.length === 0) return;
    const { environment } = this.#folder;
    await this.#ledger.freePorts(environment, taken);
    const claimed = await this.#ledger.allocatePorts(environment, taken, isPortFree);
    this.#ports = new Map([...this.#ports, ...claimed]);
  }

  /**
   * One more relay, for a test run; it stays until the environment goes.
   *
   * @param target - Where it leads; to the component as everybody in the environment sees it when absent.
   */
  async open(place: RelayPlace, target?: () => RelayTarget | null): Promise<number> {
    await this.#baseline.look();
    if (this.port(place.key) === null) await this.claim([place.key]);
    const isOpen = this.#relayPlaces().some(({ key }) => key === place.key);
    if (!isOpen) {
      this.#extra.set(place.key, target === undefined ? place : { ...place, target });
      await this.#openRelays();
    }
    return this.port(place.key) ?? 0;
  }

  /** What is behind the relays, asked without them; in the order of the edges. */
  async prove(plan: Plan, edges: readonly RequiredEdge[]): Promise<readonly EdgeFinding[]> {
    await this.#baseline.look();
    return await Promise.all(
      edges.map(async ({ to, port, tls }) => {
        const server = definitionOf(plan, to);
        if (server === undefined) return null;
        const shake = tls === 'none' ? null : this.#proveHandshake;
        return await proveTarget(this.#targetOf(server, port), shake);
      }),
    );
  }

  /** Tells the calls that are still in flight, as they look now. */
  tellOpenCalls(): void {
    for (const call of this.#relays.openCalls()) this.#sink.record(call);
  }

  /** Closes every relay; the ports stay recorded. */
  async close(): Promise<void> {
    this.#plan = null;
    this.#adopted = '';
    this.#extra.clear();
    await this.#relays.closeAll();
  }

  #relayPlaces(): readonly (RelayPlace & { readonly target?: () => RelayTarget | null })[] {
    const planned = this.#plan === null ? [] : relayPlacesOf(this.#plan);
    const keys = new Set(planned.map(({ key }) => key));
    return [...planned, ...this.#extra.values().filter(({ key }) => !keys.has(key))];
  }

  /** A port that somebody took while no agent ran is replaced: nobody has been told of it yet. */
  async #openRelays(): Promise<void> {
    const failed = await this.#relays.apply(this.#wishes());
    if (failed.length === 0) return;
    await this.claim(failed.map(({ key }) => key));
    const [still] = await this.#relays.apply(this.#wishes());
    if (still === undefined) return;
    throw new OperationError('PORTS_EXHAUSTED', `port ${still.port} can't be listened on`, {
      cause: still.cause,
    });
  }

  #wishes(): readonly RelayWish[] {
    return this.#relayPlaces().flatMap(({ key, client, server, port, target }) => {
      const listened = this.port(key);
      if (listened === null) return [];
      return [
        {
          key,
          port: listened,
          client,
          server: server.name,
          resolveTarget: target ?? (() => this.#targetOf(server, port)),
        },
      ];
    });
  }

  #targetOf(server: Component, port: RequiredEdge['port']): RelayTarget | null {
    if (server.external !== undefined) return { host: server.external.address, port: port.port };
    const key = listenKey(server.name, port.name);
    const isInside = this.#plan?.components.some(({ name }) => name === server.name) === true;
    const found = isInside ? this.port(key) : this.#baseline.port(key);
    return found === null ? null : { host: '127.0.0.1', port: found };
  }
}

function writeAddresses(
  folder: EnvironmentFolder,
  plan: Plan,
  port: (key: PortKey) => number | null,
): void {
  const addresses = plan.components.flatMap(({ name }): readonly Address[] => {
    const component = definitionOf(plan, name);
    const [first] = component?.ports ?? [];
    if (component === undefined || first === undefined || !isEntry(plan, component)) return [];
    const found = port(relayKey(OUTSIDE_CALLER, name, first.name));
    return found === null ? [] : [{ component: name, url: publicAddress(component, found) }];
  });
  writeFileSync(`${folder.addresses}.new`, JSON.stringify(addresses), { mode: 0o600 });
  renameSync(`${folder.addresses}.new`, folder.addresses);
}

/** Of everything exposed, also by a process that runs nothing itself. */
export function readAddresses(folder: EnvironmentFolder): readonly Address[] {
  const value = readJson(folder.addresses);
  return Array.isArray(value) ? value.filter(isAddress) : [];
}

function isAddress(value: unknown): value is Address {
  return typeof value === 'object' && value !== null && 'component' in value && 'url' in value;
}
