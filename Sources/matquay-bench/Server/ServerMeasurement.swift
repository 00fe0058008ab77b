import ArgumentParser

/// One scenario after the other over the servers there are.
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

  /// Medians over the rounds, each server in turn; their figures as `PREFIXNAME_…`.
  private func compare(
    _ prefix: String, _ contenders: [Contender],
    _ figures: inout Figures
  ) throws -> [String: LoadSample] {
    let present = contenders.compactMap { contender in contender.server.map { ($0, contender) } }
    let results = try Interleaved.samples(
      rounds: rounds,
      of: present.map { server, contender in
        (server.name, { try contender.measure(server) })
      })
    var medians: [String: LoadSample] = [:]
    for (name, samples) in results {
      let median = LoadSample.median(samples)
      medians[name] = median
      figures.add("\(prefix)\(name)_requests", median.rate, "1/s")
      figures.add("\(prefix)\(name)_cpu", median.microseconds, "µs")
      if !median.p99.isNaN { figures.add("\(prefix)\(name)_p99", median.p99, "ms") }
    }
    return medians
  }

  /// Adds the ratios of ours to each peer's.
  private func ratios(
    _ prefix: String, _ medians: [String: LoadSample], own: String = "matquay",
    _ figures: inout Figures
  ) {
    guard let own = medians[own] else { return }
    for peer in ["hummingbird", "nginx"] {
      guard let other = medians[peer] else { continue }
      figures.add("\(prefix)requests_vs_\(peer)", own.rate / other.rate, "×")
      figures.add("\(prefix)cpu_vs_\(peer)", own.microseconds / other.microseconds, "×")
      if own.p99.isNaN || other.p99.isNaN { continue }
      figures.add("\(prefix)p99_vs_\(peer)", own.p99 / other.p99, "×")
    }
  }

  // MARK: Small requests

  private func tiny(
    _ prefix: String, _ connections: Int, withService: Bool, _ figures: inout Figures
  ) throws {
    func measured(_ path: String) -> (BenchServer) throws -> LoadSample {
      { server in
        try LoadTool.wrk(server, server.url(path), connections: connections, seconds: seconds)
      }
    }
    // The server room, once with a hop to a request thread for every request, and the whole service's
    // health on the loop.
    let medians = try compare(
      prefix,
      [
        (fleet.room, measured("/hello")), (fleet.handing, measured("/hello")),
        (withService ? fleet.service : nil, measured("/livez")),
        (fleet.hummingbird, measured("/hello")), (fleet.nginx, measured("/hello")),
      ], &figures)
    ratios(prefix, medians, &figures)
  }

  private func connect(_ figures: inout Figures) throws {
    func measured(_ path: String) -> (BenchServer) throws -> LoadSample {
      { server in
        try LoadTool.wrk(
          server, server.url(path), connections: connections, seconds: seconds, closes: true)
      }
    }
    let medians = try compare(
      "connect_",
      [
        (fleet.room, measured("/hello")), (fleet.hummingbird, measured("/hello")),
        (fleet.nginx, measured("/hello")),
      ], &figures)
    ratios("connect_", medians, &figures)
  }

  private func tls(_ figures: inout Figures) throws {
    let medians = try compare(
      "tls_",
      [
        (
          fleet.secureRoom,
          { server in
            try LoadTool.wrk(
              server, server.url("/hello", scheme: "https"), connections: connections,
              seconds: seconds)
          }
        ),
        (
          fleet.nginx,
          { server in
            try LoadTool.wrk(
              server, "https://127.0.0.1:\(server.port + 1)/hello", connections: connections,
              seconds: seconds)
          }
        ),
      ], &figures)
    ratios("tls_", medians, &figures)
  }

  private func handshake(_ figures: inout Figures) throws {
    let medians = try compare(
      "handshake_",
      [
        (
          fleet.secureRoom,
          { try LoadTool.handshakes($0, port: $0.port, seconds: seconds) }
        ),
        (fleet.nginx, { try LoadTool.handshakes($0, port: $0.port + 1, seconds: seconds) }),
      ], &figures)
    ratios("handshake_", medians, &figures)
  }

  // MARK: Large bodies

  private func post(_ figures: inout Figures) throws {
    let body = [UInt8](repeating: 0x61, count: ServerFleet.large)
    let head = "POST /body HTTP/1.1\r\nContent-Length: \(body.count)"
    func measure(_ server: BenchServer) throws -> LoadSample {
      try LoadTool.bulk(
        server, port: server.port, seconds: seconds, head: head, body: body, expected: 8)
    }
    let medians = try compare(
      "post_", [(fleet.room, measure), (fleet.hummingbird, measure)], &figures)
    ratios("post_", medians, &figures)
  }

  private func download(_ figures: inout Figures) throws {
    func measured(_ head: String, _ expected: Int?) -> (BenchServer) throws -> LoadSample {
      { server in
        try LoadTool.bulk(
          server, port: server.port, seconds: seconds, head: head, body: [], expected: expected)
      }
    }
    let file = measured("GET /file HTTP/1.1", ServerFleet.large)
    let result = try fleet.service.map {
      try BusyService(server: $0, folder: fleet.folder).largeResult()
    }
    let medians = try compare(
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
    ratios("download_", medians, &figures)
    guard let own = medians["service"], let other = medians["nginx"] else { return }
    figures.add("download_result_time_vs_nginx", other.rate / own.rate, "×")
    figures.add("download_result_cpu_vs_nginx", own.microseconds / other.microseconds, "×")
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
