import Jobs
import Observability
import Testing

/// What every store must do, run on each.
@Suite("Every store")
struct StoreConformanceTests {
  // MARK: Submitting

  @Test(arguments: StoreKind.available)
  func keepsAllThatWasSubmitted(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let digest = SHA256Digest(of: [9])
    let record = try fixture.submit { job in
      job.owner = "ann"
      job.version = "3"
      job.digest = digest
      job.labels = [JobLabel(name: "a", value: "é"), JobLabel(name: "run", value: "")]
      job.priority = 17
      job.traceparent = "00-aa-bb-01"
      job.webhook = "https://example.org/x"
      job.cost = JobSubmission.Cost(seconds: 2.5, bytes: 4, wide: true)
    }
    #expect(record.state == .queued)
    #expect(record.owner == "ann" && record.algorithm == "a" && record.version == "3")
    #expect(record.digest == digest && record.priority == 17 && !record.cached)
    #expect(record.labels == [JobLabel(name: "a", value: "é"), JobLabel(name: "run", value: "")])
    #expect(record.traceparent == "00-aa-bb-01" && record.webhook == "https://example.org/x")
    #expect(record.predictedSeconds == 2.5 && record.revision == 1 && record.attempt == 0)
    #expect(record.createdAt == fixture.clock.now())
    #expect(record.startedAt == nil && record.finishedAt == nil && record.expiresAt == nil)
    #expect(try fixture.record(record.id) == record)
    let execution = try #require(try fixture.store.execution(of: record.id))
    let question = try #require(try fixture.store.question(of: execution))
    #expect(question.input == .inline([1, 2, 3]) && question.digest == digest)
  }

  @Test(arguments: StoreKind.available)
  func refusesOneMoreThanTheQueueHolds(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    for _ in 0..<3 { _ = try fixture.submit { $0.maximumQueued = 3 } }
    let outcome = try fixture.apply(.submit(fixture.draft { $0.maximumQueued = 3 }))
    guard case .submitted(.queueFull) = outcome else { throw Unexpected() }
    _ = try fixture.claimOne()
    _ = try fixture.submit { $0.maximumQueued = 3 }
  }

  @Test(arguments: StoreKind.available)
  func countsTheQueueWithinOneBatch(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let drafts = (0..<5).map { _ in fixture.draft { $0.maximumQueued = 2 } }
    let commit = try fixture.store.apply(drafts.map { .submit($0) }, at: fixture.clock.now())
    let accepted = commit.outcomes.count { outcome in
      if case .submitted(.accepted) = outcome { true } else { false }
    }
    #expect(accepted == 2 && commit.changed.count == 2)
  }

  // MARK: Claiming

  @Test(arguments: StoreKind.available)
  func claimsByPriorityThenInOrder(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let low = try fixture.submit { $0.priority = 100 }
    let first = try fixture.submit()
    let second = try fixture.submit()
    let high = try fixture.submit { $0.priority = 501 }
    let order = try fixture.claim(most: 10).flatMap(\.jobs)
    #expect(order == [high.id, first.id, second.id, low.id])
  }

  @Test(arguments: StoreKind.available)
  func waitingMakesUpForPriority(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let patient = try fixture.submit { $0.priority = 490 }
    fixture.clock.advance(seconds: 9)
    let early = try fixture.submit { $0.priority = 500 }
    fixture.clock.advance(seconds: 2)
    let late = try fixture.submit { $0.priority = 500 }
    #expect(try fixture.claim(most: 3).flatMap(\.jobs) == [early.id, patient.id, late.id])
  }

  @Test(arguments: StoreKind.available)
  func ownersTakeTurns(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    var greedy: [JobID] = []
    for _ in 0..<4 {
      greedy.append(
        try fixture.submit {
          $0.owner = "greedy"
          $0.turnMilliseconds = 1000
        }.id)
    }
    fixture.clock.advance(milliseconds: 10)
    let modest = try fixture.submit {
      $0.owner = "modest"
      $0.turnMilliseconds = 1000
    }
    let order = try fixture.claim(most: 5).flatMap(\.jobs)
    #expect(order == [greedy[0], modest.id, greedy[1], greedy[2], greedy[3]])
  }

  @Test(arguments: StoreKind.available)
  func aLongQueueOfOneOwnerKeepsItsPriorities(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    var usual: [JobID] = []
    for _ in 0..<5 { usual.append(try fixture.submit { $0.turnMilliseconds = 60_000 }.id) }
    let low = try fixture.submit { $0.priority = 400 }
    let high = try fixture.submit { $0.priority = 600 }
    #expect(try fixture.claim(most: 7).flatMap(\.jobs) == [high.id] + usual + [low.id])
  }

  @Test(arguments: StoreKind.available)
  func startsOnlyWhatWasAskedFor(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    _ = try fixture.submit { $0.algorithm = "b" }
    #expect(try fixture.claim(algorithms: ["a"]).isEmpty)
    #expect(try fixture.claim(algorithms: ["a", "b"]).count == 1)
    #expect(try fixture.claim(algorithms: ["a", "b"]).isEmpty)
  }

