import Compute
import Dispatch
import Logging
import Observability
import Synchronization

extension JobEngine {
  // MARK: Claiming

  /// What to claim behind the next batch, if anything may wait and there is room. On the writer's
  /// queue.
  func claimTicket(_ queueing: Bool) -> ClaimTicket? {
    let wants = state.withLock { state in
      if queueing { state.mayHaveWork = true }
      return state.mayHaveWork && state.phase == .working
    }
    guard wants, admission.hasRoom else { return nil }
    let algorithms = admission.open(among: configuration.algorithms)
    let isAll = algorithms.count == configuration.algorithms.count
    let grants = GrantLedger()
    let request = ClaimRequest(
      worker: worker, leaseMilliseconds: configuration.leaseMilliseconds,
      algorithms: algorithms, limit: 64
    ) { [admission, estimator, clock] candidate in
      let seconds = estimator.seconds(
        candidate.predictedSeconds, algorithm: candidate.algorithm)
      let (decision, grant) = admission.admit(candidate, seconds: seconds, at: clock.now())
      // A transaction that is tried again asks again.
      if let grant, let old = grants.enter(grant, for: candidate.execution) {
        admission.release(old)
      }
      return decision
    }
    return ClaimTicket(request: request) { [weak self] claimed, exhausted, isCommitted in
      self?.begin(claimed, grants: grants, exhausted: exhausted && isAll, isCommitted)
    }
  }

  /// After the commit of a claim: starts what has a token, keeps the rest at hand.
  private func begin(
    _ claimed: [ClaimedExecution], grants: GrantLedger, exhausted: Bool, _ isCommitted: Bool
  ) {
    let now = clock.now()
    var starting: [RunningExecution] = []
    state.withLock { state in
      state.mayHaveWork = !exhausted
      for one in claimed {
        guard let grant = grants.take(one.claim.execution) else { continue }
        let running = RunningExecution(one, grant: grant, at: now)
        state.running[one.claim.execution] = running
        if grant.cores > 0 { starting.append(running) } else { state.ahead.append(running) }
      }
    }
    // What is left was admitted and not claimed: another replica was faster, or the transaction
    // failed.
    let left = grants.takeAll()
    for grant in left { admission.release(grant) }
    if !left.isEmpty, isCommitted { writer.wake() }
    for running in starting { launch(running) }
    if !claimed.isEmpty {
      timer.hurry(withinMilliseconds: configuration.stopPollMilliseconds)
      startAhead()
    }
  }

  /// Gives free tokens to what was claimed ahead of them.
  private func startAhead() {
    while let next = state.withLock({ state -> RunningExecution? in
      guard let first = state.ahead.first, first.promote(by: admission) else { return nil }
      return state.ahead.removeFirst()
    }) {
      launch(next)
    }
  }

  // MARK: Computing

  /// Hands an execution to the pool: from memory where it is prepared, else from the store.
  private func launch(_ running: RunningExecution) {
    let execution = running.claim.execution
    let prepared = state.withLock { $0.takePrepared(execution) }
    let isReady = prepared != nil && !running.claimed.hasResumeState
    if isReady { running.broughtBy = prepared?.job }
    if takeHeadStart(isReady ? prepared?.computation.headStart : nil, for: running) { return }
    if let prepared, isReady {
      compute(running, resumeState: nil, prepared.computation.run)
    } else {
      io.async { [self] in load(running) }
    }
  }

  private func load(_ running: RunningExecution) {
    let execution = running.claim.execution
    do throws(StoreError) {
      guard let question = try store.question(of: execution),
        let input = try bytes(question.input)
      else {
        return finish(
          running,
          .failed(problem: configuration.problem(.inputLost), isDeterministic: false), seconds: 0)
      }
      let state = try store.resumeState(of: execution)
      let resume = try state.flatMap { stored throws(StoreError) in try bytes(stored) }
      if let resume {
        logger.notice(
          "an execution goes on from its checkpoint",
          metadata: [
            "execution": "\(execution)", "algorithm": "\(question.algorithm)",
            "bytes": "\(resume.count)",
          ])
      }
      let request = ExecutionRequest(
        algorithm: question.algorithm, version: question.version,
        parameters: question.parameters, input: input, seed: question.seed,
        digest: question.digest, owner: question.owner)
      let runner = runner
      compute(running, resumeState: resume) { context in runner.run(request, in: context) }
    } catch {
      note(error)
      logger.error(
        "an input could not be read; the job goes back to the queue",
        metadata: ["execution": "\(execution)", "error": "\(error)"])
      giveUp(running)
    }
  }

