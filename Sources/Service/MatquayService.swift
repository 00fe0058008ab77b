// Service: the interface of Matquay (API) over the other rooms.
//
// Read first: `MatquayService` (what a request meets first), `Route` (one entry of the interface;
// the files under `Routes` hold one resource each) and `ExecutionRoutes` (the service's main job).
// Errors become answers in `ErrorMapping.swift`. The mathematics is behind `AlgorithmInterface`,
// bytes on sockets behind `HTTP`, everything durable behind `Jobs`.

public import HTTP
import HTTPTypes
import JSON
import Settings
import Synchronization

/// The service as a server sees it: heads come in, answers go out.
///
/// How to put it together, in this order:
/// 1. `Catalogue.standard(processor: OpenBLAS.coreName)`.
/// 2. A store and `JobConfiguration(algorithms: catalogue.ids, …)` with
///    `configuration.problem = ComputationRunner.problem` (the engine's own failures as documents).
/// 3. `JobEngine` with `runner: ComputationRunner(catalogue: catalogue)`.
/// 4. `MatquayService(ServiceParts(catalogue:settings:engine:metrics:logger:))`.
/// 5. `Server(handler: service, …)`.
/// When the process is told to end: `beginDraining()` (readiness turns 503, nothing new is taken),
/// then drain the server and the engine, and when the engine has, `endEventStreams()`.
public final class MatquayService: RequestHandler {
  let core: ServiceCore
  private let router: Router<PlacedRoute>
  private let routes: [Route]
  /// Requests that no route has taken.
  private let unmatched = RouteTally("unmatched")

  public init(_ parts: ServiceParts) {
    let core = ServiceCore(parts)
    self.core = core
    routes = Self.routes(core)
    router = Router(
      routes.map { (method: $0.method, pattern: $0.pattern, endpoint: PlacedRoute($0)) })
  }

  /// Every route, one resource after the other.
  private static func routes(_ core: ServiceCore) -> [Route] {
    var routes =
      LandingRoutes(core: core).routes + AlgorithmRoutes(core: core).routes
      + ExecutionRoutes(core: core).routes + JobRoutes(core: core).routes
      + EventRoutes(core: core).routes + BlobRoutes(core: core).routes
      + KeyRoutes(core: core).routes
      + SessionRoutes(core: core).routes + InferenceRoutes(core: core).routes
      + ResultRoutes(core: core).routes + QueueRoutes(core: core).routes
      + HealthRoutes(core: core).routes + ProblemRoutes().routes + StaticRoutes().routes
    routes += OpenAPIRoutes(core: core, documented: routes).routes
    return routes
  }

  /// Readiness turns 503 and requests for new computations are refused; the rest goes on.
  public func beginDraining() {
    core.isDraining.store(true, ordering: .relaxed)
  }

  /// Ends every event stream, so that their connections can close: to be called when no more will
  /// happen, which is when the engine has drained. Clients come back elsewhere and go on from their
  /// last event. Streams asked for from now on end at once.
  public func endEventStreams() {
    core.eventStreams.end()
  }

  public func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    let requestID = RequestID.of(head)
    var rates = RateStanding()
    do throws(Problem) {
      let client = core.proxies.client(of: head, peer)
      let (place, call) = try admit(head, client, requestID, &rates)
      switch place.route.work {
      case .memory(let answer):
        return .respond(core.finish(try answer(call), call))
      case .thread(let work):
        let held = try place.route.precheck?(call).map { HeldValue($0) }
        let limit = place.route.bodyLimit ?? core.settings.limits.body
        let core = core
        return .collect(limit: limit) { request, responder in
          let exchange = Exchange(call: call, request: request, responder: responder) {
            // Before the answer: whoever has that may ask again at once.
            held?.drop()
            return core.finish($0, $1)
          }
          Self.run(work, exchange)
          held?.drop()
        }
      }
    } catch {
      return .respond(core.refusal(error, head, requestID, rates))
    }
  }

  /// What can be said from the head alone: where it goes, who sent it, whether its query is known.
  private func admit(
    _ head: RequestHead, _ peer: Peer, _ requestID: String, _ rates: inout RateStanding
  ) throws(Problem) -> (PlacedRoute, Call) {
    let found = router.match(head)
    if found.isRateLimited { try core.rates.take(address: peer.address, &rates) }
    let (place, parameters) = try resolve(found, head)
    guard let query = QueryItems(head.query) else {
      throw Problem(
        .invalidHTTP, "The query has a malformed percent code, or text that is not UTF-8.")
    }
    let caller = try core.caller(
      of: head, peer, scope: place.route.scope,
      ticket: place.route.takesTicket ? query["ticket"] : nil)
    try core.rates.take(key: caller.id, &rates)
    if case .only(let known) = place.route.query { try Call.check(query, known) }
    let call = Call(
      head: head, peer: peer, parameters: parameters, query: query, caller: caller,
      requestID: requestID, tally: place.tally, rates: rates)
    return (place, call)
  }

  private func resolve(
    _ found: RouteMatch<PlacedRoute>, _ head: RequestHead
  ) throws(Problem) -> (PlacedRoute, PathParameters) {
    switch found {
    case .matched(let place, let parameters): return (place, parameters)
    case .options(let allow):
      return (PlacedRoute(.options(allow: allow), unmatched), PathParameters())
    case .methodNotAllowed(let allow):
      throw Problem(
        .methodNotAllowed, "\(head.method.rawValue) is not among the methods of this path.",
        fields: [.allow: allow.allowFieldValue])
    case .notFound:
      throw Problem(.notFound, "There is nothing at \(head.path).")
    }
  }

  private static func run(
    _ work: @Sendable (Exchange) throws(Problem) -> Response?, _ exchange: Exchange
  ) {
    do throws(Problem) {
      if let response = try work(exchange) { exchange.send(response) }
    } catch {
      exchange.send(error)
    }
  }

  public func refuse(_ refusal: Refusal, _ head: RequestHead?, from peer: Peer) -> Response {
    let requestID = head.map { RequestID.of($0) } ?? RequestID.make()
    return core.refusal(Problem(refusal), head, requestID, RateStanding())
  }

  public func finished(_ exchange: FinishedExchange) {
    let client = exchange.head.map { core.proxies.client(of: $0, exchange.peer) } ?? exchange.peer
    core.access.note(
      exchange, exchange.note as? RouteTally ?? tally(exchange.head), client: client.address)
  }

  /// Where an answer was given before a route had taken the request.
  private func tally(_ head: RequestHead?) -> RouteTally {
    guard let head, case .matched(let place, _) = router.match(head) else { return unmatched }
    return place.tally
  }
}

extension RouteMatch<PlacedRoute> {
  /// What leads nowhere counts like everything else; a browser's question for leave counts as a part of
  /// the request that follows.
  fileprivate var isRateLimited: Bool {
    switch self {
    case .matched(let place, _): place.route.isRateLimited
    case .options: false
    case .methodNotAllowed, .notFound: true
    }
  }
}
