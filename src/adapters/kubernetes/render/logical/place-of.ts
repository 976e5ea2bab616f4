import type { Component } from '../../../../domain/catalog/component.ts';
import type { Login } from '../../../../domain/configuration/datastore-url.ts';
import { databaseOf, indexPrefixOf } from '../../../../domain/naming/names.ts';
import { logicalEngineOf } from './logical-engines.ts';
import type { LogicalPlace } from './logical-place.ts';

export function isLogical({ datastore, from }: Pick<Component, 'datastore' | 'from'>): boolean {
  return datastore?.isolation === 'logical' && from === undefined;
}

/** All of it follows from the names of the environment and the datastore, so removal finds it again. */
export function placeOf(namespace: string, datastore: string, installation: string): LogicalPlace {
  return {
    name: databaseOf(namespace, datastore),
    prefix: indexPrefixOf(namespace, datastore),
    installation,
  };
}

/** What its clients use: as `database` the database, or the prefix of all keys where there are none. */
export function logicalLogin(
  namespace: string,
  { name, datastore }: Component,
  password: string,
): Login {
  const place = placeOf(namespace, name, '');
  const { hasDatabases } = logicalEngineOf(name, datastore?.engine ?? '');
  return {
    username: place.name,
    password,
    database: hasDatabases ? place.name : place.prefix,
  };
}
