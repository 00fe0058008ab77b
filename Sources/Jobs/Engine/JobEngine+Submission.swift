import Dispatch
public import Observability
import Synchronization

extension JobEngine {
  /// Makes a job of a request. Returns its id at once; `completion` gets what became of it once
  /// that is durable, on a thread of `configuration.deliver`.
  ///
  /// With `waitUntil`, the completion waits until the job is over, its result is there
  /// (`Submission.computed`), or the moment has come, whichever is first; no thread waits. An input too large for a row is written to its blob on
  /// the calling thread.
  ///
  /// The id is that of the job unless the answer is `replayed`, which is another, older job.
  @discardableResult
  public func submit(
    _ submission: JobSubmission, waitUntil deadline: Timestamp? = nil,
    completion: @escaping @Sendable (Result<Submission, JobError>) -> Void
  ) -> JobID {
    let now = clock.now()
    let id = ids.next(at: now)
    let deliver = configuration.deliver
    let answer: @Sendable (Result<Submission, JobError>) -> Void = { result in
      deliver { completion(result) }
    }
    do throws(JobError) {
      try refuseIfUnable(submission)
      let input = try storeInput(of: submission, expectingPrecedent: true, at: now)
      let draft = newJob(id, submission, input: input)
      send(draft, submission, deadline: deadline, answer: answer)
    } catch {
      answer(.failure(error))
    }
    return id
  }

  /// Like the other `submit`, waiting for the commit on the calling thread.
  public func submit(_ submission: JobSubmission) throws(JobError) -> Submission {
    let answer = Handover<Result<Submission, JobError>>()
    try refuseIfUnable(submission)
    let now = clock.now()
    let input = try storeInput(of: submission, expectingPrecedent: true, at: now)
    let draft = newJob(ids.next(at: now), submission, input: input)
    send(draft, submission, deadline: nil) { answer.give($0) }
    return try answer.take().get()
  }

  /// Marks an idempotency key as being read, before its payload is known. False when it is
  /// already (`idempotency-conflict`). To be given back by `release` when the request was
  /// submitted or refused.
  public func reserve(owner: String, path: String, key: String) -> Bool {
    state.withLock {
      $0.reserved.insert(ReservedKey(owner: owner, path: path, key: key)).inserted
    }
  }

  public func release(owner: String, path: String, key: String) {
    state.withLock {
      _ = $0.reserved.remove(ReservedKey(owner: owner, path: path, key: key))
    }
  }

  /// Whether the question's answer is in the cache; for dry runs.
  public func isCached(_ digest: SHA256Digest) -> Bool { cache.contains(digest) }

  /// A prediction corrected by what past runs of the algorithm took.
  public func estimateSeconds(_ predicted: Double, algorithm: String) -> Double {
    estimator.seconds(predicted, algorithm: algorithm)
  }

  // MARK: Steps of a submission

  /// What cannot be taken; and a question that has just been answered waits for its answer to be kept.
  private func refuseIfUnable(_ submission: JobSubmission) throws(JobError) {
    if state.withLock({ $0.phase != .working }) { throw .draining }
    if let digest = submission.digest, submission.cacheUse == .normal {
      unsettled.wait(for: digest)
    }
    let budget = configuration.memoryBytes
    if submission.cost.bytes > budget {
      throw .needsTooMuchMemory(needed: submission.cost.bytes, budget: budget)
    }
  }

  /// Makes the input durable where it has a blob of its own; nil where a precedent spares that.
  private func storeInput(
    of submission: JobSubmission, expectingPrecedent: Bool, at now: Timestamp
  ) throws(JobError) -> StoredBytes? {
    let bytes: [UInt8]
    var known: SHA256Digest?
    switch submission.input {
    case .blob(let digest):
      guard let stored = try stored(digest) else { throw .unknownBlob(digest) }
      return stored
    case .bytes(let given):
      if given.count <= configuration.inlineBytes {
        try makeRoom(for: given.count)
        return .inline(given)
      }
      if expectingPrecedent, try hasPrecedent(submission, at: now) { return nil }
      bytes = given
    case .encoded(let count, let digest, let encode):
      if count > configuration.inlineBytes {
        if expectingPrecedent, try hasPrecedent(submission, at: now) { return nil }
        if let digest, let stored = try stored(digest) { return stored }
      }
      known = digest
      bytes = encode()
      if bytes.count <= configuration.inlineBytes {
        try makeRoom(for: bytes.count)
        return .inline(bytes)
      }
    }
    try makeRoom(for: bytes.count)
    let digest = known ?? SHA256Digest(of: bytes)
    try read { () throws(StoreError) in try blobs.write(bytes, digest: digest) }
    return .blob(digest, count: bytes.count)
  }

