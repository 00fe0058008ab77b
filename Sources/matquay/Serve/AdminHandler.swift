import HTTP
import HTTPTypes
import Service

/// The admin listener: health and metrics of the service, nothing else.
struct AdminHandler: RequestHandler {
  let service: MatquayService

  private static let paths: Set<String> = [
    "/livez", "/readyz", "/healthz", "/version", "/metrics",
  ]

  func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    guard Self.paths.contains(head.path) else {
      return .respond(Response(status: .notFound, body: .none))
    }
    return service.begin(head, from: peer)
  }

  func refuse(_ refusal: Refusal, _ head: RequestHead?, from peer: Peer) -> Response {
    service.refuse(refusal, head, from: peer)
  }

  func finished(_ exchange: FinishedExchange) {
    service.finished(exchange)
  }
}
