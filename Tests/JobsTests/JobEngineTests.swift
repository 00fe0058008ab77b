import Compute
import Foundation
import Jobs
import Observability
import Synchronization
import Testing

@Suite("The job engine")
struct JobEngineTests {
  private let key = SHA256Digest(of: [1])

  // MARK: From request to result

  @Test
  func aPreparedComputationAnswersItsSubmitter() async throws {
    let fixture = try EngineFixture()
    let submission = EngineFixture.submission { context in .succeeded([UInt8(context.seed), 5]) }
    let record = try await fixture.finish(submission).record
    #expect(record.state == .succeeded && record.attempt == 1 && record.resultBytes == 2)
    #expect(try fixture.bytes(record) == [0, 5])
  }

  @Test
  func theRunnerDecodesWhatIsNotInMemory() async throws {
    let fixture = try EngineFixture()
    let record = try await fixture.finish(EngineFixture.submission([1, 2, 3])).record
    #expect(try fixture.bytes(record) == [3, 2, 1])
  }

  @Test
  func largeInputsAndResultsTravelAsFiles() async throws {
    let fixture = try EngineFixture()
    let input = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let record = try await fixture.finish(EngineFixture.submission(input, digest: key)).record
    let handle = try fixture.engine.result(of: record)
    guard case .file(let path) = handle.location else { throw Unexpected() }
    #expect(FileManager.default.contents(atPath: path).map { Array($0) } == input.reversed())
    #expect(handle.count == 300_000 && handle.digest == SHA256Digest(of: input.reversed()))
  }

  @Test
  func aFailureCarriesItsProblem() async throws {
    let fixture = try EngineFixture()
    let submission = EngineFixture.submission { _ in .failed(problem: [9, 9]) }
    let record = try await fixture.finish(submission).record
    #expect(record.state == .failed && record.error == [9, 9])
    #expect(throws: JobError.failed(record)) { try fixture.engine.result(of: record) }
  }

