import Jobs
import Observability
import Testing

/// Webhooks and remembered failures, on every store.
@Suite("Every store, after the end of a job")
struct StoreDeliveryTests {
  private let key = SHA256Digest(of: [4])
  private let hook = "https://example.org/x"

  private func due(_ fixture: StoreFixture, limit: Int = 10) throws -> [JobRecord] {
    let mutation = StoreMutation.claimDeliveries(limit: limit, leaseMilliseconds: 15_000)
    guard case .deliveries(let jobs) = try fixture.apply(mutation) else { throw Unexpected() }
    return jobs
  }

  private func note(
    _ fixture: StoreFixture, _ job: JobID, call: Int, _ outcome: DeliveryOutcome
  ) throws -> Bool {
    guard case .held(let held) = try fixture.apply(.delivered(job, call: call, outcome)) else {
      throw Unexpected()
    }
    return held
  }

  private func fail(
    _ fixture: StoreFixture, remembered: Int64 = 0
  ) throws {
    let run = FinishedRun(
      outcome: .failed(problem: [5, 5], rememberedMilliseconds: remembered), runMilliseconds: 1)
    guard case .finished(true, _) = try fixture.apply(.finish(fixture.claimOne().claim, run))
    else { throw Unexpected() }
  }

  // MARK: Webhooks

  @Test(arguments: StoreKind.available)
  func aCallIsGivenOutOnceUntilItIsLateOrAnswered(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let job = try fixture.submit { $0.webhook = hook }
    _ = try fixture.submit()
    #expect(try due(fixture).isEmpty && fixture.store.nextDelivery(at: fixture.clock.now()) == nil)
    for _ in 0..<2 { _ = try fixture.succeed(fixture.claimOne().claim) }
    let ended = try fixture.record(job.id)
    #expect(ended.delivery?.state == .pending && ended.delivery?.calls == 0)
    #expect(try fixture.store.nextDelivery(at: fixture.clock.now()) == fixture.clock.now())

    let first = try due(fixture)
    #expect(first.map(\.id) == [job.id] && first.first?.delivery?.calls == 1)
    #expect(try due(fixture).isEmpty)
    fixture.clock.advance(milliseconds: 15_000)
    #expect(try due(fixture).first?.delivery?.calls == 2)
    // The first call's answer comes too late to count.
    #expect(try !note(fixture, job.id, call: 1, DeliveryOutcome(next: .done, status: 200)))
    let refused = DeliveryOutcome(
      next: .after(milliseconds: 700), status: 500, error: "status 500")
    #expect(try note(fixture, job.id, call: 2, refused))
    fixture.clock.advance(milliseconds: 699)
    #expect(try due(fixture).isEmpty)
    let waiting = try #require(try fixture.record(job.id).delivery)
    #expect(waiting.status == 500 && waiting.error == "status 500" && waiting.state == .pending)
    fixture.clock.advance(milliseconds: 1)
    #expect(try due(fixture).first?.delivery?.calls == 3)
    #expect(try note(fixture, job.id, call: 3, DeliveryOutcome(next: .done, status: 204)))
    #expect(try fixture.store.nextDelivery(at: fixture.clock.now()) == nil)
    let told = try fixture.record(job.id)
    let done = try #require(told.delivery)
    #expect(done.state == .delivered && done.calls == 3 && done.status == 204)
    #expect(done.nextAt == nil && done.error == nil)
    // Telling is not the job's: watchers of the job see nothing of it.
    #expect(told.revision == ended.revision && told.changeNumber == ended.changeNumber)
  }

