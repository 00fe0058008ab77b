import ArgumentParser
import FoundationEssentials
import Jobs
import Service
import Settings

/// Compares eviction policies on a recorded trace.
struct CacheReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache-replay",
    abstract: "Replay a trace of requests through the cache's eviction policies.",
    discussion: """
      The trace has a line key,bytes,seconds[,algorithm] for each request, as `matquay jobs trace` \
      prints it: what was asked for, the size of its result and what computing it took. The table \
      says how much computing each policy would have left, 1 being as much as without a cache.
      """)

  @Argument(help: "The trace's file.")
  var trace: String

  @Option(
    help: "Bytes of the cache, such as 64MB. May be repeated. Default: 2, 10 and 50 % of all.")
  var cacheBytes: [String] = []

  func run() throws {
    let entries = try read()
    let capacities = try capacities(of: entries)
    Terminal.write(
      Self.row(["cache", "policy", "hits", "hit ratio", "computed s", "of all", "us/request"]))
    for capacity in capacities {
      for (name, policy) in Self.policies(capacity) {
        let clock = ContinuousClock()
        let begin = clock.now
        let replay = CacheReplay.run(entries, capacity: capacity, policy: policy)
        let (seconds, attoseconds) = (clock.now - begin).components
        let micros = (Double(seconds) + Double(attoseconds) * 1e-18) * 1e6
        Terminal.write(
          Self.row([
            Amount.text(bytes: capacity), name, "\(replay.hits)", Self.text(replay.hitRatio),
            Self.text(replay.computedSeconds), Self.text(replay.computedRatio),
            Self.text(micros / Double(max(replay.requests, 1))),
          ]))
      }
    }
  }

  /// Every policy that `cache.policy` names.
  private static func policies(_ capacity: Int) -> [(String, any EvictionPolicy)] {
    ServiceSettings.Cache.Policy.allCases.map { policy in
      switch policy {
      case .gdsf: (policy.rawValue, GDSFPolicy())
      case .lru: (policy.rawValue, LRUPolicy())
      case .paging: (policy.rawValue, PagingEvictionPolicy(capacity: capacity))
      }
    }
  }

  private func read() throws -> [CacheTraceEntry] {
    guard let text = try? String(contentsOf: URL(filePath: trace), encoding: .utf8) else {
      Terminal.complain("\(trace) cannot be read")
      throw ProgramExit.failure
    }
    do throws(CacheTrace.Failure) {
      return try CacheTrace.parse(text)
    } catch {
      Terminal.complain("\(trace), \(error)")
      throw ProgramExit.failure
    }
  }

  private func capacities(of entries: [CacheTraceEntry]) throws -> [Int] {
    if !cacheBytes.isEmpty {
      return try cacheBytes.map { text in
        guard let bytes = Amount.size(text), bytes > 0 else {
          throw ValidationError("--cache-bytes: expected a size such as 64MB, found \(text)")
        }
        return bytes
      }
    }
    var sizes: [String: Int] = [:]
    for entry in entries { sizes[entry.key] = entry.bytes }
    let all = sizes.values.reduce(0, +)
    return [50, 10, 2].map { max(1, all / $0) }
  }

  private static func row(_ cells: [String]) -> String {
    let widths = [12, 8, 10, 10, 12, 8, 10]
    let padded = zip(cells, widths).map { cell, width in
      cell + String(repeating: " ", count: max(0, width - cell.count))
    }
    var line = padded.joined(separator: " ")
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }

  /// Four decimals.
  private static func text(_ value: Double) -> String { "\((value * 1e4).rounded() / 1e4)" }
}
