import Compute
import Jobs
import Observability
import Testing

/// A result too large for a row is given to who waits for it while it is being stored.
@Suite struct EarlyResultTests {
  /// Larger than what rows hold.
  private static let large = [UInt8]((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) })

  private func largeResult(digest: SHA256Digest? = nil) -> JobSubmission {
    EngineFixture.submission(digest: digest) { _ in .succeeded(Self.large) }
  }

  /// A result that comes before it is stored, though its computation takes no time.
  private func early(
    _ fixture: EngineFixture
  ) async throws -> (record: JobRecord, result: ResultHandle) {
    guard case .computed(let record, let result) = try await fixture.finish(largeResult()) else {
      throw Unexpected()
    }
    return (record, result)
  }

  @Test func aLookAfterTheAnswerSeesTheJobEnded() async throws {
    let fixture = try EngineFixture()
    for _ in 0..<20 {
      let (record, result) = try await early(fixture)
      #expect(record.state == .succeeded && record.resultBytes == Self.large.count)
      guard case .memory(let bytes) = result.location else { throw Unexpected() }
      #expect(bytes == Self.large && result.digest == nil)
      let stored = try #require(try fixture.engine.job(record.id))
      #expect(stored.state == .succeeded)
      #expect(try fixture.bytes(stored) == Self.large)
    }
  }

  @Test func whoGoesAwayAfterTheAnswerCancelsNothing() async throws {
    let fixture = try EngineFixture()
    for _ in 0..<20 {
      let record = try await early(fixture).record
      fixture.engine.abandon(record.id)
      #expect(try await fixture.wait(record.id).state == .succeeded)
    }
  }

  @Test func theSameQuestionAtOnceIsAnsweredByTheCache() async throws {
    let fixture = try EngineFixture(cacheBytes: 1 << 24)
    for index in UInt8(0)..<5 {
      let question = SHA256Digest(of: [index])
      _ = try await fixture.finish(largeResult(digest: question))
      guard case .cached = try await fixture.finish(largeResult(digest: question)) else {
        throw Unexpected()
      }
    }
  }

  @Test func smallAndVeryLargeResultsAreStoredBeforeTheyAreGiven() async throws {
    let fixture = try EngineFixture { $0.earlyBytes = Self.large.count - 1 }
    let small = EngineFixture.submission { _ in .succeeded([1]) }
    for submission in [small, largeResult()] {
      guard case .accepted(let record) = try await fixture.finish(submission) else {
        throw Unexpected()
      }
      #expect(record.state == .succeeded)
    }
  }

  @Test func whereTooMuchIsBeingStoredCallersWaitForIt() async throws {
    let fixture = try EngineFixture { $0.unsettledBytes = Self.large.count - 1 }
    for _ in 0..<3 {
      guard case .accepted(let record) = try await fixture.finish(largeResult()) else {
        throw Unexpected()
      }
      #expect(record.state == .succeeded)
      #expect(try fixture.bytes(record) == Self.large)
    }
  }

  @Test func whoJoinedAComputationGetsWhatIsStored() async throws {
    let fixture = try EngineFixture()
    let gate = Gate()
    let question = SHA256Digest(of: [7])
    let first = EngineFixture.submission(digest: question) { _ in
      gate.pass()
      return .succeeded(Self.large)
    }
    let id = try fixture.engine.submit(first).record.id
    async let second = fixture.finish(largeResult(digest: question))
    // The second joins the first's computation, whose gate opens once both are there.
    for _ in 0..<100_000 {
      if try fixture.engine.list(JobFilter(), limit: 10).items.count == 2 { break }
      await Task.yield()
    }
    gate.open()
    guard case .accepted(let record) = try await second else { throw Unexpected() }
    #expect(record.id != id && record.state == .succeeded)
    #expect(try fixture.bytes(record) == Self.large)
  }

  @Test func whatFindsNoSpaceIsGivenAllTheSameAndItsJobFails() async throws {
    let fixture = try EngineFixture {
      $0.maximumBytes = 1 << 19
      $0.retryMilliseconds = 1
    }
    let (record, result) = try await early(fixture)
    #expect(result.count == Self.large.count)
    #expect(try await fixture.wait(record.id).state == .failed)
  }
}
