import type { Call } from '../call.ts';
import type { CallForest } from './linking.ts';
import { isOpaque } from '../outcomes.ts';

/**
 * Encrypted connections between components. That they were there is seen, not what they carried: whoever failed
 * while it had one may have failed because of it.
 */
export interface HiddenConnections {
  /** Those that what a call set off may have gone over: opened for it, or kept open from before. */
  behind(call: Call): readonly Call[];
}

/** @param isComponent - What nobody declared (a monitoring service outside) explains no failure. */
export function indexHidden(
  forest: CallForest,
  isComponent: (name: string) => boolean,
): HiddenConnections {
  const isHidden = (call: Call): boolean =>
    call.protocol === 'tls' && isOpaque(call) && isComponent(call.server);
  const byClient = Map.groupBy(forest.calls.filter(isHidden), ({ client }) => client);
  return {
    behind(call) {
      const kept = (byClient.get(call.server) ?? []).filter(
        (connection) =>
          connection.startedAtUs < call.startedAtUs && isOpenFrom(connection, call.startedAtUs),
      );
      return [...forest.childrenOf(call).filter(isHidden), ...kept];
    },
  };
}

function isOpenFrom(connection: Call, atUs: number): boolean {
  return connection.endedAtUs === null || connection.endedAtUs > atUs;
}
