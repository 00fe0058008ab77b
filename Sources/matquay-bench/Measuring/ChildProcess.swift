import Glibc

/// A program that this one started.
final class ChildProcess {
  let pid: pid_t
  /// Its standard output, where it was asked for.
  private let output: UnsafeMutablePointer<FILE>?
  private var isOver = false

  private init(pid: pid_t, output: UnsafeMutablePointer<FILE>?) {
    self.pid = pid
    self.output = output
  }

  deinit {
    stop()
    if let output { fclose(output) }
  }

  /// Starts a program with its standard output readable here and its errors dropped.
  ///
  /// - Returns: `nil` where it cannot be started.
  static func start(_ arguments: [String]) -> ChildProcess? {
    var ends: [Int32] = [0, 0]
    guard let program = arguments.first, pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var pid: pid_t = 0
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let status = posix_spawnp(&pid, program, &actions, nil, &words, environ)
    close(ends[1])
    guard status == 0 else {
      close(ends[0])
      return nil
    }
    return ChildProcess(pid: pid, output: fdopen(ends[0], "r"))
  }

  /// The next line of its output without the line feed; `nil` at the end.
  func line() -> String? {
    guard let output else { return nil }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    guard getline(&line, &capacity, output) >= 0, let line else { return nil }
    let text = String(cString: line)
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  /// Everything it still prints, and its exit status.
  func finish() -> (text: String, status: Int32) {
    var lines: [String] = []
    while let line = line() { lines.append(line) }
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    isOver = true
    return (lines.joined(separator: "\n"), status >> 8 & 0xFF)
  }

  /// Asks it to end and waits until it has. SIGKILL does not ask.
  func stop(with signal: Int32 = SIGTERM) {
    guard !isOver else { return }
    kill(pid, signal)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    isOver = true
  }

  /// Seconds of processor time used so far by the process and its living children.
  var processorSeconds: Double {
    ([pid] + children()).reduce(0) { $0 + Self.processorSeconds(of: $1) }
  }

  /// Resident memory of the process and its living children; `nil` where it is over.
  var memory: ResidentMemory? {
    guard var sum = ResidentMemory(of: pid) else { return nil }
    for child in children() {
      guard let more = ResidentMemory(of: child) else { continue }
      sum.total += more.total
      sum.anonymous += more.anonymous
    }
    return sum
  }

  private func children() -> [pid_t] {
    let text = FileText.text("/proc/\(pid)/task/\(pid)/children") ?? ""
    return text.split(separator: " ").compactMap { pid_t($0) }
  }

  /// By the process's own clock, which counts nanoseconds where /proc counts hundredths.
  private static func processorSeconds(of pid: pid_t) -> Double {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
