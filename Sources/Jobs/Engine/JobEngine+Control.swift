import Compute
import Observability
import Synchronization

extension JobEngine {
  // MARK: Looking

  /// The job, or nil; whoever asks compares its owner.
  public func job(_ id: JobID) throws(JobError) -> JobRecord? {
    unsettled.wait(for: id)
    return try read { () throws(StoreError) in try store.job(id) }
  }

  /// A page of jobs, newest first. `limit` is at least 1.
  public func list(
    _ filter: JobFilter, limit: Int, after cursor: JobCursor? = nil
  ) throws(JobError) -> JobPage {
    let items = try read { () throws(StoreError) in
      try store.jobs(matching: filter, limit: limit + 1, after: cursor?.last)
    }
    guard items.count > limit, let last = items.prefix(limit).last else {
      return JobPage(items: items, next: nil)
    }
    return JobPage(items: Array(items.prefix(limit)), next: JobCursor(last: last.id))
  }

  /// Queue positions and estimates of these jobs, in their order. One look at the queue for all.
  public func outlooks(of records: [JobRecord]) throws(JobError) -> [JobOutlook] {
    let now = clock.now()
    var places: [Int64: (position: Int, seconds: Double)] = [:]
    if records.contains(where: { $0.state == .queued }) {
      let waiting = try read { () throws(StoreError) in
        try store.waiting(limit: configuration.maximumQueued)
      }
      var ahead = 0.0
      for (index, one) in waiting.enumerated() {
        ahead += Double(one.turnMilliseconds) / 1000
        places[one.execution] = (index + 1, ahead)
      }
    }
    var outlooks: [JobOutlook] = []
    for record in records {
      outlooks.append(try outlook(of: record, places, at: now))
    }
    return outlooks
  }

  private func outlook(
    of record: JobRecord, _ places: [Int64: (position: Int, seconds: Double)], at now: Timestamp
  ) throws(JobError) -> JobOutlook {
    let own = estimator.seconds(record.predictedSeconds, algorithm: record.algorithm)
    switch record.state {
    case .queued:
      let execution = try read { () throws(StoreError) in try store.execution(of: record.id) }
      guard let execution, let place = places[execution] else {
        return JobOutlook(estimateSeconds: own)
      }
      return JobOutlook(
        queuePosition: place.position, estimateSeconds: max(place.seconds, own))
    case .running:
      let elapsed = Double(now.since(record.startedAt ?? now)) / 1000
      let fraction = record.progress.fraction
      // Half way, what the computation says of itself is better than the prediction.
      let total = fraction > 0.05 ? elapsed / fraction : own
      return JobOutlook(estimateSeconds: max(0, total - elapsed))
    case .succeeded, .failed, .cancelled:
      return JobOutlook()
    }
  }

  /// The result of a finished job.
  public func result(of record: JobRecord) throws(JobError) -> ResultHandle {
    switch record.state {
    case .queued, .running: throw .notFinished(record)
    case .failed: throw .failed(record)
    case .cancelled: throw .cancelled(record)
    case .succeeded: break
    }
    unsettled.wait(for: record.id)
    guard let expiresAt = record.expiresAt, expiresAt > clock.now(),
      let stored = try read({ () throws(StoreError) in try store.result(of: record.id) })
    else { throw .resultExpired }
    let location: ResultHandle.Location =
      switch stored.bytes {
      case .inline(let bytes): .memory(bytes)
      case .blob(let digest, _): .file(path: blobs.path(of: digest))
      }
    return ResultHandle(
      location: location, count: stored.bytes.count, digest: stored.digest,
      createdAt: stored.createdAt, expiresAt: expiresAt,
      computeSeconds: Double(stored.computeMilliseconds) / 1000)
  }

  public func queueState() throws(JobError) -> QueueState {
    let counts = try read { () throws(StoreError) in try store.queue() }
    var state = QueueState(
      paused: counts.paused.contains(nil), queued: 0, running: 0, workers: configuration.workers,
      byAlgorithm: [:])
    for name in configuration.algorithms { state.byAlgorithm[name] = QueueState.Part() }
    for name in counts.paused {
      if let name { state.byAlgorithm[name, default: .init()].paused = true }
    }
    for one in counts.counts {
      if one.state == .queued {
        state.queued += one.count
        state.byAlgorithm[one.algorithm, default: .init()].queued += one.count
      } else {
        state.running += one.count
        state.byAlgorithm[one.algorithm, default: .init()].running += one.count
      }
    }
    return state
  }

  // MARK: Changing. These wait for the commit on the calling thread.

