import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Jobs

/// `/v1/queue`: what waits, and holding it back.
struct QueueRoutes {
  let core: ServiceCore

  var routes: [Route] {
    [
      Route(
        .get, "/v1/queue", scope: .read,
        RouteDocumentation(
          "queue", "What waits and what runs.", answers: [.json(200, "The queue.", "Queue")])
      ) { [core] (_) throws(Problem) in try Self.document(core) },
      change("pause", "Start no more jobs; kept over a restart.", paused: true),
      change("resume", "Start jobs again.", paused: false),
    ]
  }

  private func change(_ word: String, _ summary: String, paused: Bool) -> Route {
    let core = core
    return Route(
      .post, "/v1/queue/\(word)", scope: .admin,
      query: .only([
        QueryParameter("algorithm", .string(maximumLength: 64), "Of one algorithm only.")
      ]),
      RouteDocumentation(
        "queue", summary, answers: [.json(200, "The queue.", "Queue")], problems: [404])
    ) { (exchange) throws(Problem) in
      let algorithm = exchange.call.query["algorithm"]
      if let algorithm, core.catalogue[algorithm] == nil {
        throw Problem(.notFound, "There is no algorithm \"\(algorithm)\".")
      }
      try core.asking { () throws(JobError) in
        try core.engine.setPaused(paused, algorithm: algorithm)
      }
      return try Self.document(core)
    }
  }

  private static func document(_ core: ServiceCore) throws(Problem) -> Response {
    let queue = try core.asking { () throws(JobError) in try core.engine.queueState() }
    var parts = JSONObject()
    for id in core.catalogue.ids {
      let part = queue.byAlgorithm[id]
      parts[id] = [
        "paused": .bool(part?.paused ?? false), "queued": .integer(Int64(part?.queued ?? 0)),
        "running": .integer(Int64(part?.running ?? 0)),
      ]
    }
    return .json(
      [
        "paused": .bool(queue.paused), "queued": .integer(Int64(queue.queued)),
        "running": .integer(Int64(queue.running)), "workers": .integer(Int64(queue.workers)),
        "by_algorithm": .object(parts),
      ], fields: [.cacheControl: "no-store"])
  }
}
