import Glibc

/// A server being measured.
struct BenchServer {
  let name: String
  let process: ChildProcess
  /// Port for clear text (or for TLS, where it is a server of that alone).
  let port: Int

  func url(_ path: String, scheme: String = "http") -> String {
    "\(scheme)://127.0.0.1:\(port)\(path)"
  }

  /// Starts a program of ours, which says where it listens. `nil` where it does not start.
  init?(_ name: String, announcing arguments: [String]) {
    guard let process = ChildProcess.start(arguments), let line = process.line(),
      line.hasPrefix("listening on "), let colon = line.lastIndex(of: ":"),
      let port = Int(line[line.index(after: colon)...])
    else { return nil }
    self.name = name
    self.process = process
    self.port = port
  }

  /// Starts a program that is told its port.
  init?(_ name: String, port: Int, probe: String, _ arguments: [String]) {
    guard let process = ChildProcess.start(arguments) else { return nil }
    self.name = name
    self.process = process
    self.port = port
    guard answers(url(probe)) else { return nil }
  }

  /// Whether a URL answers within 5 s.
  private func answers(_ url: String) -> Bool {
    let probe = ChildProcess.start([
      "curl", "-s", "-o", "/dev/null", "--retry", "20", "--retry-delay", "1",
      "--retry-connrefused", "--retry-max-time", "5", "--max-time", "5", "-w", "%{http_code}", url,
    ])
    return probe?.finish().text.hasPrefix("200") == true
  }
}
