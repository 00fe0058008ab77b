import Observability
import Synchronization

/// Who may start: core tokens, the memory budget, and each algorithm's own limit.
///
/// 1. Tokens and bytes given out never exceed what there is, except that a job predicted to need
///    more than the whole budget would run alone.
/// 2. What `admit` took is given back by `release`, once, whatever becomes of the claim.
/// 3. A small job takes one token, a wide one all that are free. (The pool lends a wide job
///    threads that fall idle later, so it need not wait for them.)
/// 4. A job that lacks memory is passed by others for `patience`; then nobody passes it.
/// 5. Small jobs may be claimed ahead of a free token, up to `prefetch` predicted seconds, and
///    only while something that short holds a token: it will be free at once.
final class Admission: Sendable {
  /// What an execution holds.
  struct Grant: Sendable {
    var cores: Int
    let memoryBytes: Int
    let algorithm: String
    let predictedSeconds: Double
    let isWide: Bool
  }

  private struct State {
    var freeCores: Int
    var freeMemory: Int
    var running: [String: Int] = [:]
    /// Predicted seconds of those claimed without a token.
    var ahead = 0.0
    /// How many short jobs hold a token.
    var short = 0
    /// When a job that lacks memory was first passed by.
    var passedSince: [Int64: Timestamp] = [:]
  }

  private let workers: Int
  private let memory: Int
  private let limits: [String: Int]
  private let patience: Int64
  private let prefetch: Double
  private let state: Mutex<State>

  init(_ configuration: JobConfiguration) {
    workers = configuration.workers
    memory = configuration.memoryBytes
    limits = configuration.concurrency
    patience = configuration.patienceMilliseconds
    prefetch = configuration.prefetchSeconds
    state = Mutex(State(freeCores: workers, freeMemory: memory))
  }

  /// Whether asking for work makes sense.
  var hasRoom: Bool {
    state.withLock { $0.freeCores > 0 || ($0.short > 0 && $0.ahead < prefetch) }
  }

  /// Of `algorithms`, those below their limit.
  func open(among algorithms: [String]) -> [String] {
    state.withLock { state in
      algorithms.filter { name in limits[name].map { (state.running[name] ?? 0) < $0 } ?? true }
    }
  }

  /// Takes what the candidate needs, if it may start.
  func admit(
    _ candidate: Candidate, seconds: Double, at now: Timestamp
  ) -> (ClaimRequest.Decision, Grant?) {
    state.withLock { state in
      if let limit = limits[candidate.algorithm],
        state.running[candidate.algorithm] ?? 0 >= limit
      {
        return (.skip, nil)
      }
      let needed = min(candidate.memoryBytes, memory)
      if needed > state.freeMemory {
        let since = state.passedSince[candidate.execution] ?? now
        state.passedSince[candidate.execution] = since
        return (now.since(since) < patience ? .skip : .stop, nil)
      }
      let isShort = seconds <= prefetch && !candidate.wide
      let cores = candidate.wide ? state.freeCores : min(1, state.freeCores)
      if cores == 0 {
        guard isShort, state.short > 0, state.ahead + seconds <= prefetch else {
          return (.stop, nil)
        }
        state.ahead += seconds
      }
      state.passedSince[candidate.execution] = nil
      state.freeCores -= cores
      state.freeMemory -= needed
      state.running[candidate.algorithm, default: 0] += 1
      if cores > 0, isShort { state.short += 1 }
      return (
        .take,
        Grant(
          cores: cores, memoryBytes: needed, algorithm: candidate.algorithm,
          predictedSeconds: seconds, isWide: candidate.wide)
      )
    }
  }

  /// Gives a token to an execution claimed ahead of one, if one is free.
  func promote(_ grant: Grant) -> Grant? {
    state.withLock { state in
      guard grant.cores == 0, state.freeCores > 0 else { return nil }
      state.freeCores -= 1
      state.ahead = max(0, state.ahead - grant.predictedSeconds)
      state.short += 1
      var promoted = grant
      promoted.cores = 1
      return promoted
    }
  }

  func release(_ grant: Grant) {
    state.withLock { state in
      state.freeCores += grant.cores
      state.freeMemory += grant.memoryBytes
      let left = (state.running[grant.algorithm] ?? 1) - 1
      state.running[grant.algorithm] = left > 0 ? left : nil
      if grant.cores == 0 {
        state.ahead = max(0, state.ahead - grant.predictedSeconds)
      } else if grant.isShort(prefetch) {
        state.short -= 1
      }
    }
  }

  /// Forgets who was passed by, for executions that are no longer queued.
  func forgetPassed(before moment: Timestamp) {
    state.withLock { state in
      state.passedSince = state.passedSince.filter { $0.value >= moment }
    }
  }

  /// Tokens and bytes that are free.
  var free: (cores: Int, memoryBytes: Int) {
    state.withLock { ($0.freeCores, $0.freeMemory) }
  }
}

extension Admission.Grant {
  fileprivate func isShort(_ prefetch: Double) -> Bool {
    cores > 0 && !isWide && predictedSeconds <= prefetch
  }
}