  @Test(arguments: StoreKind.available)
  func aPauseHoldsUntilItIsLifted(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    _ = try fixture.submit()
    for algorithm in ["a", nil] {
      _ = try fixture.apply(.pause(true, algorithm: algorithm))
      _ = try fixture.apply(.pause(true, algorithm: algorithm))
      #expect(try fixture.store.queue().paused == [algorithm])
      #expect(try fixture.claim().isEmpty)
      _ = try fixture.apply(.pause(false, algorithm: algorithm))
    }
    #expect(try fixture.claim().count == 1)
  }

  // MARK: Ending

  @Test(arguments: StoreKind.available)
  func aClaimedJobRunsAndEndsOnce(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let job = try fixture.submit()
    let claimed = try fixture.claimOne()
    let running = try fixture.record(job.id)
    #expect(running.state == .running && running.attempt == 1 && running.revision == 2)
    #expect(running.startedAt == fixture.clock.now())
    fixture.clock.advance(seconds: 3)
    #expect(try fixture.succeed(claimed.claim, [1, 2]))
    let over = try fixture.record(job.id)
    #expect(over.state == .succeeded && over.resultBytes == 2 && over.revision == 3)
    #expect(over.expiresAt == fixture.clock.now().adding(milliseconds: 86_400_000))
    #expect(over.progress.fraction == 1 && over.finishedAt == fixture.clock.now())
    let result = try #require(try fixture.store.result(of: job.id))
    #expect(result.bytes == .inline([1, 2]) && result.digest == SHA256Digest(of: [1, 2]))
    #expect(try !fixture.succeed(claimed.claim))
    #expect(try fixture.record(job.id) == over)
  }

  @Test(arguments: StoreKind.available)
  func aFailureIsFinal(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let job = try fixture.submit()
    let claimed = try fixture.claimOne()
    let run = FinishedRun(outcome: .failed(problem: Array("{}".utf8)), runMilliseconds: 1)
    _ = try fixture.apply(.finish(claimed.claim, run))
    let failed = try fixture.record(job.id)
    #expect(failed.state == .failed && failed.error == Array("{}".utf8))
    #expect(try fixture.claim().isEmpty)
  }

  @Test(arguments: StoreKind.available)
  func whoLostItsLeaseIsRefusedEverything(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let job = try fixture.submit()
    let old = try fixture.claimOne(worker: "old").claim
    fixture.clock.advance(seconds: 31)
    _ = try fixture.apply(.reap(ReapRequest(all: false, problem: [])))
    let new = try fixture.claimOne(worker: "old").claim
    #expect(new.execution == old.execution && new.number != old.number)
    guard
      case .heartbeat(let lost) = try fixture.apply(
        .heartbeat([old, new], leaseMilliseconds: 30_000)),
      case .held(false) = try fixture.apply(.progress(old, JobProgress(fraction: 0.5))),
      case .held(false) = try fixture.apply(.saveResume(old, .inline([1]))),
      case .held(false) = try fixture.apply(.release(old))
    else { throw Unexpected() }
    #expect(lost == [old])
    #expect(try !fixture.succeed(old))
    #expect(try fixture.record(job.id).state == .running)
    #expect(try fixture.succeed(new))
    #expect(try fixture.record(job.id).attempt == 2)
  }

  @Test(arguments: StoreKind.available)
  func heartbeatsKeepTheLease(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    _ = try fixture.submit()
    let claim = try fixture.claimOne().claim
    fixture.clock.advance(seconds: 20)
    _ = try fixture.apply(.heartbeat([claim], leaseMilliseconds: 30_000))
    fixture.clock.advance(seconds: 20)
    guard case .reaped(0, 0) = try fixture.apply(.reap(ReapRequest(all: false, problem: [])))
    else { throw Unexpected() }
    #expect(try fixture.succeed(claim))
  }

  @Test(arguments: StoreKind.available)
  func crashesSpendThreeAttempts(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let job = try fixture.submit()
    for attempt in 1...3 {
      #expect(try fixture.claimOne().attempt == attempt)
      _ = try fixture.apply(.reap(ReapRequest(all: true, problem: [8])))
    }
    let failed = try fixture.record(job.id)
    #expect(failed.state == .failed && failed.error == [8] && failed.attempt == 3)
    #expect(try fixture.claim().isEmpty)
  }

  @Test(arguments: StoreKind.available)
  func aReleaseSpendsNothing(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let job = try fixture.submit()
    for _ in 0..<5 {
      let claimed = try fixture.claimOne()
      #expect(claimed.attempt == 1)
      _ = try fixture.apply(.release(claimed.claim))
      #expect(try fixture.record(job.id).state == .queued)
    }
  }

  @Test(arguments: StoreKind.available)
  func aResumeStateOutlivesTheCrash(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    _ = try fixture.submit()
    let first = try fixture.claimOne()
    #expect(!first.hasResumeState)
    _ = try fixture.apply(.saveResume(first.claim, .inline([1])))
    _ = try fixture.apply(.saveResume(first.claim, .inline([1, 2])))
    _ = try fixture.apply(.reap(ReapRequest(all: true, problem: [])))
    let second = try fixture.claimOne()
    #expect(second.hasResumeState)
    let execution = second.claim.execution
    #expect(try fixture.store.resumeState(of: execution) == .inline([1, 2]))
    #expect(try fixture.succeed(second.claim))
    #expect(try fixture.store.resumeState(of: execution) == nil)
  }
}
