import Dispatch
import Synchronization

/// Jobs whose result was given to who waited for it while it is still being stored.
///
/// Whoever asks for such a job next, or asks its question again, has usually just been given its
/// result: the look waits until the store knows it too.
final class UnsettledJobs: Sendable {
  private struct State {
    var jobs: [JobID: (group: DispatchGroup, count: Int)] = [:]
    /// Of all their results.
    var bytes = 0
    var questions: [SHA256Digest: DispatchGroup] = [:]
  }

  private let state = Mutex(State())

  /// How long a look waits at most. Storing takes some 20 ms; it takes longer only where there is
  /// no space.
  private static let patience = DispatchTimeInterval.seconds(1)

  /// - Parameters:
  ///   - question: what the job is the answer of, where it may be shared.
  ///   - count: bytes of its result.
  ///   - bound: for the bytes of all of them.
  /// - Returns: false, with nothing begun, where too much is being stored already.
  func begin(_ job: JobID, question: SHA256Digest?, count: Int, atMost bound: Int) -> Bool {
    let group = DispatchGroup()
    group.enter()
    let begins = state.withLock { state in
      guard state.bytes + count <= bound, state.jobs[job] == nil else { return false }
      state.bytes += count
      state.jobs[job] = (group, count)
      if let question { state.questions[question] = group }
      return true
    }
    if !begins { group.leave() }
    return begins
  }

  /// The store knows, or never will. More often than `begin` is allowed.
  func end(_ job: JobID, question: SHA256Digest?) {
    let group = state.withLock { state in
      guard let (group, count) = state.jobs.removeValue(forKey: job) else {
        return nil as DispatchGroup?
      }
      state.bytes -= count
      if let question, state.questions[question] === group { state.questions[question] = nil }
      return group
    }
    group?.leave()
  }

  func contains(_ job: JobID) -> Bool { state.withLock { $0.jobs[job] != nil } }

  /// Waits on the calling thread until the job is settled; at once for every other job.
  func wait(for job: JobID) { wait { $0.jobs[job]?.group } }

  /// Waits on the calling thread until the question's answer is settled.
  func wait(for question: SHA256Digest) { wait { $0.questions[question] } }

  private func wait(_ group: (State) -> DispatchGroup?) {
    guard let group = state.withLock({ group($0) }) else { return }
    _ = group.wait(timeout: .now() + Self.patience)
  }
}