  private func bytes(_ stored: StoredBytes) throws(StoreError) -> [UInt8]? {
    switch stored {
    case .inline(let bytes): bytes
    case .blob(let digest, _): try blobs.read(digest)
    }
  }

  private func compute(
    _ running: RunningExecution, resumeState: [UInt8]?, _ body: @escaping PreparedRun
  ) {
    let width = running.claimed.wide ? configuration.workers : 1
    pool.run(width: width) { [self] executor in
      if let reason = running.stopReason() {
        return finish(running, .stopped(reason), seconds: 0)
      }
      let keeper = ResumeKeeper(running: running, engine: self, state: resumeState)
      let context = ComputeContext(
        seed: running.claimed.seed, executor: executor, monitor: running, resume: keeper)
      let begin = ContinuousClock.now
      let outcome = body(context)
      let seconds = (ContinuousClock.now - begin).inSeconds
      if case .stopped(.drained) = outcome {
        io.async { [self] in
          keeper.writeRest()
          finish(running, outcome, seconds: seconds)
        }
      } else {
        finish(running, outcome, seconds: seconds)
      }
    }
  }

  // MARK: Ending

  /// On the compute thread (or that which found that there is nothing left to compute): frees the
  /// token, then has the outcome stored.
  func finish(_ running: RunningExecution, _ outcome: RunOutcome, seconds: Double) {
    switch outcome {
    case .succeeded(let bytes, let digest):
      let key = digest ?? running.claimed.digest
      if bytes.count <= configuration.inlineBytes {
        let result = newResult(.inline(bytes), key: key, digest: SHA256Digest(of: bytes))
        freeToken(of: running)
        end(running, .succeeded(result), seconds: seconds)
      } else {
        freeToken(of: running)
        let store: @Sendable () -> Void = { [self] in
          storeResult(
            running, bytes, SHA256Digest(of: bytes), key: key, seconds: seconds, tries: 0)
        }
        guard giveEarly(bytes, of: running, seconds: seconds) else {
          return io.async(execute: store)
        }
        // Who waits is served first: naming megabytes and copying them into the page cache keep a
        // core busy.
        let queue = storing[Int(truncatingIfNeeded: running.claim.execution & 3)]
        queue.asyncAfter(deadline: .now() + .milliseconds(Self.answerLead), execute: store)
      }
    case .failed(let problem, let isDeterministic):
      freeToken(of: running)
      let remembered = isDeterministic ? configuration.refusalMilliseconds : 0
      end(
        running, .failed(problem: problem, rememberedMilliseconds: remembered), seconds: seconds)
    case .stopped(.drained):
      freeToken(of: running)
      giveUp(running)
    case .stopped(.cancelled), .stopped(.timeout):
      freeToken(of: running)
      end(running, .stopped, seconds: seconds)
    }
  }

  private func freeToken(of running: RunningExecution) {
    guard let grant = running.takeGrant() else { return }
    admission.release(grant)
    startAhead()
  }

  private func newResult(
    _ bytes: StoredBytes, key: SHA256Digest?, digest: SHA256Digest
  ) -> NewResult {
    NewResult(
      key: cache.hasRoom(for: bytes.count) ? key : nil, bytes: bytes,
      digest: digest, keepMilliseconds: configuration.resultMilliseconds)
  }

  /// Milliseconds that a result given early is sent for before it is stored: 8 MB take about 4 over
  /// the loopback.
  private static let answerLead = 4

  /// How often a result that finds no space is tried to store.
  private static let resultTries = 300

  /// Gives a result to who waits for it before it is stored: flushing a large file takes as long as
  /// many a computation.
  ///
  /// Not where replicas share the store: the next request may reach another one.
  /// - Returns: whether anybody was given it.
  private func giveEarly(
    _ bytes: [UInt8], of running: RunningExecution, seconds: Double
  ) -> Bool {
    guard bytes.count <= configuration.earlyBytes, !store.isShared, running.stopReason() == nil,
      let job = running.broughtBy
    else { return false }
    // Who is taken out of the watchers is answered here.
    let question = running.claimed.digest
    guard
      unsettled.begin(
        job, question: question, count: bytes.count, atMost: configuration.unsettledBytes)
    else { return false }
    let takers = watchers.takers(of: job)
    if takers.isEmpty {
      unsettled.end(job, question: question)
      return false
    }
    let now = clock.now()
    let expiresAt = now.adding(milliseconds: configuration.resultMilliseconds)
    let result = ResultHandle(
      location: .memory(bytes), count: bytes.count, digest: nil, createdAt: now,
      expiresAt: expiresAt, computeSeconds: seconds)
    for (taker, last) in takers {
      var record = last
      record.state = .succeeded
      record.startedAt = last.startedAt ?? running.claimedAt
      record.updatedAt = now
      record.finishedAt = now
      record.expiresAt = expiresAt
      record.resultBytes = bytes.count
      record.progress.fraction = 1
      taker(record, result)
    }
    return true
  }

