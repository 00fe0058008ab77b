import HeapModule
import Observability
import Synchronization

/// What a watcher waits for.
public enum JobCondition: Sendable, Equatable {
  /// Any change after this revision.
  case revision(after: Int64)
  /// That the job is over.
  case finished

  func isMet(by record: JobRecord) -> Bool {
    switch self {
    case .revision(let after): record.revision > after
    case .finished: record.state.isFinished
    }
  }
}

/// What a watcher saw.
public enum JobSighting: Sendable {
  /// The condition holds.
  case met(JobRecord)
  /// The deadline passed; this is the job as it is.
  case deadline(JobRecord)
  /// There is no such job, or no longer.
  case gone
  case failed(JobError)
}

/// A watcher registered; letting go of it does not end it, `cancel` does.
public struct JobWatch: Sendable {
  let number: UInt64
  let watchers: JobWatchers

  /// Forgets the watcher: its callback is not called, unless it is being called already.
  public func cancel() { watchers.remove(number) }
}

/// Those who wait for a job without holding a thread.
///
/// 1. Every watcher is called exactly once, unless it is cancelled: whoever removes it from the
///    table calls it, and removing is under the lock.
/// 2. Nothing is called under the lock.
final class JobWatchers: Sendable {
  typealias Callback = @Sendable (JobSighting) -> Void
  /// Gets a result before it is stored, and its job as seen last.
  typealias Taker = @Sendable (JobRecord, ResultHandle) -> Void

  private struct Watcher {
    let job: JobID
    let condition: JobCondition
    let callback: Callback
    /// Called in place of `callback` with a result that is there and not stored yet.
    let taker: Taker?
    /// The job as seen last; nil until its submission is durable.
    var last: JobRecord?
    /// The deadline passed before the job was durable.
    var isLate = false
  }

  /// A deadline; may belong to a watcher long gone.
  private struct Due: Comparable {
    let at: Timestamp
    let number: UInt64

    static func < (left: Due, right: Due) -> Bool {
      (left.at, left.number) < (right.at, right.number)
    }
  }

  private struct State {
    var next: UInt64 = 0
    var watchers: [UInt64: Watcher] = [:]
    var byJob: [JobID: [UInt64]] = [:]
    var due = Heap<Due>()

    mutating func take(_ number: UInt64) -> Watcher? {
      guard let watcher = watchers.removeValue(forKey: number) else { return nil }
      if var numbers = byJob[watcher.job] {
        numbers.removeAll { $0 == number }
        byJob[watcher.job] = numbers.isEmpty ? nil : numbers
      }
      return watcher
    }
  }

  private let state = Mutex(State())

  /// Registers a watcher. Whoever does so reads the job's record afterwards and tells `see`.
  func add(
    _ job: JobID, until condition: JobCondition, deadline: Timestamp, taker: Taker? = nil,
    callback: @escaping Callback
  ) -> JobWatch {
    let number = state.withLock { state in
      state.next += 1
      state.watchers[state.next] = Watcher(
        job: job, condition: condition, callback: callback, taker: taker)
      state.byJob[job, default: []].append(state.next)
      state.due.insert(Due(at: deadline, number: state.next))
      return state.next
    }
    return JobWatch(number: number, watchers: self)
  }

  /// Removes a watcher; true if it was still there.
  @discardableResult
  func remove(_ number: UInt64) -> Bool {
    state.withLock { $0.take(number) } != nil
  }

  /// Ends one watcher with something else than its job's record.
  func end(_ watch: JobWatch, with sighting: JobSighting) {
    state.withLock { $0.take(watch.number) }?.callback(sighting)
  }

  /// Shows a record to those who watch its job.
  func see(_ record: JobRecord) {
    let called = state.withLock { state -> [(Callback, JobSighting)] in
      guard let numbers = state.byJob[record.id] else { return [] }
      var called: [(Callback, JobSighting)] = []
      for number in numbers {
        guard var watcher = state.watchers[number] else { continue }
        let isMet = watcher.condition.isMet(by: record)
        if isMet || watcher.isLate {
          _ = state.take(number)
          called.append((watcher.callback, isMet ? .met(record) : .deadline(record)))
        } else if record.revision > watcher.last?.revision ?? 0 {
          watcher.last = record
          state.watchers[number] = watcher
        }
      }
      return called
    }
    for (callback, sighting) in called { callback(sighting) }
  }

  /// Takes out those of a job who take its result before it is stored, with the job as they saw it.
  func takers(of job: JobID) -> [(taker: Taker, last: JobRecord)] {
    state.withLock { state in
      (state.byJob[job] ?? []).compactMap { number in
        guard let watcher = state.watchers[number], let taker = watcher.taker,
          let last = watcher.last
        else { return nil }
        _ = state.take(number)
        return (taker, last)
      }
    }
  }

  /// The job is gone from the store.
  func forget(_ job: JobID) {
    let gone = state.withLock { state in
      (state.byJob[job] ?? []).compactMap { state.take($0) }
    }
    for watcher in gone { watcher.callback(.gone) }
  }

  /// Ends those whose deadline is not after `now`.
  func expire(at now: Timestamp) {
    let late = state.withLock { state -> [(Callback, JobRecord)] in
      var late: [(Callback, JobRecord)] = []
      while let first = state.due.min, first.at <= now {
        _ = state.due.popMin()
        guard let watcher = state.watchers[first.number] else { continue }
        if let last = watcher.last {
          _ = state.take(first.number)
          late.append((watcher.callback, last))
        } else {
          state.watchers[first.number]?.isLate = true
        }
      }
      return late
    }
    for (callback, record) in late { callback(.deadline(record)) }
  }

  /// The next deadline, of a watcher still there.
  func nextDeadline() -> Timestamp? {
    state.withLock { state in
      while let first = state.due.min {
        if state.watchers[first.number] != nil { return first.at }
        _ = state.due.popMin()
      }
      return nil
    }
  }

  /// The jobs watched.
  func jobs() -> [JobID] { state.withLock { Array($0.byJob.keys) } }

  var count: Int { state.withLock { $0.watchers.count } }
}
