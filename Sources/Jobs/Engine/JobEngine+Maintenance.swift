import Compute
import Dispatch
import Logging
import Observability
import Synchronization

extension JobEngine {
  /// What is due by the clock: heartbeats, time limits, stop requests of other processes,
  /// progress, leases that ran out, retention. Called by the timer; by tests, at will.
  package func tick() {
    let now = clock.now()
    watchers.expire(at: now)
    feed.expire(at: now)
    let running = state.withLock { Array($0.running.values) }
    for execution in running {
      if let progress = execution.takeProgress(
        at: now, interval: configuration.progressMilliseconds)
      {
        writer.post(.progress(execution.claim, progress))
      }
    }
    if !running.isEmpty {
      if isDue(\.heartbeat, every: configuration.heartbeatMilliseconds, at: now) {
        beat(running)
      }
      if isDue(\.stopPoll, every: configuration.stopPollMilliseconds, at: now) {
        io.async { [self] in pollStopRequests() }
      }
      releaseStaleAhead(at: now)
    }
    if isDue(\.deadlinePoll, every: running.isEmpty ? 1000 : 100, at: now) {
      io.async { [self] in expireJobs() }
    }
    if store.isShared {
      if isDue(\.reap, every: configuration.reapMilliseconds, at: now) {
        writer.post(.reap(ReapRequest(all: false, problem: crashProblem)))
      }
      if isDue(\.workPoll, every: 2000, at: now) { outsideChange() }
    }
    if configuration.webhooks != nil,
      isDue(\.deliveryPoll, every: Self.deliveryPollMilliseconds, at: now)
    {
      io.async { [self] in callDueWebhooks() }
    }
    // A claim that failed with its transaction is tried again.
    if state.withLock({ $0.mayHaveWork }) { writer.wake() }
    if isDue(\.retention, every: 60_000, at: now) {
      admission.forgetPassed(before: now.adding(milliseconds: -600_000))
      io.async { [self] in
        retain()
        for work in state.withLock({ $0.everyMinute }) { work() }
        pool.giveBackMemory()
      }
    }
    if isDue(\.replaced, every: Self.replacedMilliseconds, at: now) {
      io.async { [self] in freeReplaced() }
    }
    if isDue(\.sweep, every: 600_000, at: now) { io.async { [self] in sweepBlobs() } }
    timer.next(inMilliseconds: nextDelay(isBusy: !running.isEmpty))
  }

  /// Another process changed something: look for work, and tell who follows changes.
  func outsideChange() {
    state.withLock { $0.mayHaveWork = true }
    writer.wake()
    feed.wakeAll()
    io.async { [self] in
      for id in watchers.jobs() {
        if let record = try? store.job(id) { watchers.see(record) }
      }
    }
  }

  /// How often due webhooks are looked for: the jitter of their pauses is larger.
  private static let deliveryPollMilliseconds: Int64 = 250

  private func isDue(
    _ last: WritableKeyPath<EngineState.Schedule, Timestamp?>, every interval: Int64,
    at now: Timestamp
  ) -> Bool {
    state.withLock { state in
      if let last = state.schedule[keyPath: last], now.since(last) < interval, now >= last {
        return false
      }
      state.schedule[keyPath: last] = now
      return true
    }
  }

  private func nextDelay(isBusy: Bool) -> Int64 {
    let now = clock.now()
    let idle = configuration.webhooks == nil ? 1000 : Self.deliveryPollMilliseconds
    let usual: Int64 = isBusy ? configuration.stopPollMilliseconds : idle
    let deadlines = [watchers.nextDeadline(), feed.nextDeadline()].compactMap { $0?.since(now) }
    return max(1, min(usual, deadlines.min() ?? usual))
  }

  /// Waits until all that was begun on the engine's own queues is done: for tests.
  package func settle() {
    for _ in 0..<3 {
      io.sync(flags: .barrier) {}
      for queue in storing { queue.sync {} }
      calls.sync(flags: .barrier) {}
      writer.flush()
    }
  }

  // MARK: Parts of a tick

  private func beat(_ running: [RunningExecution]) {
    let claims = running.map(\.claim)
    writer.post(.heartbeat(claims, leaseMilliseconds: configuration.leaseMilliseconds)) {
      [weak self] result in
      switch result {
      case .success(.heartbeat(let lost)):
        for claim in lost { self?.lose(claim) }
      case .failure(let error):
        self?.note(error)
      default:
        break
      }
    }
  }

  /// Another worker may have the execution now: what is computed here counts no more.
  private func lose(_ claim: Claim) {
    let running = state.withLock { $0.running[claim.execution] }
    guard let running, running.claim == claim else { return }
    running.stop(.cancelled)
  }

  private func pollStopRequests() {
    do throws(StoreError) {
      obey(try store.stopRequests(worker: worker))
      note(nil)
    } catch {
      note(error)
    }
  }

