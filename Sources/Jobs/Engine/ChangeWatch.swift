import Synchronization

/// Someone waiting for changes; letting go of it does not end it, `cancel` does.
public final class ChangeWatch: Sendable {
  private struct State {
    var isCancelled = false
    var place: (feed: ChangeFeed, number: UInt64)?
  }

  private let state = Mutex(State())

  init() {}

  /// Forgets the watcher: its callback is not called, unless it is being called already.
  public func cancel() {
    let place = state.withLock { state in
      state.isCancelled = true
      return state.place
    }
    if let place { _ = place.feed.remove(place.number) }
  }

  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  func attach(_ feed: ChangeFeed, _ number: UInt64) {
    let isCancelled = state.withLock { state in
      state.place = (feed, number)
      return state.isCancelled
    }
    if isCancelled { _ = feed.remove(number) }
  }
}
