public import Observability

/// Where the engine gets the time; tests give one that stands still until told.
public protocol JobClock: Sendable {
  /// The time of the day, as jobs show it.
  func now() -> Timestamp
}

/// The machine's clock.
public struct SystemClock: JobClock {
  public init() {}

  public func now() -> Timestamp { Timestamp.now() }
}
