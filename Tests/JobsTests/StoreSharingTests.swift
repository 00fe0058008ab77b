import Jobs
import Observability
import Testing

/// Single flight, the cache, idempotency, cancelling and retention, on every store.
@Suite("Every store, jobs among each other")
struct StoreSharingTests {
  private let key = SHA256Digest(of: [42])

  // MARK: Single flight

  @Test(arguments: StoreKind.available)
  func openJobsOfOneDigestShareOneComputation(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let first = try fixture.submit { $0.digest = key }
    let second = try fixture.submit {
      $0.digest = key
      $0.input = nil
    }
    let claimed = try fixture.claimOne()
    #expect(Set(claimed.jobs) == [first.id, second.id])
    let late = try fixture.submit { $0.digest = key }
    #expect(late.state == .running && late.attempt == 1)
    #expect(try fixture.claim().isEmpty)
    #expect(try fixture.succeed(claimed.claim, key: key))
    for job in [first, second, late] {
      #expect(try fixture.record(job.id).state == .succeeded)
      #expect(try fixture.store.result(of: job.id)?.bytes == .inline([7]))
    }
  }

  @Test(arguments: StoreKind.available)
  func cancellingOneLeavesTheOthers(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let one = try fixture.submit { $0.digest = key }
    let other = try fixture.submit { $0.digest = key }
    let claim = try fixture.claimOne().claim
    guard case .cancelled(.finished(let gone)) = try fixture.apply(.cancel(one.id)) else {
      throw Unexpected()
    }
    #expect(gone.state == .cancelled)
    #expect(try fixture.store.stopRequests(worker: "w").isEmpty)
    guard case .cancelled(.stopping(let last, let request)) = try fixture.apply(.cancel(other.id))
    else { throw Unexpected() }
    #expect(last.state == .running && last.cancelling)
    #expect(request.execution == claim.execution && !request.timedOut)
    #expect(try fixture.store.stopRequests(worker: "w") == [request])
    // A question asked now needs a computation that nobody stops.
    let fresh = try fixture.submit { $0.digest = key }
    #expect(fresh.state == .queued)
    _ = try fixture.apply(.finish(claim, FinishedRun(outcome: .stopped, runMilliseconds: 1)))
    #expect(try fixture.record(other.id).state == .cancelled)
    #expect(try !fixture.record(other.id).cancelling)
    #expect(try fixture.record(fresh.id).state == .queued)
  }

  @Test(arguments: StoreKind.available)
  func aCancelledJobStaysCancelledWhenItsResultComes(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let job = try fixture.submit { $0.digest = key }
    let claim = try fixture.claimOne().claim
    _ = try fixture.apply(.cancel(job.id))
    #expect(try fixture.succeed(claim, key: key))
    #expect(try fixture.record(job.id).state == .cancelled)
    guard case .submitted(.cached) = try fixture.apply(.submit(fixture.draft { $0.digest = key }))
    else { throw Unexpected() }
  }

