import Jobs
import Testing

@Suite("The session log")
struct SessionLogTests {
  @Test
  func largeSnapshotsOutliveTheProcess() async throws {
    let directory = try TemporaryDirectory()
    let large = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
    let first = try EngineFixture(directory: directory)
    let log = SessionLog(engine: first.engine)
    let session = try log.create(owner: "ann", configuration: [1], snapshot: [])
    let entry = SessionEntry(
      place: 1, seq: 0, next: 4, digest: SHA256Digest(of: [1]), request: [1], answer: [2])
    let outcome = try await withCheckedContinuation { continuation in
      log.append(entry, to: session.id, snapshot: large) { continuation.resume(returning: $0) }
    }.get()
    #expect(outcome == .appended)
    first.drain()
    let second = try EngineFixture(directory: directory)
    let again = SessionLog(engine: second.engine)
    let history = try #require(try again.history(of: session.id))
    #expect(history.snapshot == large && history.snapshotPlace == 1 && history.tail.isEmpty)
    #expect(history.record.next == 4)
    #expect(try again.list(owner: "ann", limit: 5).items.map(\.id) == [session.id])
    #expect(try again.delete(session.id))
    #expect(try again.history(of: session.id) == nil)
  }
}
