import type { Migrations } from './connection.ts';

/**
 * The form of the two databases, as steps. A step that was ever released is never edited: append one.
 * Columns named `…_json` hold JSON text, BLOB columns hold packed JSON, `…_at` ISO 8601 in UTC.
 */

export const STATE_MIGRATIONS: Migrations = [
  `
  CREATE TABLE plans (
    hash TEXT PRIMARY KEY,
    body BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE environments (
    uid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    branch TEXT NOT NULL,
    spec_json TEXT NOT NULL,
    desired TEXT NOT NULL CHECK (desired IN ('up', 'removed')),
    generation INTEGER NOT NULL,
    plan_hash TEXT REFERENCES plans (hash),
    explanation BLOB NOT NULL,
    status_json TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    removed_at TEXT
  ) STRICT;
  CREATE UNIQUE INDEX living_environments ON environments (name) WHERE removed_at IS NULL;
  CREATE INDEX environments_by_removal ON environments (removed_at, uid) WHERE removed_at IS NOT NULL;
  CREATE INDEX environments_by_plan ON environments (plan_hash);

  CREATE TABLE demands (
    environment TEXT NOT NULL,
    component TEXT NOT NULL,
    PRIMARY KEY (environment, component)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    environment TEXT NOT NULL,
    at TEXT NOT NULL,
    type TEXT NOT NULL,
    message TEXT NOT NULL,
    data_json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_environment ON events (environment, id);

  CREATE TABLE test_runs (
    id TEXT PRIMARY KEY,
    environment TEXT NOT NULL,
    suite TEXT NOT NULL,
    suite_json TEXT NOT NULL,
    revision_json TEXT,
    state TEXT NOT NULL CHECK (state IN ('requested', 'running', 'finished')),
    requested_at TEXT NOT NULL,
    finished_at TEXT,
    outcome TEXT CHECK (outcome IN ('passed', 'failed', 'error')),
    message TEXT
  ) STRICT;
  CREATE INDEX test_runs_by_environment ON test_runs (environment, id);

  CREATE TABLE reports (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    environment TEXT NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX reports_by_environment ON reports (environment, sequence);

  CREATE TABLE ports (
    port INTEGER PRIMARY KEY,
    environment TEXT NOT NULL,
    key TEXT NOT NULL,
    UNIQUE (environment, key)
  ) STRICT;
  CREATE TABLE port_cursor (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    next_port INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE processes (
    environment TEXT NOT NULL,
    pid INTEGER NOT NULL,
    start_time TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (environment, pid)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tasks (
    environment TEXT NOT NULL,
    task TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    generation INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('Running', 'Succeeded', 'Failed')),
    code TEXT,
    message TEXT,
    evidence TEXT,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    PRIMARY KEY (environment, task)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE leases (
    environment TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    start_time TEXT NOT NULL,
    boot_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE branches (
    repository TEXT NOT NULL,
    branch TEXT NOT NULL,
    tip TEXT NOT NULL,
    base TEXT,
    was_ahead INTEGER NOT NULL CHECK (was_ahead IN (0, 1)),
    missing_polls INTEGER NOT NULL,
    merged_at TEXT,
    PRIMARY KEY (repository, branch)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE answers (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    location TEXT NOT NULL,
    body_json TEXT NOT NULL,
    saved_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX answers_by_age ON answers (saved_at_ms);
  `,
];

/**
 * Calls have a file of their own: they come in masses and may be lost with a disk, and their writers
 * must not hold up those of the state. A recording is what one life of one environment has seen.
 */
export const CALLS_MIGRATIONS: Migrations = [
  `
  CREATE TABLE recordings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    environment TEXT NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1)),
    kept INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE UNIQUE INDEX running_recordings ON recordings (environment) WHERE ended = 0;

  CREATE TABLE calls (
    recording INTEGER NOT NULL,
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,
    body_json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX calls_by_start ON calls (recording, started_at_us, ended_at_us);
  `,
];
