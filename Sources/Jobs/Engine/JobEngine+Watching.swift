import Dispatch
public import Observability
import Synchronization

extension JobEngine {
  /// Calls back once, when the condition holds or the deadline has come, on a thread of
  /// `configuration.deliver`. No thread waits. Calling it again with the revision seen gives the
  /// stream of a job's events.
  @discardableResult
  public func watch(
    _ job: JobID, until condition: JobCondition, deadline: Timestamp,
    callback: @escaping @Sendable (JobSighting) -> Void
  ) -> JobWatch {
    let deliver = configuration.deliver
    let watch = watchers.add(job, until: condition, deadline: deadline) { sighting in
      deliver { callback(sighting) }
    }
    timer.hurry(withinMilliseconds: deadline.since(clock.now()))
    io.async { [self] in
      do throws(StoreError) {
        if let record = try store.job(job) {
          watchers.see(record)
        } else {
          watchers.end(watch, with: .gone)
        }
      } catch {
        note(error)
        watchers.end(watch, with: .failed(JobError(error)))
      }
    }
    return watch
  }

  /// Calls back once, with the jobs changed after `number` in order of their last change, as soon
  /// as there are any, or with none at the deadline. `last` is what to ask with next.
  ///
  /// - Parameter owner: only this caller's jobs; nil for everybody's.
  @discardableResult
  public func watchChanges(
    after number: Int64, owner: String? = nil, limit: Int = 500, deadline: Timestamp,
    callback: @escaping @Sendable (Result<JobChanges, JobError>) -> Void
  ) -> ChangeWatch {
    let watch = ChangeWatch()
    timer.hurry(withinMilliseconds: deadline.since(clock.now()))
    io.async { [self] in
      look(
        ChangeQuery(after: number, owner: owner, limit: limit, deadline: deadline), watch,
        callback)
    }
    return watch
  }

  /// The number of the last change: where a stream without `Last-Event-ID` begins.
  public func lastChange() throws(JobError) -> Int64 {
    try read { () throws(StoreError) in try store.lastChange() }
  }

  /// Registers, looks, and stays registered if there was nothing.
  private func look(
    _ query: ChangeQuery, _ watch: ChangeWatch,
    _ callback: @escaping @Sendable (Result<JobChanges, JobError>) -> Void
  ) {
    if watch.isCancelled { return }
    let deliver = configuration.deliver
    let number = feed.add(deadline: query.deadline) { [weak self] in
      guard let self else { return }
      io.async { self.look(query, watch, callback) }
    }
    watch.attach(feed, number)
    do throws(JobError) {
      let (jobs, last) = try read { () throws(StoreError) in
        try store.changes(after: query.after, owner: query.owner, limit: query.limit)
      }
      if jobs.isEmpty, clock.now() < query.deadline { return }
      guard feed.remove(number) != nil else { return }
      deliver { if !watch.isCancelled { callback(.success(JobChanges(jobs: jobs, last: last))) } }
    } catch {
      guard feed.remove(number) != nil else { return }
      deliver { if !watch.isCancelled { callback(.failure(error)) } }
    }
  }

  /// After each commit, on the writer's queue: tells who waits, and the metrics.
  func publish(_ changed: [JobRecord]) {
    guard !changed.isEmpty else { return }
    for record in changed {
      watchers.see(record)
      guard record.state.isFinished else { continue }
      dropPrepared(of: record.id)
      guard let finished = configuration.finished else { continue }
      let started = record.startedAt
      let ended = record.finishedAt ?? record.updatedAt
      let job = FinishedJob(
        record: record,
        queueSeconds: started.map { Double($0.since(record.createdAt)) / 1000 },
        runSeconds: started.map { Double(ended.since($0)) / 1000 })
      configuration.deliver { finished(job) }
    }
    feed.wakeAll()
    if changed.contains(where: { $0.delivery?.state == .pending }) { callWebhooks() }
  }
}

/// Jobs in order of their last change.
public struct JobChanges: Sendable {
  public let jobs: [JobRecord]
  /// What to ask with next.
  public let last: Int64
}

private struct ChangeQuery {
  let after: Int64
  let owner: String?
  let limit: Int
  let deadline: Timestamp
}
