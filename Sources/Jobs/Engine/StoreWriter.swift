import Dispatch
import Synchronization

/// The one writer of a store: what comes while a commit is under way goes into the next one
/// (group commit), so that many jobs share one flush of the disk.
///
/// 1. Mutations take effect in the order of `post`.
/// 2. A completion runs after the commit (or the refusal), on the writer's queue, in that order;
///    it must not block.
/// 3. One commit at a time. While it runs nothing is held locked.
final class StoreWriter: Sendable {
  typealias Completion = @Sendable (Result<MutationOutcome, StoreError>) -> Void

  /// What the writer asks of the engine around each commit.
  struct Hooks: Sendable {
    /// A claim to put behind the batch, when there is room for another computation.
    var claim: @Sendable (_ queueing: Bool) -> ClaimTicket?
    /// After the completions of a commit.
    var committed: @Sendable (_ changed: [JobRecord]) -> Void
  }

  private struct Entry {
    let mutation: StoreMutation
    let completion: Completion?
  }

  private struct State {
    var waiting: [Entry] = []
    var isScheduled = false
    var hooks: Hooks?
  }

  /// Mutations in one transaction; bounds how long the first waits for the last.
  private static let batchLimit = 256

  private let store: any JobStore
  private let clock: any JobClock
  private let queue = DispatchQueue(label: "jobs.writer")
  private let state = Mutex(State())

  init(store: any JobStore, clock: any JobClock) {
    self.store = store
    self.clock = clock
  }

  func install(_ hooks: Hooks) { state.withLock { $0.hooks = hooks } }

  func post(_ mutation: StoreMutation, completion: Completion? = nil) {
    schedule { $0.waiting.append(Entry(mutation: mutation, completion: completion)) }
  }

  /// Has the writer ask for a claim soon, also without mutations.
  func wake() { schedule { _ in } }

  /// Waits until everything posted before is committed or refused. Not from a completion.
  func flush() {
    while true {
      queue.sync {}
      let idle = state.withLock { $0.waiting.isEmpty && !$0.isScheduled }
      if idle { return }
    }
  }

  private func schedule(_ change: (inout State) -> Void) {
    let starts = state.withLock { state in
      change(&state)
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
    if starts { queue.async { self.run() } }
  }

  /// Commits batches until nothing waits.
  private func run() {
    while true {
      let (batch, hooks) = state.withLock { state in
        let batch = Array(state.waiting.prefix(Self.batchLimit))
        state.waiting.removeFirst(batch.count)
        return (batch, state.hooks)
      }
      commit(batch, hooks)
      let isDone = state.withLock { state in
        if state.waiting.isEmpty { state.isScheduled = false }
        return state.waiting.isEmpty
      }
      if isDone { return }
    }
  }

  private func commit(_ batch: [Entry], _ hooks: Hooks?) {
    let ticket = hooks?.claim(batch.contains { $0.mutation.mayQueue })
    var mutations = batch.map(\.mutation)
    if let ticket { mutations.append(.claim(ticket.request)) }
    guard !mutations.isEmpty else { return }
    do throws(StoreError) {
      let commit = try store.apply(mutations, at: clock.now())
      for (entry, outcome) in zip(batch, commit.outcomes) { entry.completion?(.success(outcome)) }
      if let ticket, case .claimed(let claimed, let exhausted)? = commit.outcomes.last {
        ticket.settle(claimed, exhausted, true)
      }
      hooks?.committed(commit.changed)
    } catch {
      ticket?.settle([], false, false)
      if batch.count > 1, error.mayConcernOne {
        for entry in batch { commit([entry], hooks?.withoutClaims) }
      } else {
        for entry in batch { entry.completion?(.failure(error)) }
      }
    }
  }
}

extension StoreWriter.Hooks {
  /// The same, asking for no claim.
  fileprivate var withoutClaims: Self {
    var hooks = self
    hooks.claim = { _ in nil }
    return hooks
  }
}

/// A claim on its way: what it took must be settled whether or not the transaction commits.
struct ClaimTicket: Sendable {
  let request: ClaimRequest
  /// With what was claimed; nothing when the transaction failed.
  let settle:
    @Sendable (_ claimed: [ClaimedExecution], _ exhausted: Bool, _ isCommitted: Bool) -> Void
}

extension StoreMutation {
  /// Whether an execution may be waiting after it that was not before.
  var mayQueue: Bool {
    switch self {
    case .submit, .release, .reap, .retry, .retryMatching: true
    case .pause(let paused, _): !paused
    default: false
    }
  }
}

extension StoreError {
  /// Whether a smaller transaction may pass where this one did not.
  var mayConcernOne: Bool {
    switch self {
    case .full, .statement, .io: true
    default: false
    }
  }
}