  /// Cancels a job. A queued one, or one that shares its computation, is over afterwards; a
  /// running one is `cancelling` until its computation has stopped. Idempotent.
  public func cancel(_ id: JobID) throws(JobError) -> JobRecord {
    unsettled.wait(for: id)
    guard case .cancelled(let outcome) = try perform(.cancel(id)) else { throw .notFound }
    switch outcome {
    case .notFound: throw .notFound
    case .finished(let record): return record
    case .stopping(let record, let request):
      obey([request])
      return record
    }
  }

  /// Cancels a job without waiting: for a caller that went away. Unknown ids are ignored.
  public func abandon(_ id: JobID) {
    if unsettled.contains(id) { return }
    writer.post(.cancel(id)) { [weak self] result in
      if case .success(.cancelled(.stopping(_, let request))) = result { self?.obey([request]) }
    }
  }

  /// Queues a failed or cancelled job again, with all its attempts.
  public func retry(_ id: JobID) throws(JobError) -> JobRecord {
    let limit = configuration.maximumQueued
    guard case .retried(let outcome) = try perform(.retry(id, maximumQueued: limit)) else {
      throw .notFound
    }
    switch outcome {
    case .notFound: throw .notFound
    case .notRetryable(let state): throw .notRetryable(state)
    case .queueFull: throw .queueFull(limit: limit, retryAfter: retryAfterSeconds())
    case .retried(let record): return record
    }
  }

  /// Removes a job, cancelling it first if it is open.
  public func delete(_ id: JobID) throws(JobError) {
    unsettled.wait(for: id)
    guard case .deleted(let found, let stop) = try perform(.delete(id)), found else {
      throw .notFound
    }
    obey(stop)
    dropPrepared(of: id)
    watchers.forget(id)
  }

  /// Cancels all open jobs that match.
  public func cancelAll(_ filter: JobFilter) throws(JobError) -> (matched: Int, changed: Int) {
    guard
      case .cancelledMatching(let matched, let changed, let stop) = try perform(
        .cancelMatching(filter))
    else { return (0, 0) }
    obey(stop)
    return (matched, changed)
  }

  /// Retries all failed and cancelled jobs that match, as far as the queue has room.
  public func retryAll(_ filter: JobFilter) throws(JobError) -> (matched: Int, changed: Int) {
    let mutation = StoreMutation.retryMatching(
      filter, maximumQueued: configuration.maximumQueued)
    guard case .retriedMatching(let matched, let changed) = try perform(mutation) else {
      return (0, 0)
    }
    return (matched, changed)
  }

  /// Stops (or lets go on) the starting of jobs: of one algorithm, or of all. Stored.
  public func setPaused(_ paused: Bool, algorithm: String? = nil) throws(JobError) {
    if paused {
      state.withLock { $0.isPaused = true }
      giveUpHeadStart()
    }
    // Also where it could not be stored: the queue then goes on as it was.
    defer {
      if let isPaused = try? store.queue().paused.isEmpty == false {
        state.withLock { $0.isPaused = isPaused }
      }
    }
    _ = try perform(.pause(paused, algorithm: algorithm))
  }

  // MARK: Blobs

  /// Stores an uploaded blob. Kept for `uploadMilliseconds` after this or its last use.
  ///
  /// - Throws: `digestMismatch` when the bytes have another digest than `expected`.
  public func upload(
    _ bytes: [UInt8], expected: SHA256Digest? = nil
  ) throws(JobError) -> SHA256Digest {
    let digest = SHA256Digest(of: bytes)
    if let expected, expected != digest {
      throw .digestMismatch(expected: expected, actual: digest)
    }
    try makeRoom(for: bytes.count)
    try read { () throws(StoreError) in try blobs.write(bytes, digest: digest) }
    try keepUpload(digest)
    return digest
  }

  /// Prolongs the keeping of an uploaded blob.
  public func keepUpload(_ digest: SHA256Digest) throws(JobError) {
    let until = clock.now().adding(milliseconds: configuration.uploadMilliseconds)
    _ = try perform(.keepBlob(digest, until: until))
  }

  /// Tells computations of this process to stop.
  func obey(_ requests: [StopRequest]) {
    guard !requests.isEmpty else { return }
    let running = state.withLock { state in
      requests.compactMap { request in
        state.running[request.execution].map { ($0, request) }
      }
    }
    for (execution, request) in running {
      execution.stop(request.timedOut ? .timeout : .cancelled)
      stopAhead(execution)
    }
  }

  /// What waits for a token need not wait to be stopped.
  private func stopAhead(_ running: RunningExecution) {
    let waited = state.withLock { state in
      let before = state.ahead.count
      state.ahead.removeAll { $0 === running }
      return state.ahead.count < before
    }
    if waited { endAhead(running) }
  }
}