  @Test(arguments: StoreKind.available)
  func aFailureFansOut(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let jobs = try (0..<3).map { _ in try fixture.submit { $0.digest = key } }
    let claim = try fixture.claimOne().claim
    let run = FinishedRun(outcome: .failed(problem: [5]), runMilliseconds: 1)
    _ = try fixture.apply(.finish(claim, run))
    for job in jobs { #expect(try fixture.record(job.id).error == [5]) }
    #expect(try fixture.submit { $0.digest = key }.state == .queued)
  }

  @Test(arguments: StoreKind.available)
  func anUrgentJobLiftsTheComputationItShares(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let other = try fixture.submit()
    let slow = try fixture.submit { $0.digest = key }
    _ = try fixture.submit {
      $0.digest = key
      $0.priority = 900
    }
    let order = try fixture.claim(most: 2)
    #expect(order.first?.jobs.contains(slow.id) == true && order.last?.jobs == [other.id])
  }

  // MARK: The cache

  @Test(arguments: StoreKind.available)
  func theSameQuestionIsAnsweredFromTheCache(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    _ = try fixture.submit { $0.digest = key }
    #expect(try fixture.succeed(try fixture.claimOne().claim, [1, 2], key: key))
    fixture.clock.advance(seconds: 60)
    let draft = fixture.draft {
      $0.digest = key
      $0.input = nil
    }
    guard case .submitted(.cached(let record, let result)) = try fixture.apply(.submit(draft))
    else { throw Unexpected() }
    #expect(record.state == .succeeded && record.cached && record.resultBytes == 2)
    #expect(record.expiresAt == fixture.clock.now().adding(milliseconds: 86_400_000))
    #expect(result.promisedUntil == record.expiresAt && result.hits == 1)
    #expect(fixture.clock.now().since(result.createdAt) == 60_000)
    #expect(try fixture.store.result(of: record.id)?.bytes == .inline([1, 2]))
  }

  @Test(arguments: StoreKind.available)
  func withoutAPrecedentTheInputIsAskedFor(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let draft = fixture.draft {
      $0.digest = key
      $0.input = nil
    }
    guard case .submitted(.needsInput) = try fixture.apply(.submit(draft)) else {
      throw Unexpected()
    }
    #expect(try fixture.store.job(draft.id) == nil)
    guard
      case .none = try fixture.store.precedent(
        digest: key, owner: "", idempotency: nil, at: fixture.clock.now())
    else { throw Unexpected() }
    _ = try fixture.submit { $0.digest = key }
    guard
      case .exists = try fixture.store.precedent(
        digest: key, owner: "", idempotency: nil, at: fixture.clock.now())
    else { throw Unexpected() }
  }

  @Test(arguments: StoreKind.available)
  func refreshComputesAgainAndBypassKeepsNothing(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let bypass = try fixture.submit {
      $0.digest = key
      $0.cacheUse = .bypass
    }
    #expect(try fixture.succeed(try fixture.claimOne().claim, [1], key: key))
    #expect(try fixture.store.cacheEntries().isEmpty)
    #expect(try fixture.store.result(of: bypass.id)?.bytes == .inline([1]))
    _ = try fixture.submit { $0.digest = key }
    #expect(try fixture.succeed(try fixture.claimOne().claim, [2], key: key))
    let refreshed = try fixture.submit {
      $0.digest = key
      $0.cacheUse = .refresh
    }
    #expect(refreshed.state == .queued)
    #expect(try fixture.succeed(try fixture.claimOne().claim, [3], key: key))
    #expect(try fixture.store.cacheEntries().count == 1)
    guard
      case .submitted(.cached(let record, _)) = try fixture.apply(
        .submit(fixture.draft { $0.digest = key }))
    else { throw Unexpected() }
    #expect(try fixture.store.result(of: record.id)?.bytes == .inline([3]))
  }

  @Test(arguments: StoreKind.available)
  func promisedResultsAreNotEvicted(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let job = try fixture.submit { $0.digest = key }
    #expect(try fixture.succeed(try fixture.claimOne().claim, key: key))
    let id = try #require(try fixture.store.cacheEntries().first?.id)
    guard case .evicted(let early, _) = try fixture.apply(.evict([id])) else { throw Unexpected() }
    #expect(early.isEmpty)
    #expect(try fixture.store.result(of: job.id) != nil)
    fixture.clock.advance(milliseconds: 86_400_000)
    guard case .evicted(let late, _) = try fixture.apply(.evict([id])) else { throw Unexpected() }
    #expect(late == [id])
    #expect(try fixture.store.result(of: job.id) == nil)
    #expect(try fixture.store.cacheEntries().isEmpty)
  }

  // MARK: Idempotency

  @Test(arguments: StoreKind.available)
  func aKeyGivesTheSameJobUntilItExpires(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    func draft(_ payload: UInt8, owner: String = "ann", path: String = "/p") -> NewJob {
      fixture.draft {
        $0.owner = owner
        $0.idempotency = IdempotencyKey(
          path: path, key: "k", payload: SHA256Digest(of: [payload]))
      }
    }
    guard case .submitted(.accepted(let first, _, _)) = try fixture.apply(.submit(draft(1))),
      case .submitted(.replayed(let again)) = try fixture.apply(.submit(draft(1))),
      case .submitted(.idempotencyMismatch) = try fixture.apply(.submit(draft(2))),
      case .submitted(.accepted) = try fixture.apply(.submit(draft(2, owner: "bob"))),
      case .submitted(.accepted) = try fixture.apply(.submit(draft(2, path: "/q")))
    else { throw Unexpected() }
    #expect(again == first)
    fixture.clock.advance(milliseconds: 86_400_000)
    guard case .submitted(.accepted(let fresh, _, _)) = try fixture.apply(.submit(draft(2))) else {
      throw Unexpected()
    }
    #expect(fresh.id != first.id)
  }

  @Test(arguments: StoreKind.available)
  func aRefusedRequestLeavesItsKeyFree(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let key = IdempotencyKey(path: "/p", key: "k", payload: SHA256Digest(of: [1]))
    let refused = fixture.draft {
      $0.idempotency = key
      $0.maximumQueued = 0
    }
    guard case .submitted(.queueFull) = try fixture.apply(.submit(refused)) else {
      throw Unexpected()
    }
    let other = IdempotencyKey(path: "/p", key: "k", payload: SHA256Digest(of: [2]))
    _ = try fixture.submit { $0.idempotency = other }
  }

  // MARK: Cancelling, retrying, deleting

  @Test(arguments: StoreKind.available)
  func aQueuedJobIsCancelledAtOnce(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let job = try fixture.submit()
    guard case .cancelled(.finished(let record)) = try fixture.apply(.cancel(job.id)),
      case .cancelled(.finished(let again)) = try fixture.apply(.cancel(job.id)),
      case .cancelled(.notFound) = try fixture.apply(
        .cancel(fixture.ids.next(at: fixture.clock.now())))
    else { throw Unexpected() }
    #expect(record.state == .cancelled && again == record)
    #expect(try fixture.claim().isEmpty)
  }

  @Test(arguments: StoreKind.available)
  func aCancelOutlivesTheCrash(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let job = try fixture.submit()
    _ = try fixture.claimOne()
    _ = try fixture.apply(.cancel(job.id))
    _ = try fixture.apply(.reap(ReapRequest(all: true, problem: [])))
    #expect(try fixture.record(job.id).state == .cancelled)
    #expect(try fixture.claim().isEmpty)
  }

  @Test(arguments: StoreKind.available)
  func failedAndCancelledJobsCanBeTriedAgain(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let job = try fixture.submit { $0.digest = key }
    guard
      case .retried(.notRetryable(.queued)) = try fixture.apply(.retry(job.id, maximumQueued: 9))
    else { throw Unexpected() }
    let run = FinishedRun(outcome: .failed(problem: [5]), runMilliseconds: 1)
    _ = try fixture.apply(.finish(try fixture.claimOne().claim, run))
    guard case .retried(.retried(let again)) = try fixture.apply(.retry(job.id, maximumQueued: 9))
    else { throw Unexpected() }
    #expect(again.state == .queued && again.error == nil && again.attempt == 0)
    #expect(again.revision > 3 && again.finishedAt == nil)
    let claimed = try fixture.claimOne()
    #expect(claimed.jobs == [job.id])
    #expect(try fixture.store.question(of: claimed.claim.execution)?.input == .inline([1, 2, 3]))
    #expect(try fixture.succeed(claimed.claim, key: key))
    guard
      case .retried(.notRetryable(.succeeded)) = try fixture.apply(.retry(job.id, maximumQueued: 9))
    else { throw Unexpected() }
  }

  @Test(arguments: StoreKind.available)
  func aJobThatLeftASharedComputationCanBeTriedAgain(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let left = try fixture.submit { $0.digest = key }
    _ = try fixture.submit { $0.digest = key }
    let claim = try fixture.claimOne().claim
    _ = try fixture.apply(.cancel(left.id))
    #expect(try fixture.succeed(claim, key: key))
    guard case .retried(.retried) = try fixture.apply(.retry(left.id, maximumQueued: 9)) else {
      throw Unexpected()
    }
    let again = try fixture.claimOne()
    #expect(again.jobs == [left.id])
    #expect(try fixture.store.question(of: again.claim.execution)?.input == .inline([1, 2, 3]))
  }

  @Test(arguments: StoreKind.available)
  func deletingAJobStopsWhatOnlyItWanted(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let queued = try fixture.submit()
    guard case .deleted(true, let none) = try fixture.apply(.delete(queued.id)) else {
      throw Unexpected()
    }
    #expect(none.isEmpty)
    #expect(try fixture.claim().isEmpty)
    let running = try fixture.submit()
    let claim = try fixture.claimOne().claim
    guard case .deleted(true, let stop) = try fixture.apply(.delete(running.id)),
      case .deleted(false, _) = try fixture.apply(.delete(running.id))
    else { throw Unexpected() }
    #expect(stop.map(\.execution) == [claim.execution])
    #expect(try fixture.store.job(running.id) == nil)
    #expect(try fixture.succeed(claim))
    #expect(try fixture.store.question(of: claim.execution) == nil)
  }

  @Test(arguments: StoreKind.available)
  func manyAreCancelledAndRetriedByFilter(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let label = JobLabel(name: "sweep", value: "1")
    for _ in 0..<3 { _ = try fixture.submit { $0.labels = [label] } }
    let other = try fixture.submit()
    let filter = JobFilter(labels: [label])
    guard case .cancelledMatching(3, 3, let stop) = try fixture.apply(.cancelMatching(filter)),
      case .cancelledMatching(3, 0, _) = try fixture.apply(.cancelMatching(filter)),
      case .retriedMatching(3, 3) = try fixture.apply(
        .retryMatching(filter, maximumQueued: 9))
    else { throw Unexpected() }
    #expect(stop.isEmpty)
    #expect(try fixture.record(other.id).revision == 1)
    #expect(try fixture.claim(most: 9).count == 4)
  }

  // MARK: Time limits and retention

  @Test(arguments: StoreKind.available)
  func timeLimitsEndJobs(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let waiting = try fixture.submit {
      $0.queueTimeoutMilliseconds = 1000
      $0.algorithm = "never"
    }
    let running = try fixture.submit {
      $0.queueTimeoutMilliseconds = 1000
      $0.timeoutMilliseconds = 5000
    }
    let claim = try fixture.claimOne().claim
    let now = fixture.clock.now()
    #expect(try fixture.store.nextDeadline(at: now) == now.adding(milliseconds: 1000))
    fixture.clock.advance(milliseconds: 1000)
    guard case .expired(1, let none) = try fixture.apply(.expire(timeout: [1], queueTimeout: [2]))
    else { throw Unexpected() }
    #expect(none.isEmpty)
    #expect(try fixture.record(waiting.id).error == [2])
    fixture.clock.advance(milliseconds: 4000)
    guard case .expired(1, let stop) = try fixture.apply(.expire(timeout: [1], queueTimeout: [2]))
    else { throw Unexpected() }
    #expect(stop.map(\.execution) == [claim.execution] && stop.allSatisfy(\.timedOut))
    #expect(try fixture.record(running.id).error == [1])
    #expect(try fixture.store.nextDeadline(at: fixture.clock.now()) == nil)
    _ = try fixture.apply(.finish(claim, FinishedRun(outcome: .stopped, runMilliseconds: 1)))
    #expect(try fixture.record(running.id).state == .failed)
  }

  @Test(arguments: StoreKind.available)
  func oneTimeLimitLeavesTheOtherJobs(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let hasty = try fixture.submit {
      $0.digest = key
      $0.timeoutMilliseconds = 100
    }
    let patient = try fixture.submit { $0.digest = key }
    let claim = try fixture.claimOne().claim
    fixture.clock.advance(milliseconds: 100)
    guard case .expired(1, let stop) = try fixture.apply(.expire(timeout: [1], queueTimeout: [2]))
    else { throw Unexpected() }
    #expect(stop.isEmpty)
    #expect(try fixture.succeed(claim, key: key))
    #expect(try fixture.record(hasty.id).state == .failed)
    #expect(try fixture.record(patient.id).state == .succeeded)
  }

  @Test(arguments: StoreKind.available)
  func rowsGoWhenTheyAreOldAndNumbersDoNotReturn(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let blob = SHA256Digest(of: [77])
    let job = try fixture.submit { $0.input = .blob(blob, count: 100_000) }
    #expect(try fixture.store.referenced(among: [blob, key]) == [blob])
    let run = FinishedRun(outcome: .failed(problem: [5]), runMilliseconds: 1)
    _ = try fixture.apply(.finish(try fixture.claimOne().claim, run))
    let open = try fixture.submit()
    let last = try fixture.record(job.id).changeNumber
    fixture.clock.advance(seconds: 8 * 86_400)
    let limits = RetentionLimits(
      rowsBefore: fixture.clock.now().adding(milliseconds: -7 * 86_400_000), limit: 10)
    guard case .retained(let outcome) = try fixture.apply(.retain(limits)) else {
      throw Unexpected()
    }
    #expect(outcome.jobs == 1 && !outcome.more)
    #expect(try fixture.store.job(job.id) == nil)
    #expect(try fixture.store.referenced(among: [blob]).isEmpty)
    #expect(try fixture.record(open.id).state == .queued)
    _ = try fixture.apply(.delete(open.id))
    #expect(try fixture.submit().changeNumber > last)
  }

  @Test(arguments: StoreKind.available)
  func uploadsCountAsReferencesUntilTheyExpire(_ kind: StoreKind) throws {
    let fixture = try kind.make()
    let moment = fixture.clock.now().adding(milliseconds: 1000)
    _ = try fixture.apply(.keepBlob(key, until: moment))
    #expect(try fixture.store.referenced(among: [key]) == [key])
    fixture.clock.advance(milliseconds: 1000)
    _ = try fixture.apply(.retain(RetentionLimits(rowsBefore: .init(milliseconds: 0), limit: 10)))
    #expect(try fixture.store.referenced(among: [key]).isEmpty)
  }
}
