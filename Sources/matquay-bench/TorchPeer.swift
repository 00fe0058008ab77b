import ArgumentParser
import Glibc

/// The Python program that answers for PyTorch: commands go in through a FIFO, lines come out.
final class TorchPeer {
  private let process: ChildProcess
  private let commands: UnsafeMutablePointer<FILE>
  private let fifo: String

  /// `nil` where Python, PyTorch or the script is not there.
  init?(python: String, script: String, threads: Int) {
    fifo = "/tmp/matquay-bench-torch-\(getpid())"
    unlink(fifo)
    guard access(script, R_OK) == 0, mkfifo(fifo, 0o600) == 0 else { return nil }
    // Opened for both, which does not wait for a reader that may never come.
    let descriptor = open(fifo, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0, let file = fdopen(descriptor, "w"),
      let started = ChildProcess.start([python, script, fifo, "\(threads)"])
    else {
      unlink(fifo)
      return nil
    }
    commands = file
    process = started
    if process.line() != "ready" { return nil }
  }

  deinit {
    process.stop()
    fclose(commands)
    unlink(fifo)
  }

  /// Seconds and relative error of one computation.
  func measure(
    _ method: String, _ rows: Int, _ columns: Int, condition: Double
  ) throws -> (seconds: Double, error: Double) {
    fputs("\(method) \(rows) \(columns) \(condition)\n", commands)
    fflush(commands)
    let words = (process.line() ?? "").split(separator: " ").map { Double($0) ?? .nan }
    settle()
    guard words.count == 2 else { throw ValidationError("the torch peer ended") }
    return (words[0], words[1])
  }

  /// Returns once the peer's threads sleep (after half a second at most): OpenMP's spin for some
  /// 10 ms after a computation, on the very cores where the next contender is measured.
  private func settle() {
    var clock = clockid_t()
    guard clock_getcpuclockid(process.pid, &clock) == 0 else { return }
    func used() -> Double {
      var time = timespec()
      clock_gettime(clock, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    for _ in 0..<100 {
      let before = used()
      usleep(5_000)
      if used() - before < 1e-4 { return }
    }
  }
}
