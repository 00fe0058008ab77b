import ArgumentParser

/// One scenario after the other over the servers there are.
///
/// They take turns of a second, and a ratio is the median over the rounds of turns: a machine that
/// changes its pace every few seconds changes it for both.
struct ServerMeasurement {
  let fleet: ServerFleet
  let rounds: Int
  let seconds: Int
  let connections: Int

  func run(_ scenario: ServerScenario, _ figures: inout Figures) throws {
    switch scenario {
    case .start: start(&figures)
    case .idle: try idle(&figures)
    case .tiny: try tiny("", connections, withService: true, &figures)
    case .many: try tiny("512_", 512, withService: false, &figures)
    case .connect: try connect(&figures)
    case .tls: try tls(&figures)
    case .handshake: try handshake(&figures)
    case .post: try post(&figures)
    case .download: try download(&figures)
    case .busy: try busy(&figures)
    }
  }

  private typealias Contender = (server: BenchServer?, measure: (BenchServer) throws -> LoadSample)

  /// Seconds of one turn.
  private static let turn = 1

  /// Each server in turn; medians of its figures as `PREFIXNAME_…`.
  private func compare(
    _ prefix: String, _ contenders: [Contender],
    _ figures: inout Figures
  ) throws -> [String: [LoadSample]] {
    let present = contenders.compactMap { contender in contender.server.map { ($0, contender) } }
    let results = try Interleaved.samples(
      rounds: rounds * seconds / Self.turn,
      of: present.map { server, contender in
        (server.name, { try contender.measure(server) })
      })
    var all: [String: [LoadSample]] = [:]
    for (name, samples) in results {
      all[name] = samples
      let median = LoadSample.median(samples)
      figures.add("\(prefix)\(name)_requests", median.rate, "1/s")
      figures.add("\(prefix)\(name)_cpu", median.microseconds, "µs")
      if !median.p99.isNaN { figures.add("\(prefix)\(name)_p99", median.p99, "ms") }
    }
    return all
  }

  /// Adds the ratios of ours to each peer's.
  private func ratios(
    _ prefix: String, _ samples: [String: [LoadSample]], _ figures: inout Figures
  ) {
    for peer in ["hummingbird", "nginx"] {
      guard let ratio = ratio(of: "matquay", to: peer, samples) else { continue }
      figures.add("\(prefix)requests_vs_\(peer)", ratio.rate, "×")
      figures.add("\(prefix)cpu_vs_\(peer)", ratio.microseconds, "×")
      if !ratio.p99.isNaN { figures.add("\(prefix)p99_vs_\(peer)", ratio.p99, "×") }
    }
  }

  /// Medians of the ratios of the turns; nil where one of the two was not measured.
  private func ratio(
    of own: String, to peer: String, _ samples: [String: [LoadSample]]
  ) -> LoadSample? {
    guard let own = samples[own], let other = samples[peer] else { return nil }
    return LoadSample.median(zip(own, other).map { $0.ratio(to: $1) })
  }

  // MARK: Small requests

  private func tiny(
    _ prefix: String, _ connections: Int, withService: Bool, _ figures: inout Figures
  ) throws {
    func measured(_ path: String) -> (BenchServer) throws -> LoadSample {
      { server in
        try LoadTool.wrk(server, server.url(path), connections: connections, seconds: Self.turn)
      }
    }
    // The server room, once with a hop to a request thread for every request, and the whole service's
    // health on the loop.
    let samples = try compare(
      prefix,
      [
        (fleet.room, measured("/hello")), (fleet.handing, measured("/hello")),
        (withService ? fleet.service : nil, measured("/livez")),
        (fleet.hummingbird, measured("/hello")), (fleet.nginx, measured("/hello")),
      ], &figures)
    ratios(prefix, samples, &figures)
  }

  private func connect(_ figures: inout Figures) throws {
    func measured(_ path: String) -> (BenchServer) throws -> LoadSample {
      { server in
        try LoadTool.wrk(
          server, server.url(path), connections: connections, seconds: Self.turn, closes: true)
      }
    }
    let samples = try compare(
      "connect_",
      [
        (fleet.room, measured("/hello")), (fleet.hummingbird, measured("/hello")),
        (fleet.nginx, measured("/hello")),
      ], &figures)
    ratios("connect_", samples, &figures)
  }

