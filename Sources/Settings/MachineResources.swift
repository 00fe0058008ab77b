import FoundationEssentials

/// Cores and memory that this process may use: the machine's, or less where a cgroup says so.
public struct MachineResources: Sendable, Equatable {
  /// Threads that can run at one time, ≥ 1.
  public let cores: Int
  /// Bytes of memory.
  public let memoryBytes: Int

  public init(cores: Int, memoryBytes: Int) {
    self.cores = max(1, cores)
    self.memoryBytes = memoryBytes
  }

  /// Those of this process, read anew at each call.
  public static func current() -> MachineResources {
    let machine = MachineResources(
      cores: ProcessInfo.processInfo.activeProcessorCount,
      memoryBytes: Int(clamping: ProcessInfo.processInfo.physicalMemory))
    return machine.limited { try? String(contentsOfFile: $0, encoding: .utf8) }
  }

  /// The least of these and what the cgroups of the process allow, version 1 or 2.
  ///
  /// Each group's own files and those of the groups above it count; inside a container the path
  /// that /proc names may not be mounted, so the mount's root is asked too.
  package func limited(by read: (String) -> String?) -> MachineResources {
    var cores = cores
    var memory = memoryBytes
    for line in (read("/proc/self/cgroup") ?? "").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let controllers = parts[1].split(separator: ",").map(String.init)
      for group in Self.ancestors(of: String(parts[2])) {
        if parts[1].isEmpty {
          let folder = "/sys/fs/cgroup" + group
          let quota = read(folder + "/cpu.max").flatMap(Self.pair)
          cores = min(cores, Self.cores(quota) ?? cores)
          memory = min(memory, Self.number(read(folder + "/memory.max")) ?? memory)
        }
        if controllers.contains("cpu") {
          for mount in ["/sys/fs/cgroup/\(parts[1])", "/sys/fs/cgroup/cpu"] {
            let folder = mount + group
            let quota = Self.number(read(folder + "/cpu.cfs_quota_us"))
            let period = Self.number(read(folder + "/cpu.cfs_period_us"))
            if let quota, let period { cores = min(cores, Self.cores((quota, period)) ?? cores) }
          }
        }
        if controllers.contains("memory") {
          let limit = Self.number(read("/sys/fs/cgroup/memory\(group)/memory.limit_in_bytes"))
          memory = min(memory, limit ?? memory)
        }
      }
    }
    return MachineResources(cores: cores, memoryBytes: memory)
  }

  /// `/a/b` gives `/a/b`, `/a` and the empty path of the root.
  private static func ancestors(of path: String) -> [String] {
    var groups = [""]
    for part in path.split(separator: "/") { groups.append("\(groups[groups.count - 1])/\(part)") }
    return groups.reversed()
  }

  /// A positive number; "max" and -1 stand for none.
  private static func number(_ text: String?) -> Int? {
    guard let first = text?.split(whereSeparator: \.isWhitespace).first, let value = Int(first),
      value > 0
    else { return nil }
    return value
  }

  private static func pair(_ text: String) -> (quota: Int, period: Int)? {
    let parts = text.split(whereSeparator: \.isWhitespace)
    guard parts.count == 2, let quota = number(String(parts[0])),
      let period = number(String(parts[1]))
    else { return nil }
    return (quota, period)
  }

  /// Part of a core counts as one: a pool of no thread would never compute.
  private static func cores(_ quota: (quota: Int, period: Int)?) -> Int? {
    quota.map { max(1, ($0.quota + $0.period - 1) / $0.period) }
  }
}

extension ServiceSettings {
  /// The settings with every `auto` put into numbers.
  ///
  /// - Parameter isTerminal: whether a person reads the log.
  public func resolved(for machine: MachineResources, isTerminal: Bool) -> ServiceSettings {
    var settings = self
    settings.compute.workers = compute.workers ?? machine.cores
    settings.compute.memoryBytes = compute.memoryBytes ?? machine.memoryBytes / 5 * 3
    settings.log.format = log.format ?? (isTerminal ? .text : .json)
    return settings
  }
}
