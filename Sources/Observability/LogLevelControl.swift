public import Logging
import Synchronization

/// The least level that is written, shared by every logger of the process and changeable while it
/// runs.
public final class LogLevelControl: Sendable {
  private static let levels = Logger.Level.allCases
  private let current: Atomic<Int>

  public init(_ level: Logger.Level = .info) {
    current = Atomic(Self.index(of: level))
  }

  public var level: Logger.Level {
    get { Self.levels[current.load(ordering: .relaxed)] }
    set { current.store(Self.index(of: newValue), ordering: .relaxed) }
  }

  private static func index(of level: Logger.Level) -> Int {
    levels.firstIndex(of: level) ?? 0
  }
}