  /// A blob that is there, its time renewed.
  private func stored(_ digest: SHA256Digest) throws(JobError) -> StoredBytes? {
    try read { () throws(StoreError) in
      guard try blobs.renew(digest), let count = try blobs.count(of: digest) else { return nil }
      return .blob(digest, count: count)
    }
  }

  private func hasPrecedent(
    _ submission: JobSubmission, at now: Timestamp
  ) throws(JobError) -> Bool {
    let digest = submission.cacheUse == .normal ? submission.digest : nil
    if digest == nil, submission.idempotency == nil { return false }
    let precedent = try read { () throws(StoreError) in
      try store.precedent(
        digest: digest, owner: submission.owner, idempotency: submission.idempotency, at: now)
    }
    if case .exists = precedent { return true }
    return false
  }

  private func newJob(
    _ id: JobID, _ submission: JobSubmission, input: StoredBytes?
  ) -> NewJob {
    let seconds = estimator.seconds(submission.cost.seconds, algorithm: submission.algorithm)
    let share = submission.cost.wide ? 1 : 1 / Double(max(configuration.workers, 1))
    let turn = min(max(seconds * share * 1000, 1), 60_000)
    func milliseconds(_ seconds: Double?) -> Int64? {
      seconds.map { Int64(min(max($0 * 1000, 1), 1e15)) }
    }
    return NewJob(
      id: id, owner: submission.owner, algorithm: submission.algorithm,
      version: submission.version, parameters: submission.parameters, input: input,
      seed: submission.seed, digest: submission.digest, cacheUse: submission.cacheUse,
      cost: submission.cost, turnMilliseconds: Int64(turn),
      ageingMilliseconds: configuration.ageingMilliseconds, labels: submission.labels.sorted(),
      priority: submission.priority, timeoutMilliseconds: milliseconds(submission.timeoutSeconds),
      queueTimeoutMilliseconds: milliseconds(submission.queueTimeoutSeconds),
      idempotency: submission.idempotency,
      idempotencyMilliseconds: configuration.idempotencyMilliseconds,
      resultMilliseconds: configuration.resultMilliseconds, traceparent: submission.traceparent,
      webhook: submission.webhook, maximumAttempts: configuration.maximumAttempts,
      maximumQueued: configuration.maximumQueued)
  }

  /// Posts the job and arranges for the answer.
  private func send(
    _ draft: NewJob, _ submission: JobSubmission, deadline: Timestamp?,
    answer: @escaping @Sendable (Result<Submission, JobError>) -> Void
  ) {
    let watch = deadline.map { deadline in
      timer.hurry(withinMilliseconds: deadline.since(clock.now()))
      let taker: JobWatchers.Taker = { answer(.success(.computed($0, $1))) }
      return watchers.add(draft.id, until: .finished, deadline: deadline, taker: taker) {
        sighting in
        switch sighting {
        case .met(let record), .deadline(let record): answer(.success(.accepted(record)))
        case .gone: answer(.failure(.notFound))
        case .failed(let error): answer(.failure(error))
        }
      }
    }
    writer.post(.submit(draft)) { [self] result in
      switch result {
      case .success(.submitted(let outcome)):
        settle(outcome, draft, submission, watch, deadline, answer)
      case .success:
        preconditionFailure("a submission is answered as one")
      case .failure(let error):
        note(error)
        watch?.cancel()
        answer(.failure(JobError(error)))
      }
    }
  }