  @Test(arguments: StoreKind.available)
  func everyEndIsToldAndARetryTellsAgain(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let failed = try fixture.submit { $0.webhook = hook }
    try fail(fixture)
    let cancelled = try fixture.submit { $0.webhook = hook }
    _ = try fixture.apply(.cancel(cancelled.id))
    let late = try fixture.submit {
      $0.webhook = hook
      $0.queueTimeoutMilliseconds = 5
    }
    fixture.clock.advance(milliseconds: 6)
    _ = try fixture.apply(.expire(timeout: [1], queueTimeout: [2]))
    let answered = try fixture.submit { $0.digest = key }
    _ = try fixture.succeed(fixture.claimOne().claim, key: key)
    #expect(answered.delivery == nil)
    let draft = fixture.draft {
      $0.digest = key
      $0.webhook = hook
    }
    guard case .submitted(.cached(let hit, _)) = try fixture.apply(.submit(draft)) else {
      throw Unexpected()
    }
    let all = Set([failed.id, cancelled.id, late.id, hit.id])
    #expect(try due(fixture, limit: 3).count == 3)
    #expect(try due(fixture, limit: 3).count == 1)
    fixture.clock.advance(seconds: 15)
    #expect(try Set(due(fixture).map(\.id)) == all)
    #expect(try note(fixture, failed.id, call: 2, DeliveryOutcome(next: .never)))
    #expect(try fixture.record(failed.id).delivery?.state == .failed)

    guard
      case .retried(.retried(let again)) = try fixture.apply(
        .retry(failed.id, maximumQueued: 10))
    else { throw Unexpected() }
    #expect(again.delivery == nil)
    _ = try fixture.succeed(fixture.claimOne().claim)
    #expect(try due(fixture).map(\.id) == [failed.id])
    #expect(try fixture.record(failed.id).delivery?.calls == 1)
  }

  // MARK: Remembered failures

  @Test(arguments: StoreKind.available)
  func aFailureAnswersTheSameQuestionForAWhile(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    _ = try fixture.submit { $0.digest = key }
    try fail(fixture, remembered: 60_000)
    let draft = fixture.draft {
      $0.digest = key
      $0.input = nil
      $0.webhook = hook
    }
    let precedent = try fixture.store.precedent(
      digest: key, owner: "", idempotency: nil, at: fixture.clock.now())
    guard case .exists = precedent else { throw Unexpected() }
    guard case .submitted(.refused(let record)) = try fixture.apply(.submit(draft)) else {
      throw Unexpected()
    }
    #expect(record.state == .failed && record.error == [5, 5] && record.cached)
    #expect(record.finishedAt == fixture.clock.now() && record.delivery?.state == .pending)
    // Whoever asks anew gets a computation, and so does another question.
    let others: [(inout NewJob) -> Void] = [
      { [key] in ($0.digest, $0.cacheUse) = (key, .refresh) },
      { $0.digest = SHA256Digest(of: [5]) }, { $0.digest = nil },
    ]
    for change in others {
      let other = try fixture.submit(change)
      _ = try fixture.apply(.cancel(other.id))
    }
    fixture.clock.advance(milliseconds: 60_000)
    #expect(try fixture.submit { $0.digest = key }.state == .queued)
  }

  @Test(arguments: StoreKind.available)
  func whoWantsNothingKeptLeavesNoFailureBehind(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    _ = try fixture.submit {
      $0.digest = key
      $0.cacheUse = .bypass
    }
    try fail(fixture, remembered: 60_000)
    #expect(try fixture.submit { $0.digest = key }.state == .queued)
  }

  @Test(arguments: StoreKind.available)
  func aRefusedJobCanBeTriedAgain(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let first = try fixture.submit { $0.digest = key }
    try fail(fixture, remembered: 60_000)
    let draft = fixture.draft { $0.digest = key }
    guard case .submitted(.refused(let refused)) = try fixture.apply(.submit(draft)) else {
      throw Unexpected()
    }
    _ = try fixture.apply(.delete(first.id))
    guard
      case .retried(.retried(let again)) = try fixture.apply(
        .retry(refused.id, maximumQueued: 10))
    else { throw Unexpected() }
    #expect(again.state == .queued && again.error == nil)
    #expect(try fixture.succeed(fixture.claimOne().claim, key: key))
    #expect(try fixture.record(refused.id).state == .succeeded)
    guard case .submitted(.cached) = try fixture.apply(.submit(fixture.draft { $0.digest = key }))
    else { throw Unexpected() }
  }

  @Test(arguments: StoreKind.available)
  func aFailureIsForgottenWithTheLastJobThatHadIt(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let job = try fixture.submit { $0.digest = key }
    try fail(fixture, remembered: 60_000)
    _ = try fixture.apply(.delete(job.id))
    #expect(try fixture.submit { $0.digest = key }.state == .queued)
  }
}
