import Glibc

/// The program under attack: started in a folder of its own, watched from outside.
final class Target {
  private let process: ChildProcess
  let port: Int
  private let folder: String

  /// Starts `matquay serve` on a free port; nil where it does not.
  init?(program: String, settings: [String] = []) {
    var template = Array("/tmp/matquay-hostile-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return nil }
    folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    let started = ChildProcess.start(
      [program, "serve", "--port", "0", "--storage-path", folder + "/data", "--log-level", "error"]
        + settings)
    guard let started, let line = started.line(),
      let port = line.split(separator: ":").last.flatMap({ Int($0) })
    else { return nil }
    process = started
    self.port = port
  }

  deinit {
    process.stop()
    _ = ChildProcess.start(["rm", "-rf", folder])?.finish()
  }

  /// It has not ended.
  var isAlive: Bool { kill(process.pid, 0) == 0 && residentBytes > 0 }

  /// Descriptors it has open.
  var descriptors: Int {
    guard let list = opendir("/proc/\(process.pid)/fd") else { return 0 }
    defer { closedir(list) }
    var count = -2
    while readdir(list) != nil { count += 1 }
    return count
  }

  /// Memory of its own in RAM (RSS of proc(5)).
  var residentBytes: Int {
    guard let text = FileText.text("/proc/\(process.pid)/status") else { return 0 }
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
  }

  /// Seconds of processor time so far.
  var processorSeconds: Double { process.processorSeconds }

  /// A figure of its /metrics.
  func metric(_ name: String) -> Double? {
    guard let socket = RawSocket(port: port),
      socket.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
      let answer = socket.answer(), answer.status == 200
    else { return nil }
    let line = String(decoding: answer.body, as: UTF8.self).split(separator: "\n").first {
      $0.hasPrefix(name + " ")
    }
    return line?.split(separator: " ").last.flatMap { Double($0) }
  }

  /// Waits, at most so long, until only `connections` are open (this question's own included).
  func settles(connections: Double, seconds: Int) -> Bool {
    for _ in 0..<seconds * 10 {
      if let open = metric("http_connections_open"), open <= connections { return true }
      poll(nil, 0, 100)
    }
    return false
  }
}
