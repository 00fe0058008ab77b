import Dispatch
import Synchronization

/// Jobs whose result was given to who waited for it while it is still being stored.
///
/// Whoever asks for such a job next has usually just been given its result: the look waits until
/// the store knows it too.
final class UnsettledJobs: Sendable {
  private let jobs = Mutex<[JobID: DispatchGroup]>([:])

  /// How long a look waits at most. Storing takes some 20 ms; it takes longer only where there is
  /// no space.
  private static let patience = DispatchTimeInterval.seconds(1)

  func begin(_ job: JobID) {
    let group = DispatchGroup()
    group.enter()
    jobs.withLock { $0[job] = group }
  }

  /// The store knows, or never will. More often than `begin` is allowed.
  func end(_ job: JobID) {
    jobs.withLock { $0.removeValue(forKey: job) }?.leave()
  }

  func contains(_ job: JobID) -> Bool { jobs.withLock { $0[job] != nil } }

  /// Waits on the calling thread until the job is settled; at once for every other job.
  func wait(for job: JobID) {
    guard let group = jobs.withLock({ $0[job] }) else { return }
    _ = group.wait(timeout: .now() + Self.patience)
  }
}
