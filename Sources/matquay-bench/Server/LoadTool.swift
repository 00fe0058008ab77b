import ArgumentParser
import Glibc

/// One measurement of a server under load.
struct LoadSample {
  var rate: Double  // requests, handshakes or bodies a second
  var microseconds: Double  // of processor time of the server, for each of them
  var p99: Double  // ms; NaN where the tool does not say

  /// Each figure as a multiple of another's.
  func ratio(to other: LoadSample) -> LoadSample {
    LoadSample(
      rate: rate / other.rate, microseconds: microseconds / other.microseconds, p99: p99 / other.p99
    )
  }

  static func median(_ samples: [LoadSample]) -> LoadSample {
    LoadSample(
      rate: samples.map(\.rate).median, microseconds: samples.map(\.microseconds).median,
      p99: samples.map(\.p99).median)
  }
}

/// The programs that make load, and what they say.
enum LoadTool {
  /// wrk with one thread; every answer has to be a 2xx or 3xx.
  static func wrk(
    _ server: BenchServer, _ url: String, connections: Int, seconds: Int, closes: Bool = false
  ) throws -> LoadSample {
    let before = server.process.processorSeconds
    var words = ["wrk", "-t1", "-c\(connections)", "-d\(seconds)s", "--latency"]
    if closes { words += ["-H", "Connection: close"] }
    guard let text = ChildProcess.start(words + [url])?.finish().text, let report = WrkReport(text)
    else {
      print("wrk is not here or failed on \(url)")
      throw ExitCode(1)
    }
    // wrk counts a close it has not asked for by itself as a failed read.
    guard report.failures == 0 || closes else {
      print("\(server.name): \(report.failures) requests failed")
      throw ExitCode(1)
    }
    let used = server.process.processorSeconds - before
    return LoadSample(
      rate: report.rate, microseconds: used / report.requests * 1e6, p99: report.p99)
  }

  /// Full TLS handshakes one after the other, by `openssl s_time`.
  static func handshakes(_ server: BenchServer, port: Int, seconds: Int) throws -> LoadSample {
    let before = server.process.processorSeconds
    var text = ""
    // It looks at a clock of whole seconds, and ends up to one later than told.
    let elapsed = Interleaved.seconds {
      let child = ChildProcess.start([
        "openssl", "s_time", "-connect", "127.0.0.1:\(port)", "-new", "-time", "\(seconds)",
      ])
      text = child?.finish().text ?? ""
    }
    // "1234 connections in 3 real seconds, …"
    let words = text.split(separator: " ")
    guard let place = words.lastIndex(of: "real"), place >= 4,
      let count = words[place - 4].split(separator: "\n").last.flatMap({ Double($0) }), count > 0
    else {
      print("openssl s_time is not here or failed")
      throw ExitCode(1)
    }
    let used = server.process.processorSeconds - before
    return LoadSample(
      rate: count / elapsed, microseconds: used / count * 1e6, p99: .nan)
  }

  /// Exchanges of large bodies one after the other on one connection.
  static func bulk(
    _ server: BenchServer, port: Int, seconds: Int, head: String, body: [UInt8], expected: Int?
  ) throws -> LoadSample {
    guard let client = BulkClient(port: port) else { throw ExitCode(1) }
    // The first one pays for fresh memory and cold files.
    _ = client.exchange(head, body: body)
    let before = server.process.processorSeconds
    let clock = ContinuousClock()
    let start = clock.now
    var count = 0.0
    while clock.now - start < .seconds(seconds) {
      guard let received = client.exchange(head, body: body), expected ?? received == received
      else {
        print("\(server.name): an exchange of a large body failed")
        throw ExitCode(1)
      }
      count += 1
    }
    let elapsed = (clock.now - start) / .seconds(1)
    let used = server.process.processorSeconds - before
    return LoadSample(rate: count / elapsed, microseconds: used / count * 1e6, p99: .nan)
  }
}