  @Test
  func aHundredIdenticalRequestsAreOneComputation() async throws {
    let fixture = try EngineFixture()
    let computed = Counter()
    let records = try await withThrowingTaskGroup(of: JobRecord.self) { group in
      for _ in 0..<100 {
        group.addTask {
          let submission = EngineFixture.submission(digest: key) { _ in
            computed.increment()
            return .succeeded([4])
          }
          return try await fixture.finish(submission).record
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(computed.value == 1)
    #expect(Set(records.map(\.id)).count == 100 && records.allSatisfy { $0.state == .succeeded })
    #expect(try records.allSatisfy { try fixture.bytes($0) == [4] })
  }

  @Test
  func theSecondTimeTheCacheAnswers() async throws {
    let fixture = try EngineFixture()
    _ = try await fixture.finish(EngineFixture.submission(digest: key))
    #expect(fixture.engine.isCached(key))
    guard
      case .cached(let record, _) = try await fixture.finish(
        EngineFixture.submission(digest: key))
    else { throw Unexpected() }
    #expect(try fixture.bytes(record) == [3, 2, 1] && record.cached)
  }

  // MARK: Waiting

  @Test
  func aWaitEndsAtItsDeadlineAndTheJobGoesOn() async throws {
    let clock = ManualClock()
    let fixture = try EngineFixture(clock: clock) { $0.runsTimers = false }
    let (running, gate) = (Gate(), Gate())
    let deadline = clock.now().adding(milliseconds: 500)
    let id = Mutex<JobID?>(nil)
    let submitted = Gate()
    async let early = withCheckedContinuation { continuation in
      let job = fixture.engine.submit(
        EngineFixture.submission { _ in
          running.open()
          gate.pass()
          return .succeeded([1])
        }, waitUntil: deadline
      ) { continuation.resume(returning: $0) }
      id.withLock { $0 = job }
      submitted.open()
    }
    await submitted.passed()
    // Until the submission is durable nobody else may ask for the job.
    await running.passed()
    let job = try #require(id.withLock { $0 })
    clock.advance(milliseconds: 500)
    fixture.engine.tick()
    guard case .success(.accepted(let record)) = await early else { throw Unexpected() }
    // It runs, and is shown as running once the store has said so, which may be later.
    #expect(!record.state.isFinished)
    gate.open()
    #expect(try await fixture.wait(job).state == .succeeded)
  }

  @Test
  func followersSeeEveryJobEnd() async throws {
    let fixture = try EngineFixture()
    var seen: Set<JobID> = []
    var last = try fixture.engine.lastChange()
    let ids = try (0..<5).map { _ in
      try fixture.engine.submit(EngineFixture.submission()).record.id
    }
    while !seen.isSuperset(of: ids) {
      let from = last
      let deadline = fixture.clock.now().adding(milliseconds: 60_000)
      let changes = try await withCheckedContinuation { continuation in
        fixture.engine.watchChanges(after: from, deadline: deadline) {
          continuation.resume(returning: $0)
        }
      }.get()
      try #require(!changes.jobs.isEmpty && changes.last > last)
      for job in changes.jobs where job.state == .succeeded { seen.insert(job.id) }
      last = changes.last
    }
    #expect(seen == Set(ids))
  }

  @Test
  func progressIsStoredAtMostFourTimesASecond() async throws {
    let clock = ManualClock()
    let fixture = try EngineFixture(clock: clock) { $0.runsTimers = false }
    let (told, gate) = (Gate(), Gate())
    let job = try fixture.engine.submit(
      EngineFixture.submission { context in
        try? context.checkpoint(0.25, step: 1, of: 4, message: "quarter")
        told.open()
        gate.pass()
        return .succeeded([1])
      }
    ).record
    await told.passed()
    let running = try await fixture.wait(job.id, until: .revision(after: 1))
    clock.advance(milliseconds: 249)
    fixture.engine.tick()
    #expect(try fixture.engine.job(job.id)?.revision == running.revision)
    clock.advance(milliseconds: 1)
    fixture.engine.tick()
    let told1 = try await fixture.wait(job.id, until: .revision(after: running.revision))
    #expect(
      told1.progress == JobProgress(fraction: 0.25, step: 1, total: 4, message: "quarter"))
    gate.open()
    _ = try await fixture.wait(job.id)
  }

  // MARK: Stopping

  @Test
  func cancellingStopsTheComputation() async throws {
    let fixture = try EngineFixture()
    let started = Gate()
    let job = try fixture.engine.submit(EngineFixture.submission(run: endless(started))).record
    await started.passed()
    let told = try fixture.engine.cancel(job.id)
    #expect(told.state == .running && told.cancelling)
    let over = try await fixture.wait(job.id)
    #expect(over.state == .cancelled && !over.cancelling)
    #expect(throws: JobError.cancelled(over)) { try fixture.engine.result(of: over) }
    #expect(try fixture.engine.cancel(job.id) == over)
  }

  @Test
  func aTimeLimitStopsTheComputation() async throws {
    let fixture = try EngineFixture()
    let started = Gate()
    var submission = EngineFixture.submission(run: endless(started))
    submission.timeoutSeconds = 0.05
    let record = try await fixture.finish(submission).record
    #expect(record.state == .failed)
    #expect(String(decoding: record.error ?? [], as: UTF8.self).contains("/problems/timeout"))
  }

  @Test
  func deletingAJobFreesItsWorker() async throws {
    let fixture = try EngineFixture(workers: 1)
    let started = Gate()
    let job = try fixture.engine.submit(EngineFixture.submission(run: endless(started))).record
    await started.passed()
    try fixture.engine.delete(job.id)
    #expect(try fixture.engine.job(job.id) == nil)
    #expect(throws: JobError.notFound) { try fixture.engine.cancel(job.id) }
    #expect(try await fixture.finish(EngineFixture.submission()).record.state == .succeeded)
  }

  private func endless(_ started: Gate) -> PreparedRun {
    { context in
      started.open()
      while true {
        do throws(ComputationStopped) { try context.checkpoint() } catch {
          return .stopped(error.reason)
        }
      }
    }
  }

  // MARK: The end of the process

  @Test
  func aDrainPutsRunningJobsBackUnspent() async throws {
    let directory = try TemporaryDirectory()
    let first = try EngineFixture(directory: directory)
    let started = Gate()
    let job = try first.engine.submit(EngineFixture.submission([5, 6], run: endless(started)))
      .record
    await started.passed()
    first.drain(milliseconds: 0)
    #expect(first.engine.health == .draining)
    #expect(throws: JobError.draining) { try first.engine.submit(EngineFixture.submission()) }
    let second = try EngineFixture(directory: directory)
    let over = try await second.wait(job.id)
    #expect(over.state == .succeeded && over.attempt == 1)
    #expect(try second.bytes(over) == [6, 5])
  }

  @Test
  func aJobGoesOnFromItsSavedState() async throws {
    let directory = try TemporaryDirectory()
    let saved = Gate()
    let first = try EngineFixture(directory: directory)
    let job = try first.engine.submit(
      EngineFixture.submission { context in
        context.resume?.save([1])
        context.resume?.save([42, 43])
        saved.open()
        while context.stopReason == nil {}
        return .stopped(.drained)
      }
    ).record
    await saved.passed()
    first.drain(milliseconds: 0)
    let runner = EngineFixture.Runner { _, context in
      .succeeded(context.resume?.load() ?? [])
    }
    let second = try EngineFixture(directory: directory, runner: runner)
    #expect(try second.bytes(try await second.wait(job.id)) == [42, 43])
  }

  @Test
  func aPauseOutlivesTheProcess() async throws {
    let directory = try TemporaryDirectory()
    let first = try EngineFixture(directory: directory)
    try first.engine.setPaused(true, algorithm: "a")
    let job = try first.engine.submit(EngineFixture.submission()).record
    first.drain()
    let second = try EngineFixture(directory: directory)
    let state = try second.engine.queueState()
    #expect(!state.paused && state.queued == 1 && state.byAlgorithm["a"]?.paused == true)
    #expect(try second.engine.outlooks(of: [job]).first?.queuePosition == 1)
    try second.engine.setPaused(false, algorithm: "a")
    #expect(try await second.wait(job.id).state == .succeeded)
  }

  // MARK: Limits

  @Test
  func neverMoreComputationsThanWorkers() async throws {
    let fixture = try EngineFixture(workers: 2)
    let (now, most) = (Counter(), Counter())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<40 {
        group.addTask {
          var submission = EngineFixture.submission { _ in
            now.increment()
            if now.value > 2 { most.increment() }
            for _ in 0..<1000 { _ = now.value }
            _ = now.takeOne()
            return .succeeded([1])
          }
          submission.cost.wide = index % 5 == 0
          _ = try await fixture.finish(submission)
        }
      }
      try await group.waitForAll()
    }
    #expect(most.value == 0)
  }

  @Test
  func memoryIsABudget() async throws {
    let fixture = try EngineFixture(workers: 2) { $0.memoryBytes = 1000 }
    let (now, most) = (Counter(), Counter())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<10 {
        group.addTask {
          var submission = EngineFixture.submission { _ in
            now.increment()
            if now.value > 1 { most.increment() }
            _ = now.takeOne()
            return .succeeded([1])
          }
          submission.cost.bytes = 600
          _ = try await fixture.finish(submission)
        }
      }
      try await group.waitForAll()
    }
    #expect(most.value == 0)
    var huge = EngineFixture.submission()
    huge.cost.bytes = 1001
    #expect(throws: JobError.needsTooMuchMemory(needed: 1001, budget: 1000)) {
      try fixture.engine.submit(huge)
    }
    huge.cost.bytes = 1000
    #expect(try await fixture.finish(huge).record.state == .succeeded)
  }

  @Test
  func anAlgorithmKeepsToItsOwnLimit() async throws {
    let fixture = try EngineFixture(workers: 2) { $0.concurrency = ["a": 1] }
    let (started, gate) = (Gate(), Gate())
    let blocking = try fixture.engine.submit(
      EngineFixture.submission { _ in
        started.open()
        gate.pass()
        return .succeeded([1])
      }
    ).record
    await started.passed()
    let waiting = try fixture.engine.submit(EngineFixture.submission()).record
    var other = EngineFixture.submission()
    other.algorithm = "b"
    #expect(try await fixture.finish(other).record.state == .succeeded)
    #expect(try fixture.engine.job(waiting.id)?.state == .queued)
    gate.open()
    #expect(try await fixture.wait(blocking.id).state == .succeeded)
    #expect(try await fixture.wait(waiting.id).state == .succeeded)
  }

  @Test
  func aFullQueueAndAFullDirectoryAreRefused() async throws {
    let fixture = try EngineFixture {
      $0.maximumQueued = 1
      $0.maximumBytes = 1 << 20
    }
    try fixture.engine.setPaused(true)
    _ = try fixture.engine.submit(EngineFixture.submission())
    #expect(throws: JobError.self) { try fixture.engine.submit(EngineFixture.submission()) }
    try fixture.engine.setPaused(false)
    let large = EngineFixture.submission([UInt8](repeating: 1, count: 2 << 20))
    #expect(throws: JobError.storageFull) { try fixture.engine.submit(large) }
  }

  @Test
  func idempotencyKeysReplayAndConflict() async throws {
    let fixture = try EngineFixture()
    var submission = EngineFixture.submission()
    submission.idempotency = IdempotencyKey(
      path: "/x", key: "k", payload: SHA256Digest(of: [1]))
    let first = try await fixture.finish(submission).record
    guard case .replayed(let again) = try await fixture.finish(submission) else {
      throw Unexpected()
    }
    #expect(again.id == first.id)
    submission.idempotency = IdempotencyKey(
      path: "/x", key: "k", payload: SHA256Digest(of: [2]))
    #expect(throws: JobError.idempotencyMismatch) { try fixture.engine.submit(submission) }
    #expect(fixture.engine.reserve(owner: "", path: "/x", key: "r"))
    #expect(!fixture.engine.reserve(owner: "", path: "/x", key: "r"))
    fixture.engine.release(owner: "", path: "/x", key: "r")
    #expect(fixture.engine.reserve(owner: "", path: "/x", key: "r"))
  }

  // MARK: Keeping

  @Test
  func resultsGoAfterTheirTimeAndThenTheRows() async throws {
    let clock = ManualClock()
    let fixture = try EngineFixture(clock: clock) { $0.runsTimers = false }
    let record = try await fixture.finish(EngineFixture.submission()).record
    clock.advance(seconds: 86_400 - 1)
    #expect(try fixture.bytes(record) == [3, 2, 1])
    clock.advance(seconds: 1)
    #expect(throws: JobError.resultExpired) { try fixture.engine.result(of: record) }
    clock.advance(seconds: 6 * 86_400 + 1)
    fixture.engine.tick()
    fixture.engine.settle()
    #expect(try fixture.engine.job(record.id) == nil)
  }

  @Test
  func theCacheGivesUpWhatNobodyIsPromised() async throws {
    let clock = ManualClock()
    let fixture = try EngineFixture(clock: clock, cacheBytes: 400_000) { $0.runsTimers = false }
    let large = [UInt8](repeating: 3, count: 90_000)
    for index in UInt8(0)..<5 {
      let submission = EngineFixture.submission(
        [index], digest: SHA256Digest(of: [index]), run: { _ in .succeeded(large + [index]) })
      let record = try await fixture.finish(submission).record
      // A look waits until the result is stored.
      _ = try fixture.engine.job(record.id)
    }
    #expect(fixture.engine.cache.count == 5)
    clock.advance(seconds: 86_400)
    fixture.engine.tick()
    fixture.engine.settle()
    #expect(fixture.engine.cache.count == 4)
    #expect(fixture.engine.blobs.occupiedBytes == 4 * 90_001)
  }

  @Test
  func promisedResultsThatFillTheCacheKeepOthersOutOfIt() async throws {
    let clock = ManualClock()
    let capacity = 8 * ResultCache.entryBytes
    let fixture = try EngineFixture(clock: clock, cacheBytes: capacity) { $0.runsTimers = false }
    let questions = (UInt8(0)..<20).map { SHA256Digest(of: [$0]) }
    for question in questions {
      let submission = EngineFixture.submission([1], digest: question, run: { _ in .succeeded([]) })
      let record = try await fixture.finish(submission).record
      #expect(try fixture.bytes(record) == [])
    }
    // A quarter more than the capacity: the next eviction takes what is over, once it may.
    #expect(fixture.engine.cache.count == 10)
    #expect(questions.filter(fixture.engine.isCached) == Array(questions.prefix(10)))
    clock.advance(seconds: 86_400)
    fixture.engine.tick()
    fixture.engine.settle()
    #expect(fixture.engine.cache.count == 8)
    #expect(fixture.engine.cache.occupiedBytes == capacity)
  }

  @Test
  func uploadsAreInputs() async throws {
    let fixture = try EngineFixture()
    let bytes: [UInt8] = [8, 9]
    let digest = try fixture.engine.upload(bytes)
    #expect(throws: JobError.digestMismatch(expected: key, actual: digest)) {
      try fixture.engine.upload(bytes, expected: key)
    }
    var submission = EngineFixture.submission()
    submission.input = .blob(digest)
    #expect(try fixture.bytes(try await fixture.finish(submission).record) == [9, 8])
    submission.input = .blob(key)
    #expect(throws: JobError.unknownBlob(key)) { try fixture.engine.submit(submission) }
  }

  @Test
  func anOutcomeOutlastsAStoreThatIsAway() async throws {
    let fixture = try EngineFixture(refusals: 3)
    let record = try await fixture.finish(EngineFixture.submission()).record
    #expect(record.state == .succeeded && record.attempt == 1)
  }
}
