import HTTP
import HTTPTypes
import JSON
import Jobs

/// A request on its way to its one answer: what a route on a request thread works with.
struct Exchange: Sendable {
  let call: Call
  let request: Request
  private let responder: any Responder
  private let finish: @Sendable (Response, Call) -> Response

  /// - Parameter finish: adds the fields that every answer has.
  init(
    call: Call, request: Request, responder: any Responder,
    finish: @escaping @Sendable (Response, Call) -> Response
  ) {
    self.call = call
    self.request = request
    self.responder = responder
    self.finish = finish
  }

  var head: RequestHead { request.head }
  var body: BodyBytes { request.body }

  /// Sends the answer; the first one counts.
  func send(_ response: Response) {
    responder.respond(finish(response, call))
  }

  /// Sends a problem.
  func send(_ problem: Problem) {
    send(problem.response(instance: call.instance, requestID: call.requestID))
  }

  /// Sends what became of a submission.
  func send(
    _ result: Result<Submission, JobError>,
    as response: (Submission) throws(Problem) -> Response
  ) {
    do throws(Problem) {
      switch result {
      case .success(let submission): send(try response(submission))
      case .failure(let error): throw Problem(error)
      }
    } catch {
      send(error)
    }
  }

  /// Calls `action` once if the client goes away before the answer.
  func onDisconnect(_ action: @escaping @Sendable () -> Void) {
    responder.onDisconnect(action)
  }
}

extension Response {
  /// An answer in JSON.
  static func json(
    _ value: JSONValue, status: HTTPResponse.Status = .ok, fields: HTTPFields = [:],
    type: String = "application/json"
  ) -> Response {
    json(bytes: value.serialized(), status: status, fields: fields, type: type)
  }

  static func json(
    bytes: [UInt8], status: HTTPResponse.Status = .ok, fields: HTTPFields = [:],
    type: String = "application/json"
  ) -> Response {
    var fields = fields
    fields[.contentType] = type
    return Response(status: status, fields: fields, body: .bytes(bytes), isCompressible: true)
  }

  /// Text of another type.
  static func text(
    _ text: String, type: String, status: HTTPResponse.Status = .ok
  ) -> Response {
    var fields = HTTPFields()
    fields[.contentType] = type
    return Response(
      status: status, fields: fields, body: .bytes(Array(text.utf8)), isCompressible: true)
  }
}

extension Problem {
  /// The problem as an answer.
  func response(instance: String?, requestID: String) -> Response {
    var fields = self.fields
    fields[.contentType] = "application/problem+json"
    fields[.cacheControl] = "no-store"
    let document = JSONValue.object(self.document(instance: instance, requestID: requestID))
    return Response(
      status: .init(code: status), fields: fields, body: .bytes(document.serialized()))
  }
}