  private func expireJobs() {
    do throws(StoreError) {
      let now = clock.now()
      let next = try store.nextDeadline(at: now)
      note(nil)
      guard let next, next <= now else { return }
    } catch {
      return note(error)
    }
    let mutation = StoreMutation.expire(
      timeout: configuration.problem(.timeout),
      queueTimeout: configuration.problem(.queueTimeout))
    writer.post(mutation) { [weak self] result in
      if case .success(.expired(_, let stop)) = result { self?.obey(stop) }
    }
  }

  /// A claim that waits for a token much longer than foreseen goes back to the queue, where a
  /// free worker may find it.
  private func releaseStaleAhead(at now: Timestamp) {
    let limit = Int64(configuration.prefetchSeconds * 1000) + 500
    let stale = state.withLock { state in
      let stale = state.ahead.filter { now.since($0.claimedAt) > limit }
      state.ahead.removeAll { one in stale.contains { $0 === one } }
      return stale
    }
    for one in stale { giveUp(one) }
  }

  /// Ends an execution that never got its token because it was told to stop.
  func endAhead(_ running: RunningExecution) {
    if let grant = running.takeGrant() { admission.release(grant) }
    writer.post(.finish(running.claim, FinishedRun(outcome: .stopped, runMilliseconds: 0))) {
      [weak self] _ in self?.forget(running)
    }
  }

  private func retain() {
    if store.isShared, let entries = try? store.cacheEntries() {
      // What other replicas computed, so that the cache knows what it holds.
      for entry in entries { cache.insert(entry) }
    }
    let before = clock.now().adding(milliseconds: -configuration.rowMilliseconds)
    writer.post(.retain(RetentionLimits(rowsBefore: before, limit: 500))) { [weak self] result in
      guard let self, case .success(.retained(let outcome)) = result else { return }
      for id in outcome.results { cache.remove(id) }
      if outcome.more {
        io.async { self.retain() }
      } else {
        io.async { self.shrinkCacheIfNeeded() }
      }
    }
  }

  private func shrinkCacheIfNeeded() {
    if cache.occupiedBytes > cache.capacity { shrinkCache(to: cache.capacity) }
  }

  /// Has the cache give up results until it holds at most `target` bytes, and frees their blobs.
  /// Waits for the commit; not from a completion.
  func shrinkCache(to target: Int) {
    while true {
      let victims = cache.victims(at: clock.now(), downTo: target)
      guard !victims.isEmpty else { return }
      guard
        case .evicted(let gone, let freed)? = try? perform(.evict(victims.map(\.id)))
      else {
        for victim in victims { cache.insert(victim) }
        return
      }
      let evicted = Set(gone)
      for victim in victims where !evicted.contains(victim.id) { cache.remove(victim.id) }
      free(freed)
    }
  }

  /// How often replaced snapshots' blobs go, and how young they stay: whoever wrote the same bytes
  /// just now has its row by then.
  private static let replacedMilliseconds: Int64 = 5_000

  /// Has `work` called about once a minute, on a thread that may wait for the store.
  public func everyMinute(_ work: @escaping @Sendable () -> Void) {
    state.withLock { $0.everyMinute.append(work) }
  }

  /// Removes blobs soon that a session's next snapshot has left without a row: a busy session would
  /// fill the disk with them long before the sweep. (A crash leaves them to the sweep.)
  func freeSoon(_ digests: [SHA256Digest]) {
    guard !digests.isEmpty else { return }
    state.withLock { $0.replaced += digests }
  }

  private func freeReplaced() {
    let digests = state.withLock { state in
      defer { state.replaced = [] }
      return state.replaced
    }
    free(digests, grace: Self.replacedMilliseconds)
  }

  /// Removes blobs that an eviction left without a row, unless one was written just now.
  private func free(_ digests: [SHA256Digest], grace: Int64? = nil) {
    guard !digests.isEmpty else { return }
    let grace = grace ?? configuration.blobGraceMilliseconds
    let before = clock.now().adding(milliseconds: -grace)
    do throws(StoreError) {
      let kept = try store.referenced(among: digests)
      for digest in digests where !kept.contains(digest) {
        _ = try blobs.remove(digest, renewedBefore: before)
      }
    } catch {
      note(error)
    }
  }

  /// Removes blobs that no row refers to.
  package func sweepBlobs() {
    let before = clock.now().adding(milliseconds: -configuration.blobGraceMilliseconds)
    do throws(StoreError) {
      let freed = try blobs.sweep(renewedBefore: before) { digests throws(StoreError) in
        try store.referenced(among: digests)
      }
      if freed > 0 { logger.info("removed unreferenced blobs", metadata: ["bytes": "\(freed)"]) }
    } catch {
      note(error)
      logger.warning("blobs could not be swept", metadata: ["error": "\(error)"])
    }
  }
}
