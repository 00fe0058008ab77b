import ArgumentParser
import Glibc

/// A small JSON route of ours against Hummingbird 2 and nginx, driven by wrk on the same machine.
///
/// Before: build the peer once with `swift build -c release` in deploy/peers/hummingbird. What is
/// not there is left out and said so.
struct ServerBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "server",
    abstract: "A small JSON route against Hummingbird 2 and nginx, by wrk.")

  @OptionGroup var options: BenchOptions

  @Option(help: "Our binary.")
  var matquay = ""

  @Option(help: "The peer's binary.")
  var hummingbird = "deploy/peers/hummingbird/.build/release/peer"

  @Option(help: "Connections.")
  var connections = 64

  @Option(help: "Seconds for each measurement.")
  var seconds = 4

  /// One run of wrk.
  private struct Sample {
    var rate: Double  // requests/s
    var microseconds: Double  // of processor time of the server, for each request
    var p99: Double  // ms
  }

  private struct Contender {
    let name: String
    let process: ChildProcess
    let url: String
  }

  /// Data of the service and files of nginx; gone at the end.
  private static let temporary = "/tmp/matquay-bench-\(getpid())"

  func run() throws {
    defer { _ = ChildProcess.start(["rm", "-rf", Self.temporary])?.finish() }
    let contenders = start()
    guard !contenders.isEmpty else {
      print("nothing to measure: no server starts")
      throw ExitCode(1)
    }
    let results = try Interleaved.samples(
      rounds: options.rounds,
      of: contenders.map { contender in
        (contender.name, { try measure(contender) })
      })
    var figures = Figures("server")
    var medians: [String: Sample] = [:]
    for (name, samples) in results {
      let median = Sample(
        rate: samples.map(\.rate).median, microseconds: samples.map(\.microseconds).median,
        p99: samples.map(\.p99).median)
      medians[name] = median
      figures.add("\(name)_requests", median.rate, "1/s")
      figures.add("\(name)_cpu", median.microseconds, "µs")
      figures.add("\(name)_p99", median.p99, "ms")
    }
    for peer in ["hummingbird", "nginx"] {
      guard let own = medians["matquay"], let other = medians[peer] else {
        figures.note("\(peer) was not measured: its program is not here or does not start")
        continue
      }
      figures.add("requests_vs_\(peer)", own.rate / other.rate, "×")
      figures.add("cpu_vs_\(peer)", own.microseconds / other.microseconds, "×")
      figures.add("p99_vs_\(peer)", own.p99 / other.p99, "×")
    }
    figures.note(
      "\(connections) connections, \(options.rounds) rounds of \(seconds) s, wrk on the same cores")
    try figures.report(options)
  }

  private func start() -> [Contender] {
    let port = 20_000 + Int(getpid()) % 20_000
    var contenders: [Contender] = []
    func add(_ name: String, _ process: ChildProcess?, _ url: String?) {
      guard let process, let url else { return }
      contenders.append(Contender(name: name, process: process, url: url))
    }
    // The server room with a hop to a request thread, and the whole service's health on the loop.
    let hello = ChildProcess.start([Self.folder + "/matquay-bench", "hello-server"])
    add("matquay", hello, Self.address(hello).map { $0 + "/hello" })
    let service = ChildProcess.start([
      matquay.isEmpty ? Self.folder + "/matquay" : matquay, "serve", "--port", "0",
      "--storage-path", Self.temporary + "/data", "--log-level", "warning",
    ])
    add("service", service, Self.address(service).map { $0 + "/livez" })
    let peer = ChildProcess.start([hummingbird, "\(port)"])
    add("hummingbird", peer, peer?.line().map { _ in "http://127.0.0.1:\(port)/hello" })
    add("nginx", Self.startNginx(port: port + 1), "http://127.0.0.1:\(port + 1)/hello")
    return contenders.filter { Self.answers($0.url) }
  }

  /// What a server of ours says that it listens on.
  static func address(_ process: ChildProcess?) -> String? {
    guard let line = process?.line(), line.hasPrefix("listening on ") else { return nil }
    return String(line.dropFirst("listening on ".count))
  }

  /// nginx that answers from memory with the same body as the peer.
  private static func startNginx(port: Int) -> ChildProcess? {
    let folder = temporary + "/nginx"
    mkdir(temporary, 0o700)
    mkdir(folder, 0o700)
    let settings = """
      daemon off; worker_processes 1; error_log /dev/null; pid \(folder)/pid;
      events { worker_connections 2048; }
      http { access_log off; keepalive_requests 100000000; client_body_temp_path \(folder);
        proxy_temp_path \(folder); fastcgi_temp_path \(folder); uwsgi_temp_path \(folder);
        scgi_temp_path \(folder);
        server { listen 127.0.0.1:\(port); location / { default_type application/json;
          return 200 '{"message":"hello","id":12345,"ok":true}'; } } }
      """
    guard FileText.write(settings, to: folder + "/nginx.conf") else { return nil }
    return ChildProcess.start(["nginx", "-c", folder + "/nginx.conf", "-p", folder])
  }

  /// Whether a URL answers within 5 s.
  private static func answers(_ url: String) -> Bool {
    let probe = ChildProcess.start([
      "curl", "-s", "-o", "/dev/null", "--retry", "20", "--retry-delay", "0",
      "--retry-connrefused", "--max-time", "5", "-w", "%{http_code}", url,
    ])
    return probe?.finish().text.hasPrefix("2") == true
  }

  private func measure(_ contender: Contender) throws -> Sample {
    let before = contender.process.processorSeconds
    let wrk = ChildProcess.start([
      "wrk", "-t1", "-c\(connections)", "-d\(seconds)s", "--latency", contender.url,
    ])
    guard let text = wrk?.finish().text, let report = WrkReport(text) else {
      print("wrk is not here or failed on \(contender.url)")
      throw ExitCode(1)
    }
    guard report.failures == 0 else {
      print("\(contender.name): \(report.failures) requests failed")
      throw ExitCode(1)
    }
    let used = contender.process.processorSeconds - before
    return Sample(
      rate: report.rate, microseconds: used / report.requests * 1e6, p99: report.p99)
  }

  /// The folder of this program, where the build puts the others too.
  static let folder: String = {
    var path = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    guard count > 0 else { return "." }
    let own = String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
  }()
}
