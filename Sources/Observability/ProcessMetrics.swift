import Glibc

/// Figures of the process itself under the names that Prometheus' own clients use.
public enum ProcessMetrics {
  /// Registers them; they are read when the text is made.
  public static func register(in registry: MetricsRegistry, log: LogWriter? = nil) {
    registry.observeTotal(
      "process_cpu_seconds_total", help: "Processor time, user and system, in seconds."
    ) { processorSeconds() }
    registry.observe("process_resident_memory_bytes", help: "Resident memory.") {
      Double(statm(field: 1)) * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
    registry.observe("process_virtual_memory_bytes", help: "Virtual memory.") {
      Double(statm(field: 0)) * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
    registry.observe("process_open_fds", help: "Open descriptors.") { Double(openDescriptors()) }
    registry.observe("process_max_fds", help: "The bound of open descriptors.") {
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      return Double(limit.rlim_cur)
    }
    let start = Double(Timestamp.now().milliseconds) / 1_000
    registry.observe("process_start_time_seconds", help: "When it started, since 1970.") { start }
    if let log {
      registry.observeTotal(
        "matquay_log_lines_dropped_total", help: "Log lines that their reader was too slow for."
      ) { Double(log.dropped) }
    }
  }

  private static func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// A field of /proc/self/statm, in pages; 0 where there is no such file.
  private static func statm(field: Int) -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = fread(&bytes, 1, bytes.count, file)
    let fields = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ")
    return fields.indices.contains(field) ? Int(fields[field]) ?? 0 : 0
  }

  private static func openDescriptors() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return max(0, count - 3)  // ".", ".." and the folder's own
  }
}
