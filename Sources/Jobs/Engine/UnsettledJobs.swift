import Dispatch
import Synchronization

/// Jobs whose result was given to who waited for it while it is still being stored.
///
/// Whoever asks for such a job next, or asks its question again, has usually just been given its
/// result: the look waits until the store knows it too.
final class UnsettledJobs: Sendable {
  private struct State {
    var jobs: [JobID: DispatchGroup] = [:]
    var questions: [SHA256Digest: DispatchGroup] = [:]
  }

  private let state = Mutex(State())

  /// How long a look waits at most. Storing takes some 20 ms; it takes longer only where there is
  /// no space.
  private static let patience = DispatchTimeInterval.seconds(1)

  /// - Parameter question: what the job is the answer of, where it may be shared.
  func begin(_ job: JobID, question: SHA256Digest?) {
    let group = DispatchGroup()
    group.enter()
    state.withLock { state in
      state.jobs[job] = group
      if let question { state.questions[question] = group }
    }
  }

  /// The store knows, or never will. More often than `begin` is allowed.
  func end(_ job: JobID, question: SHA256Digest?) {
    let group = state.withLock { state in
      let group = state.jobs.removeValue(forKey: job)
      if let question, state.questions[question] === group { state.questions[question] = nil }
      return group
    }
    group?.leave()
  }

  func contains(_ job: JobID) -> Bool { state.withLock { $0.jobs[job] != nil } }

  /// Waits on the calling thread until the job is settled; at once for every other job.
  func wait(for job: JobID) { wait { $0.jobs[job] } }

  /// Waits on the calling thread until the question's answer is settled.
  func wait(for question: SHA256Digest) { wait { $0.questions[question] } }

  private func wait(_ group: (State) -> DispatchGroup?) {
    guard let group = state.withLock({ group($0) }) else { return }
    _ = group.wait(timeout: .now() + Self.patience)
  }
}
