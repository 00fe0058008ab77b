/// `matquay serve` on a free port of this machine.
final class ServiceProcess {
  let process: ChildProcess
  /// `http://127.0.0.1:PORT`.
  let url: String

  /// Starts it and waits until it listens.
  ///
  /// - Returns: `nil` where it does not start.
  init?(program: String, data: String) {
    guard
      let process = ChildProcess.start([
        program, "serve", "--port", "0", "--storage-path", data, "--log-level", "warning",
      ]), let line = process.line(), line.hasPrefix("listening on ")
    else { return nil }
    self.process = process
    url = String(line.dropFirst("listening on ".count))
  }
}
