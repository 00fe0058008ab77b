import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Jobs
import Observability
import Synchronization

/// Is it alive, is it ready, which one is it, how is it doing.
struct HealthRoutes {
  let core: ServiceCore

  var routes: [Route] {
    let alive = Self.answer(
      ["status": "ok", "version": .string(core.build.version)], isFine: true)
    let readiness = Readiness(version: core.build.version)
    return [
      memory("/livez", "The process answers.", "Status") { _ in alive },
      memory("/readyz", "New work is taken; 503 while draining or without the store.", "Status") {
        [core] _ in readiness.answer(core)
      },
      memory("/healthz", "The parts of the service and how they are.", "Status") { [core] _ in
        readiness.answer(core)
      },
      memory("/version", "Which program this is.", "Version") { [core] _ in Self.version(core) },
      Route(
        .get, "/metrics", scope: .read,
        RouteDocumentation(
          "operations", "Figures in Prometheus text.",
          answers: [.init(200, "Format 0.0.4.", [("text/plain", ["type": "string"])])])
      ) { [core] (_: Exchange) throws(Problem) in
        JobMetrics(core.metrics).observe(core.engine)
        var response = Response.text("", type: MetricsRegistry.contentType)
        response.body = .bytes(core.metrics.exposition())
        response.fields[.cacheControl] = "no-store"
        return response
      },
    ]
  }

  private func memory(
    _ pattern: String, _ summary: String, _ component: String,
    _ answer: @escaping @Sendable (Call) -> Response
  ) -> Route {
    var answers = [RouteDocumentation.Answer.json(200, summary, component)]
    if pattern == "/readyz" || pattern == "/healthz" {
      answers.append(.json(503, "Not ready.", component))
    }
    var route = Route(
      .get, pattern, scope: nil, RouteDocumentation("operations", summary, answers: answers)
    ) { (call) throws(Problem) in answer(call) }
    route.isRateLimited = pattern == "/version"
    return route
  }

  /// The four answers to "is it ready", put together once.
  private struct Readiness: Sendable {
    private let answers: [Response]

    init(version: String) {
      answers = (0..<4).map { index in
        let isDraining = index & 1 != 0
        let hasStore = index & 2 != 0
        let status = isDraining ? "draining" : hasStore ? "ok" : "unavailable"
        return HealthRoutes.answer(
          [
            "status": .string(status), "version": .string(version),
            "checks": ["store": hasStore ? "ok" : "unavailable", "draining": .bool(isDraining)],
          ], isFine: !isDraining && hasStore)
      }
    }

    func answer(_ core: ServiceCore) -> Response {
      answers[(core.isDraining.load(ordering: .relaxed) ? 1 : 0) + (core.hasStore ? 2 : 0)]
    }
  }

  /// Too short to be compressed.
  private static func answer(_ value: JSONValue, isFine: Bool) -> Response {
    var response = Response.json(value, status: isFine ? .ok : .serviceUnavailable)
    response.isCompressible = false
    response.fields[.cacheControl] = "no-store"
    if !isFine { response.fields[.retryAfter] = "5" }
    return response
  }

  private static func version(_ core: ServiceCore) -> Response {
    var version: JSONObject = ["name": "matquay", "version": .string(core.build.version)]
    if let commit = core.build.commit { version["commit"] = .string(commit) }
    version["processor"] = .string(core.catalogue.processor)
    version["algorithms"] = .object(
      JSONObject(
        core.catalogue.all.map { (key: $0.id, value: .string($0.description.version)) }))
    return .json(.object(version))
  }
}

extension ServiceCore {
  /// Whether the job store answers, as far as memory knows.
  var hasStore: Bool { engine.health.hasStore }

  /// Whether new work is taken.
  var isReady: Bool { hasStore && !isDraining.load(ordering: .relaxed) }
}

extension EngineHealth {
  /// Whether the store answers; a draining engine's does.
  fileprivate var hasStore: Bool {
    switch self {
    case .ready, .draining: true
    case .starting, .unavailable: false
    }
  }
}
