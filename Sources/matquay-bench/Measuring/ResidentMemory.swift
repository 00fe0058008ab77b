import Glibc

/// Resident memory of a process by /proc/PID/status, in bytes.
struct ResidentMemory {
  /// All of it.
  var total: Int
  /// What is its own: neither files nor shared.
  var anonymous: Int

  init?(of pid: pid_t) {
    guard let text = FileText.text("/proc/\(pid)/status") else { return nil }
    func kilobytes(_ name: String) -> Int? {
      text.split(separator: "\n").first { $0.hasPrefix("\(name):") }?
        .split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    }
    guard let total = kilobytes("VmRSS"), let anonymous = kilobytes("RssAnon") else { return nil }
    self.total = total * 1_024
    self.anonymous = anonymous * 1_024
  }
}
