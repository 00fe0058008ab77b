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
/// then drain the server, then the engine.
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

  public func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    let requestID = RequestID.of(head)
    do throws(Problem) {
      let (place, call) = try admit(head, peer, requestID)
      let route = place.route
      switch route.work {
      case .memory(let answer):
        return .respond(core.finish(try answer(call), call))
      case .thread(let work):
        let held = try route.precheck?(call)
        let limit = route.bodyLimit ?? core.settings.limits.body
        let core = core
        return .collect(limit: limit) { request, responder in
          let exchange = Exchange(call: call, request: request, responder: responder) {
            core.finish($0, $1)
          }
          withExtendedLifetime(held) { Self.run(work, exchange) }
        }
      }
    } catch {
      return .respond(core.refusal(error, head, requestID))
    }
  }

  /// What can be said from the head alone: where it goes, who sent it, whether its query is known.
  private func admit(
    _ head: RequestHead, _ peer: Peer, _ requestID: String
  ) throws(Problem) -> (PlacedRoute, Call) {
    let place: PlacedRoute
    let parameters: PathParameters
    switch router.match(head) {
    case .matched(let endpoint, let values): (place, parameters) = (endpoint, values)
    case .options(let allow):
      (place, parameters) = (PlacedRoute(.options(allow: allow), unmatched), PathParameters())
    case .methodNotAllowed(let allow):
      throw Problem(
        .methodNotAllowed, "\(head.method.rawValue) is not among the methods of this path.",
        fields: [.allow: allow.allowFieldValue])
    case .notFound:
      throw Problem(.notFound, "There is nothing at \(head.path).")
    }
    guard let query = QueryItems(head.query) else {
      throw Problem(
        .invalidHTTP, "The query has a malformed percent code, or text that is not UTF-8.")
    }
    let route = place.route
    let caller = try core.caller(
      of: head, peer, scope: route.scope, ticket: route.takesTicket ? query["ticket"] : nil)
    if case .only(let known) = route.query { try Call.check(query, known) }
    let call = Call(
      head: head, peer: peer, parameters: parameters, query: query, caller: caller,
      requestID: requestID, tally: place.tally)
    return (place, call)
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
    return core.refusal(Problem(refusal), head, requestID)
  }

  public func finished(_ exchange: FinishedExchange) {
    core.access.note(exchange, exchange.note as? RouteTally ?? tally(exchange.head))
  }

  /// Where an answer was given before a route had taken the request.
  private func tally(_ head: RequestHead?) -> RouteTally {
    guard let head, case .matched(let place, _) = router.match(head) else { return unmatched }
    return place.tally
  }
}