  /// After the commit, on the writer's queue.
  private func settle(
    _ outcome: SubmitOutcome, _ draft: NewJob, _ submission: JobSubmission, _ watch: JobWatch?,
    _ deadline: Timestamp?, _ answer: @escaping @Sendable (Result<Submission, JobError>) -> Void
  ) {
    switch outcome {
    case .accepted(let record, let execution, let joined):
      if !joined, let prepared = submission.prepared {
        keep(prepared, of: record.id, for: execution)
      }
      // With a deadline the watcher answers. It sees the record here, before the execution starts:
      // one that is over at once finds who takes its result.
      if watch == nil { answer(.success(.accepted(record))) } else { watchers.see(record) }
    case .cached(let record, let result):
      cache.hit(result)
      watch?.cancel()
      answer(.success(.cached(record, storedAt: result.createdAt)))
    case .refused(let record):
      watch?.cancel()
      answer(.success(.accepted(record)))
    case .replayed(let record):
      watch?.cancel()
      guard let deadline, !record.state.isFinished else {
        return answer(.success(.replayed(record)))
      }
      self.watch(record.id, until: .finished, deadline: deadline) { sighting in
        switch sighting {
        case .met(let record), .deadline(let record): answer(.success(.replayed(record)))
        case .gone: answer(.failure(.notFound))
        case .failed(let error): answer(.failure(error))
        }
      }
    case .needsInput:
      // The precedent went between the look and the commit: now the input must be stored after all.
      watch?.cancel()
      io.async { [self] in
        do throws(JobError) {
          var full = draft
          full.input = try storeInput(
            of: submission, expectingPrecedent: false, at: clock.now())
          send(full, submission, deadline: deadline, answer: answer)
        } catch {
          answer(.failure(error))
        }
      }
    case .idempotencyMismatch:
      watch?.cancel()
      answer(.failure(.idempotencyMismatch))
    case .queueFull:
      watch?.cancel()
      answer(.failure(.queueFull(limit: draft.maximumQueued, retryAfter: retryAfterSeconds())))
    }
  }

  /// Keeps a prepared computation until its execution starts, if there is memory for it.
  private func keep(
    _ prepared: JobSubmission.Prepared, of job: JobID, for execution: Int64
  ) {
    state.withLock { state in
      guard state.preparedBytes + prepared.bytes <= configuration.preparedBytes else { return }
      state.prepared[execution] = KeptComputation(computation: prepared, job: job)
      state.preparedFor[job] = execution
      state.preparedBytes += prepared.bytes
    }
  }

  /// Lets go of what a job brought that is over: others who share its execution have the runner.
  func dropPrepared(of job: JobID) {
    let dropped = state.withLock { state in
      state.preparedFor[job].flatMap { state.takePrepared($0) }
    }
    _ = dropped
  }

  /// A guess at when the queue has room again.
  func retryAfterSeconds() -> Int {
    let waiting = (try? store.waiting(limit: 100)) ?? []
    let milliseconds = waiting.reduce(0) { $0 + $1.turnMilliseconds }
    return Int(min(max(milliseconds / 1000, 1), 60))
  }

  // MARK: Space

  /// Makes sure that `count` bytes more fit the data directory, at the cost of the cache.
  func makeRoom(for count: Int) throws(JobError) {
    if fits(count) { return }
    let excess = occupiedBytes() + count - configuration.maximumBytes
    shrinkCache(to: max(0, cache.occupiedBytes - excess))
    if fits(count) { return }
    sweepBlobs()
    if !fits(count) { throw .storageFull }
  }

  private func fits(_ count: Int) -> Bool {
    occupiedBytes() + count <= configuration.maximumBytes
  }

  /// What the data directory holds: blobs and the database.
  public func occupiedBytes() -> Int {
    blobs.occupiedBytes + databaseBytes()
  }

  /// Looked up at most every quarter of a second.
  private func databaseBytes() -> Int {
    let now = clock.now()
    let known = state.withLock { state -> Int? in
      guard let at = state.schedule.databaseBytes, now.since(at) < 250, now >= at else {
        state.schedule.databaseBytes = now
        return nil
      }
      return state.databaseBytes
    }
    if let known { return known }
    let bytes = (try? store.occupiedBytes()) ?? 0
    state.withLock { $0.databaseBytes = bytes }
    return bytes
  }
}
