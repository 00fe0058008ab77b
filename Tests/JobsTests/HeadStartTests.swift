import Compute
import Dispatch
import Glibc
import Jobs
import Testing

/// A computation that begins while its job is being made durable.
@Suite struct HeadStartTests {
  private static let cost = JobSubmission.Cost(seconds: 0.001, bytes: 1000, wide: false)

  /// Once the engine, which looks for work as it starts, has nothing to do.
  private func begin(
    _ fixture: EngineFixture, _ run: @escaping PreparedRun
  ) throws -> HeadStart {
    // Its maintenance looks for work too, now and then.
    for _ in 0..<1_000 {
      fixture.engine.settle()
      if let begun = fixture.engine.headStart(cost: Self.cost, seed: 0, run: run) { return begun }
      poll(nil, 0, 2)
    }
    return try #require(nil as HeadStart?, "something runs or waits")
  }

  private func submission(
    _ headStart: HeadStart?, _ run: @escaping PreparedRun
  ) -> JobSubmission {
    var submission = EngineFixture.submission(run: run)
    submission.prepared?.headStart = headStart
    return submission
  }

  /// Runs until it is told to stop, a minute at most, and leaves the processor to others.
  private static func untilStopped(_ context: ComputeContext) -> RunOutcome {
    let never = DispatchSemaphore(value: 0)
    let limit = DispatchTime.now() + .seconds(60)
    while DispatchTime.now() < limit {
      if let reason = context.stopReason { return .stopped(reason) }
      _ = never.wait(timeout: .now() + .milliseconds(2))
    }
    return .failed(problem: [])
  }

  @Test func itsOutcomeIsThatOfTheJob() async throws {
    let fixture = try EngineFixture()
    for number in UInt8(0)..<20 {
      let runs = Counter()
      let run: PreparedRun = { _ in
        runs.increment()
        return .succeeded([number])
      }
      let headStart = try begin(fixture, run)
      let record = try await fixture.finish(submission(headStart, run)).record
      #expect(record.state == .succeeded && runs.value == 1)
      #expect(try fixture.bytes(record) == [number])
    }
  }

  @Test func itsFailureIsThatOfTheJob() async throws {
    let fixture = try EngineFixture()
    let run: PreparedRun = { _ in .failed(problem: [1, 2]) }
    let record = try await fixture.finish(submission(begin(fixture, run), run)).record
    #expect(record.state == .failed && record.error == [1, 2])
  }

  @Test func itsLargeResultIsGivenAndStored() async throws {
    let fixture = try EngineFixture()
    let large = [UInt8](repeating: 5, count: 1 << 20)
    let run: PreparedRun = { _ in .succeeded(large) }
    let record = try await fixture.finish(submission(begin(fixture, run), run)).record
    #expect(record.state == .succeeded)
    #expect(try fixture.bytes(try #require(try fixture.engine.job(record.id))) == large)
  }

  @Test func whatIsLetGoOfStops() async throws {
    let fixture = try EngineFixture()
    let (started, ended) = (Gate(), Gate())
    let wasTold = Counter()
    let headStart = try begin(fixture) { context in
      started.open()
      let outcome = Self.untilStopped(context)
      if case .stopped(.cancelled) = outcome { wasTold.increment() }
      ended.open()
      return outcome
    }
    await started.passed()
    #expect(wasTold.value == 0)
    _ = consume headStart
    await ended.passed()
    #expect(wasTold.value == 1)
  }

  @Test func makesWayForWhatStartsAndIsThenRunAnew() async throws {
    let fixture = try EngineFixture()
    let runs = Counter()
    let started = Gate()
    let run: PreparedRun = { context in
      guard runs.increment() == 1 else { return .succeeded([2]) }
      started.open()
      return Self.untilStopped(context)
    }
    let headStart = try begin(fixture, run)
    await started.passed()
    let other = try await fixture.finish(EngineFixture.submission { _ in .succeeded([1]) })
    #expect(try fixture.bytes(other.record) == [1])
    let own = try await fixture.finish(submission(headStart, run)).record
    #expect(try fixture.bytes(own) == [2] && runs.value == 2)
  }

  @Test func cancellingItsJobStopsIt() async throws {
    let fixture = try EngineFixture()
    let run: PreparedRun = { Self.untilStopped($0) }
    let headStart = try begin(fixture, run)
    let id = try fixture.engine.submit(submission(headStart, run)).record.id
    _ = try fixture.engine.cancel(id)
    #expect(try await fixture.wait(id).state == .cancelled)
  }

  @Test func beginsOnlyWhereNothingRunsOrWaits() async throws {
    let fixture = try EngineFixture()
    func isFree() -> Bool {
      fixture.engine.headStart(cost: Self.cost, seed: 0) { _ in .succeeded([]) } != nil
    }
    let first = try begin(fixture) { Self.untilStopped($0) }
    withExtendedLifetime(first) { #expect(!isFree()) }

    let (started, gate) = (Gate(), Gate())
    let job = try fixture.engine.submit(
      EngineFixture.submission { _ in
        started.open()
        gate.pass()
        return .succeeded([])
      }
    ).record.id
    await started.passed()
    #expect(!isFree())
    gate.open()
    _ = try await fixture.wait(job)

    _ = try begin(fixture) { _ in .succeeded([]) }
    try fixture.engine.setPaused(true, algorithm: "b")
    #expect(!isFree())
    try fixture.engine.setPaused(false, algorithm: "b")
    _ = try begin(fixture) { _ in .succeeded([]) }
    let large = JobSubmission.Cost(seconds: 1000, bytes: 1000, wide: true)
    #expect(fixture.engine.headStart(cost: large, seed: 0) { _ in .succeeded([]) } == nil)
  }

  @Test func aPauseThatCouldNotBeStoredIsNone() async throws {
    let fixture = try EngineFixture(refusals: 1)
    #expect(throws: JobError.self) { try fixture.engine.setPaused(true) }
    _ = try begin(fixture) { _ in .succeeded([]) }
  }
}