  private func storeResult(
    _ running: RunningExecution, _ bytes: [UInt8], _ digest: SHA256Digest, key: SHA256Digest?,
    seconds: Double, tries: Int
  ) {
    do throws(JobError) {
      try makeRoom(for: bytes.count)
      try read { () throws(StoreError) in try blobs.write(bytes, digest: digest) }
      let result = newResult(.blob(digest, count: bytes.count), key: key, digest: digest)
      end(running, .succeeded(result), seconds: seconds)
    } catch {
      if tries >= Self.resultTries {
        return end(running, .failed(problem: configuration.problem(.storageFull)), seconds: seconds)
      }
      logger.warning("a result could not be stored yet", metadata: ["error": "\(error)"])
      io.asyncAfter(deadline: .now() + .milliseconds(configuration.retryMilliseconds)) { [self] in
        storeResult(running, bytes, digest, key: key, seconds: seconds, tries: tries + 1)
      }
    }
  }

  /// Posts the outcome; again while the store is away, since the claim may still hold.
  private func end(
    _ running: RunningExecution, _ outcome: FinishedRun.Outcome, seconds: Double
  ) {
    let run = FinishedRun(outcome: outcome, runMilliseconds: Int64(seconds * 1000))
    writer.post(.finish(running.claim, run)) { [self] result in
      switch result {
      case .success(.finished(let held, let stored)):
        note(nil)
        if let stored { keepInCache(stored) }
        if held, case .succeeded = outcome {
          estimator.learn(
            MeasuredRun(
              algorithm: running.claimed.algorithm,
              predictedSeconds: running.claimed.predictedSeconds, measuredSeconds: seconds))
        }
        if !held {
          logger.notice(
            "an outcome came too late: the claim was lost",
            metadata: ["execution": "\(running.claim.execution)"])
        }
        forget(running)
      case .success:
        preconditionFailure("an end is answered as one")
      case .failure(let error):
        note(error)
        if state.withLock({ $0.phase == .drained }) { return }
        io.asyncAfter(deadline: .now() + .milliseconds(configuration.retryMilliseconds)) { [self] in
          end(running, outcome, seconds: seconds)
        }
      }
    }
  }

  /// Gives the claim back unspent.
  func giveUp(_ running: RunningExecution) {
    if let grant = running.takeGrant() { admission.release(grant) }
    writer.post(.release(running.claim)) { [self] result in
      if case .failure(let error) = result { note(error) }
      forget(running)
    }
  }

  /// The execution is no longer this process's.
  func forget(_ running: RunningExecution) {
    if let job = running.broughtBy { unsettled.end(job, question: running.claimed.digest) }
    let idle = state.withLock { state -> [@Sendable () -> Void] in
      let execution = running.claim.execution
      if state.running[execution] === running { state.running[execution] = nil }
      guard state.running.isEmpty else { return [] }
      defer { state.whenIdle = [] }
      return state.whenIdle
    }
    for call in idle { call() }
  }

  private func keepInCache(_ stored: CachedResult) {
    cache.insert(stored)
    if cache.occupiedBytes > cache.capacity {
      io.async { [self] in shrinkCache(to: cache.capacity) }
    }
  }
}

/// The grants of one claim on its way, by execution.
private final class GrantLedger: Sendable {
  private let grants = Mutex<[Int64: Admission.Grant]>([:])

  /// Returns what was there before.
  func enter(_ grant: Admission.Grant, for execution: Int64) -> Admission.Grant? {
    grants.withLock { $0.updateValue(grant, forKey: execution) }
  }

  func take(_ execution: Int64) -> Admission.Grant? {
    grants.withLock { $0.removeValue(forKey: execution) }
  }

  func takeAll() -> [Admission.Grant] {
    grants.withLock { grants in
      defer { grants = [:] }
      return Array(grants.values)
    }
  }
}

extension Duration {
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
