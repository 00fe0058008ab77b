import CSQLite
import Foundation
import Jobs
import Testing

@Suite("The SQLite store")
struct SQLiteStoreTests {
  @Test
  func oneDirectoryHasOneStore() throws {
    let directory = try TemporaryDirectory()
    let first = try SQLiteStore(directory: directory.path)
    #expect(throws: StoreError.locked(path: directory.path)) {
      try SQLiteStore(directory: directory.path)
    }
    first.close()
    try SQLiteStore(directory: directory.path).close()
  }

  @Test
  func aNewerFileIsRefusedAndLeftAlone() throws {
    let directory = try TemporaryDirectory()
    try SQLiteStore(directory: directory.path).close()
    try execute("PRAGMA user_version = 99", directory)
    #expect(throws: StoreError.newerSchema(found: 99, supported: 3)) {
      try SQLiteStore(directory: directory.path)
    }
    try execute("SELECT count(*) FROM jobs", directory)
  }

  @Test
  func aFileThatIsNoDatabaseIsSaidSo() throws {
    let directory = try TemporaryDirectory()
    let bytes = Data(repeating: 7, count: 8192)
    try bytes.write(to: URL(fileURLWithPath: directory.path + "/matquay.db"))
    do throws(StoreError) {
      _ = try SQLiteStore(directory: directory.path)
      Issue.record("opened")
    } catch {
      guard case .corrupt = error else { throw error }
    }
  }

  @Test
  func fullMeansFull() throws {
    // The flush at each commit is what a loss of power is survived by.
    let directory = try TemporaryDirectory()
    let store = try SQLiteStore(directory: directory.path, durability: .full)
    #expect(store.synchronous == 2)
    store.close()
    let normal = try SQLiteStore(directory: directory.path, durability: .normal)
    #expect(normal.synchronous == 1)
    normal.close()
  }

  @Test
  func aSnapshotTakesTheEntriesThatItCoversWithIt() throws {
    let fixture = try StoreKind.sqlite.make()
    try fixture.session(entries: 20, snapshotAt: 15)
    // json('no') fails: so does the statement where the count is another.
    let check = "SELECT iif(count(*) = 5, 1, json('no')) FROM session_entries"
    try execute(check, fixture.directory)
    try fixture.session(entries: 1, snapshotAt: 1)
    try execute(check, fixture.directory)
  }

  @Test
  func aTransactionThatFailsLeavesNothing() throws {
    let fixture = try StoreKind.sqlite.make()
    let good = fixture.draft()
    let twice = [StoreMutation.submit(good), .submit(good)]
    #expect(throws: StoreError.self) {
      try fixture.store.apply(twice, at: fixture.clock.now())
    }
    #expect(try fixture.store.job(good.id) == nil)
    _ = try fixture.apply(.submit(good))
    #expect(try fixture.store.job(good.id) != nil)
  }

  private func execute(_ sql: String, _ directory: TemporaryDirectory) throws {
    var handle: OpaquePointer?
    defer { sqlite3_close(handle) }
    try #require(sqlite3_open(directory.path + "/matquay.db", &handle) == SQLITE_OK)
    try #require(sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK)
  }
}
