import Jobs
import Observability
import Testing

@Suite(
  "The PostgreSQL store, shared",
  .enabled(if: PostgreSQLServer.isInstalled, "PostgreSQL 15 is not installed"))
struct PostgreSQLStoreTests {
  /// Two replicas on one schema.
  private func replicas() throws -> (StoreFixture, StoreFixture) {
    let settings = try #require(PostgreSQLServer.shared).freshSchema()
    func replica() throws -> StoreFixture {
      StoreFixture(
        store: try PostgreSQLStore(url: settings, timeSource: .caller),
        directory: try TemporaryDirectory())
    }
    return (try replica(), try replica())
  }

  @Test
  func twoReplicasNeverClaimTheSame() async throws {
    let (one, other) = try replicas()
    for _ in 0..<60 { _ = try one.submit() }
    async let first = Task.detached {
      try (0..<30).flatMap { _ in try one.claim(worker: "one", most: 2) }
    }.value
    async let second = Task.detached {
      try (0..<30).flatMap { _ in try other.claim(worker: "other", most: 2) }
    }.value
    var claimed = try await (first + second).map(\.claim.execution)
    claimed += try one.claim(worker: "one", most: 60).map(\.claim.execution)
    #expect(claimed.count == 60 && Set(claimed).count == 60)
  }

  @Test
  func oneDigestOpensOneComputationOnTwoReplicas() async throws {
    let (one, other) = try replicas()
    let digest = SHA256Digest(of: [3])
    async let first = Task.detached {
      for _ in 0..<40 { _ = try one.submit { $0.digest = digest } }
    }.value
    async let second = Task.detached {
      for _ in 0..<40 { _ = try other.submit { $0.digest = digest } }
    }.value
    _ = try await (first, second)
    #expect(try one.store.waiting(limit: 9).count == 1)
    let claimed = try #require(try one.claim(most: 9).first)
    #expect(claimed.jobs.count == 80)
    #expect(try one.succeed(claimed.claim, key: digest))
    #expect(try other.store.queue().counts.isEmpty)
  }

  @Test
  func aChangeHereIsHeardThere() async throws {
    let (one, other) = try replicas()
    let heard = Gate()
    let connected = Gate()
    let calls = Counter()
    other.store.onOutsideChange {
      calls.increment()
      if calls.value == 1 { connected.open() } else { heard.open() }
    }
    await connected.passed()
    _ = try one.submit()
    await heard.passed()
    #expect(try other.claim().count == 1)
  }

  @Test
  func noChangeIsPassedByWhileAnOlderTransactionIsOpen() throws {
    let (one, _) = try replicas()
    let begin = try one.store.lastChange()
    var seen: [JobID] = []
    var last = begin
    var submitted: [JobID] = []
    for _ in 0..<20 {
      submitted.append(try one.submit().id)
      let (jobs, next) = try one.store.changes(after: last, owner: nil, limit: 3)
      seen += jobs.map(\.id)
      last = next
    }
    while seen.count < 20 {
      let (jobs, next) = try one.store.changes(after: last, owner: nil, limit: 3)
      if jobs.isEmpty { continue }
      seen += jobs.map(\.id)
      last = next
    }
    #expect(seen == submitted)
  }

  @Test
  func leasesGoByTheServersClock() throws {
    let settings = try #require(PostgreSQLServer.shared).freshSchema()
    let fixture = StoreFixture(
      store: try PostgreSQLStore(url: settings), directory: try TemporaryDirectory())
    fixture.clock.advance(seconds: 1_000_000_000)
    let job = try fixture.submit()
    let drift = job.createdAt.since(SystemClock().now())
    #expect(abs(drift) < 60_000)
  }

  @Test
  func aNewerSchemaIsRefused() throws {
    let settings = try #require(PostgreSQLServer.shared).freshSchema()
    let store = try PostgreSQLStore(url: settings)
    store.close()
    try PostgreSQLServer.shared?.execute("INSERT INTO matquay_schema VALUES (99)", settings)
    #expect(throws: StoreError.self) { try PostgreSQLStore(url: settings) }
    do throws(StoreError) {
      _ = try PostgreSQLStore(url: settings)
    } catch {
      guard case .newerSchema(99, _) = error else { throw Unexpected() }
    }
  }

  @Test
  func aServerThatIsAwayIsSaidSo() {
    #expect(throws: StoreError.self) {
      try PostgreSQLStore(url: "host=/nonexistent user=postgres")
    }
  }

  @Test
  func aSnapshotTakesTheEntriesThatItCoversWithIt() throws {
    let server = try #require(PostgreSQLServer.shared)
    let settings = try server.freshSchema()
    let fixture = StoreFixture(
      store: try PostgreSQLStore(url: settings), directory: try TemporaryDirectory())
    try fixture.session(entries: 20, snapshotAt: 15)
    // Divides by zero where the count is another.
    let check = "SELECT 1 / (count(*) = 5)::int FROM session_entries"
    try server.execute(check, settings)
    try fixture.session(entries: 1, snapshotAt: 0)
    #expect(throws: (any Error).self) { try server.execute(check, settings) }
  }

  @Test
  func whatIsDueIsToldByTheClockOfWhoAsks() throws {
    let settings = try #require(PostgreSQLServer.shared).freshSchema()
    let fixture = StoreFixture(
      store: try PostgreSQLStore(url: settings), directory: try TemporaryDirectory())
    _ = try fixture.submit { $0.webhook = "https://example.org/x" }
    #expect(try fixture.succeed(fixture.claimOne().claim))
    _ = try fixture.submit { $0.queueTimeoutMilliseconds = 3_600_000 }
    // A replica whose clock is years behind the server's, and one whose clock is years ahead.
    for now in [Timestamp(milliseconds: 1_000), Timestamp(milliseconds: 9_000_000_000_000)] {
      let call = try #require(try fixture.store.nextDelivery(at: now)).since(now)
      #expect((-60_000...0).contains(call))
      let deadline = try #require(try fixture.store.nextDeadline(at: now)).since(now)
      #expect((3_540_000...3_600_000).contains(deadline))
    }
  }

  @Test
  func lostConnectionsComeBack() throws {
    let settings = try #require(PostgreSQLServer.shared).freshSchema() + " application_name=lost"
    let one = StoreFixture(
      store: try PostgreSQLStore(url: settings, timeSource: .caller),
      directory: try TemporaryDirectory())
    _ = try one.submit()
    try PostgreSQLServer.shared?.execute(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
      WHERE pid <> pg_backend_pid() AND application_name = 'lost'
      """, settings)
    var record: JobRecord?
    for _ in 0..<100 where record == nil { record = try? one.submit() }
    #expect(record?.state == .queued)
  }
}
