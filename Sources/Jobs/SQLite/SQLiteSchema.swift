/// The tables, and how older files become like them.
///
/// Moments are milliseconds since 1970; ids of jobs are the 16 bytes of their UUID; digests 32.
enum SQLiteSchema {
  /// What this program writes. `PRAGMA user_version` of the file says what is there.
  static let version = migrations.count

  /// Each raises the version by one; never changed once released.
  static let migrations = [first, sessions, deliveries]

  private static let first = """
    CREATE TABLE executions (
      id INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: a claim names it
      key BLOB, joinable INTEGER NOT NULL, keep_result INTEGER NOT NULL,
      algorithm TEXT NOT NULL, version TEXT NOT NULL, seed INTEGER NOT NULL,
      parameters BLOB NOT NULL, input BLOB, input_blob BLOB, input_bytes INTEGER NOT NULL,
      owner TEXT NOT NULL, priority INTEGER NOT NULL,
      rank INTEGER NOT NULL,      -- least first
      turn INTEGER NOT NULL, turn_end INTEGER NOT NULL,
      predicted REAL NOT NULL, memory INTEGER NOT NULL, wide INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done')),
      queued_at INTEGER NOT NULL, max_attempts INTEGER NOT NULL,
      spent INTEGER NOT NULL DEFAULT 0, claim INTEGER NOT NULL DEFAULT 0,
      worker TEXT, lease_until INTEGER, stop TEXT
    ) STRICT;
    CREATE UNIQUE INDEX executions_open ON executions (key) WHERE joinable = 1;
    CREATE INDEX executions_queued ON executions (algorithm, rank, id) WHERE state = 'queued';
    CREATE INDEX executions_turns ON executions (owner, turn_end) WHERE state = 'queued';
    CREATE INDEX executions_running ON executions (worker) WHERE state = 'running';
    CREATE INDEX executions_blob ON executions (input_blob) WHERE input_blob IS NOT NULL;

    CREATE TABLE jobs (
      id BLOB PRIMARY KEY NOT NULL, execution INTEGER,
      owner TEXT NOT NULL, algorithm TEXT NOT NULL, version TEXT NOT NULL,
      state TEXT NOT NULL
        CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
      cancelling INTEGER NOT NULL DEFAULT 0, priority INTEGER NOT NULL,
      fraction REAL NOT NULL DEFAULT 0, step INTEGER, total INTEGER, message TEXT,
      attempt INTEGER NOT NULL DEFAULT 0, max_attempts INTEGER NOT NULL,
      created_at INTEGER NOT NULL, started_at INTEGER, updated_at INTEGER NOT NULL,
      finished_at INTEGER, expires_at INTEGER,
      digest BLOB, cached INTEGER NOT NULL DEFAULT 0, result_bytes INTEGER, result INTEGER,
      labels BLOB, error BLOB, traceparent TEXT, webhook TEXT, predicted REAL NOT NULL,
      revision INTEGER NOT NULL, change INTEGER NOT NULL,
      timeout INTEGER, queue_timeout INTEGER, deadline INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX jobs_change ON jobs (change);
    CREATE INDEX jobs_owner ON jobs (owner, id);
    CREATE INDEX jobs_state ON jobs (state, id);
    CREATE INDEX jobs_open ON jobs (algorithm, state) WHERE state IN ('queued', 'running');
    CREATE INDEX jobs_execution ON jobs (execution) WHERE execution IS NOT NULL;
    CREATE INDEX jobs_result ON jobs (result) WHERE result IS NOT NULL;
    CREATE INDEX jobs_deadline ON jobs (deadline) WHERE deadline IS NOT NULL;
    CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

    CREATE TABLE labels (
      name TEXT NOT NULL, value TEXT NOT NULL, job BLOB NOT NULL, PRIMARY KEY (name, value, job)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX labels_job ON labels (job);

    CREATE TABLE results (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      key BLOB, cached INTEGER NOT NULL, digest BLOB NOT NULL,
      bytes INTEGER NOT NULL, content BLOB, blob BLOB,
      algorithm TEXT NOT NULL, created_at INTEGER NOT NULL,
      compute INTEGER NOT NULL, predicted REAL NOT NULL,
      promised_until INTEGER NOT NULL, hits INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE UNIQUE INDEX results_cached ON results (key) WHERE cached = 1;
    CREATE INDEX results_loose ON results (promised_until) WHERE cached = 0;
    CREATE INDEX results_blob ON results (blob) WHERE blob IS NOT NULL;

    CREATE TABLE resume (
      execution INTEGER PRIMARY KEY, content BLOB, blob BLOB, bytes INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX resume_blob ON resume (blob) WHERE blob IS NOT NULL;

    CREATE TABLE idempotency (
      owner TEXT NOT NULL, path TEXT NOT NULL, key TEXT NOT NULL,
      payload BLOB NOT NULL, job BLOB NOT NULL, expires_at INTEGER NOT NULL,
      PRIMARY KEY (owner, path, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX idempotency_expiry ON idempotency (expires_at);
    CREATE INDEX idempotency_job ON idempotency (job);

    CREATE TABLE pauses (algorithm TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE uploads (
      blob BLOB PRIMARY KEY NOT NULL, keep_until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE counters (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL)
      STRICT, WITHOUT ROWID;
    INSERT INTO counters VALUES ('change', 0);
    """

  private static let sessions = """
    CREATE TABLE sessions (
      id BLOB PRIMARY KEY NOT NULL, owner TEXT NOT NULL, configuration BLOB NOT NULL,
      created_at INTEGER NOT NULL, touched_at INTEGER NOT NULL, expired_at INTEGER,
      place INTEGER NOT NULL, next INTEGER NOT NULL,
      snapshot BLOB, snapshot_blob BLOB, snapshot_bytes INTEGER NOT NULL,
      snapshot_place INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX sessions_owner ON sessions (owner, id);
    CREATE INDEX sessions_idle ON sessions (touched_at) WHERE expired_at IS NULL;
    CREATE INDEX sessions_blob ON sessions (snapshot_blob) WHERE snapshot_blob IS NOT NULL;
    CREATE TABLE session_entries (
      session BLOB NOT NULL, place INTEGER NOT NULL, seq INTEGER, next INTEGER NOT NULL,
      digest BLOB NOT NULL, request BLOB NOT NULL, answer BLOB NOT NULL,
      PRIMARY KEY (session, place)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX session_entries_seq ON session_entries (session, seq) WHERE seq IS NOT NULL;
    """

  private static let deliveries = """
    ALTER TABLE jobs ADD COLUMN delivery TEXT; -- of the webhook, once the job is over
    ALTER TABLE jobs ADD COLUMN delivery_calls INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE jobs ADD COLUMN delivery_due INTEGER;
    ALTER TABLE jobs ADD COLUMN delivery_status INTEGER;
    ALTER TABLE jobs ADD COLUMN delivery_error TEXT;
    CREATE INDEX jobs_delivery ON jobs (delivery_due) WHERE delivery_due IS NOT NULL;
    CREATE TABLE refusals (
      key BLOB PRIMARY KEY NOT NULL, execution INTEGER NOT NULL, problem BLOB NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX refusals_expiry ON refusals (expires_at);
    """
}