  private func tls(_ figures: inout Figures) throws {
    let samples = try compare(
      "tls_",
      [
        (
          fleet.secureRoom,
          { server in
            try LoadTool.wrk(
              server, server.url("/hello", scheme: "https"), connections: connections,
              seconds: Self.turn)
          }
        ),
        (
          fleet.nginx,
          { server in
            try LoadTool.wrk(
              server, "https://127.0.0.1:\(server.port + 1)/hello", connections: connections,
              seconds: Self.turn)
          }
        ),
      ], &figures)
    ratios("tls_", samples, &figures)
  }

  private func handshake(_ figures: inout Figures) throws {
    let samples = try compare(
      "handshake_",
      [
        (
          fleet.secureRoom,
          { try LoadTool.handshakes($0, port: $0.port, seconds: Self.turn) }
        ),
        (fleet.nginx, { try LoadTool.handshakes($0, port: $0.port + 1, seconds: Self.turn) }),
      ], &figures)
    ratios("handshake_", samples, &figures)
  }

  // MARK: Large bodies

  private func post(_ figures: inout Figures) throws {
    let body = [UInt8](repeating: 0x61, count: ServerFleet.large)
    let head = "POST /body HTTP/1.1\r\nContent-Length: \(body.count)"
    func measure(_ server: BenchServer) throws -> LoadSample {
      try LoadTool.bulk(
        server, port: server.port, seconds: Self.turn, head: head, body: body, expected: 8)
    }
    let samples = try compare(
      "post_", [(fleet.room, measure), (fleet.hummingbird, measure)], &figures)
    ratios("post_", samples, &figures)
  }

  private func download(_ figures: inout Figures) throws {
    func measured(_ head: String, _ expected: Int?) -> (BenchServer) throws -> LoadSample {
      { server in
        try LoadTool.bulk(
          server, port: server.port, seconds: Self.turn, head: head, body: [], expected: expected)
      }
    }
    let file = measured("GET /file HTTP/1.1", ServerFleet.large)
    let result = try fleet.service.map {
      try BusyService(server: $0, folder: fleet.folder).largeResult()
    }
    let samples = try compare(
      "download_",
      [
        (fleet.room, file),
        (
          result == nil ? nil : fleet.service,
          measured(
            "GET \(result ?? "") HTTP/1.1\r\nAccept: application/vnd.safetensors", nil)
        ),
        (fleet.nginx, file),
      ], &figures)
    ratios("download_", samples, &figures)
    guard let ratio = ratio(of: "service", to: "nginx", samples) else { return }
    figures.add("download_result_time_vs_nginx", 1 / ratio.rate, "×")
    figures.add("download_result_cpu_vs_nginx", ratio.microseconds, "×")
  }

  // MARK: Memory and latency

  private func start(_ figures: inout Figures) {
    for server in [fleet.service, fleet.room, fleet.hummingbird, fleet.nginx] {
      guard let server, let memory = server.process.memory else { continue }
      figures.add("start_\(server.name)_rss", Double(memory.total) / 1e6, "MB")
      figures.add("start_\(server.name)_own", Double(memory.anonymous) / 1e6, "MB")
    }
  }

  private func idle(_ figures: inout Figures) throws {
    for (server, path) in [
      (fleet.service, "/livez"), (fleet.room, "/hello"), (fleet.hummingbird, "/hello"),
      (fleet.nginx, "/hello"),
    ] {
      guard let server else { continue }
      let cost = try IdleConnections.cost(of: server, path: path, count: 2_000)
      figures.add("idle_\(server.name)", cost / 1_000, "KB")
    }
  }

  private func busy(_ figures: inout Figures) throws {
    guard let service = fleet.service else { return }
    try BusyService(server: service, folder: fleet.folder).startComputing(jobs: 24)
    let before = service.process.processorSeconds
    let clock = ContinuousClock()
    let start = clock.now
    let own = try BusyService.latency(of: service, path: "/livez", seconds: seconds)
    let cores =
      (service.process.processorSeconds - before) / ((clock.now - start) / .seconds(1))
    figures.add("busy_cores", cores, "")
    figures.add("busy_service_p99", own.p99, "ms")
    figures.add("busy_service_worst", own.worst, "ms")
    guard let nginx = fleet.nginx else { return }
    let other = try BusyService.latency(of: nginx, path: "/hello", seconds: seconds)
    figures.add("busy_nginx_p99", other.p99, "ms")
  }
}
