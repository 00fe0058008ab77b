import ArgumentParser
import FoundationEssentials
import HTTPClient
import Settings

/// Where the service is, and who asks.
struct ServiceAddress: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Address of the service.",
      discussion: "Default: MATQUAY_URL, else what this machine's settings say."))
  var url: String?

  @Option(help: "Path of the service's UNIX socket.")
  var unixSocket: String?

  @Option(help: "PEM file with the authorities to believe.")
  var caFile: String?

  @Option(help: "Seconds to wait for an answer.")
  var timeout: Double?

  /// A request to a path of the service, with the caller's key.
  func request(
    _ method: String = "GET", _ path: String, fields: [(name: String, value: String)] = [],
    body: ClientRequest.Body = .none
  ) -> ClientRequest {
    let place = Self.place(flag: url, socket: unixSocket)
    var fields = fields
    if let key = ProcessInfo.processInfo.environment["MATQUAY_API_KEY"], !key.isEmpty {
      fields.append(("Authorization", "Bearer \(key)"))
    }
    var request = ClientRequest(
      method, place.url + path, fields: fields, body: body,
      timeout: timeout.map { .milliseconds(Int64($0 * 1_000)) } ?? .seconds(3_600),
      unixSocket: place.socket)
    if let caFile { request.trust = .authorities(caFile) }
    return request
  }

  /// Sends a request; an answer of 400 and above ends the program with its problem.
  func ask(_ request: ClientRequest) throws -> ClientReply {
    let reply = try attempt { () throws(HTTPClientError) in try BlockingClient().send(request) }
    guard reply.status < 400 else { throw Self.failure(reply) }
    return reply
  }

  /// Turns an error of the transfer into the end of the program.
  func attempt<Value>(_ work: () throws(HTTPClientError) -> Value) throws -> Value {
    do throws(HTTPClientError) {
      return try work()
    } catch {
      Terminal.complain("\(error)")
      throw ProgramExit.failure
    }
  }

  /// Shows the problem document of an answer.
  static func failure(_ reply: ClientReply) -> ExitCode {
    Terminal.complain("\(reply.status): \(Problem.text(of: reply))")
    return ProgramExit.failure
  }

  /// The flag, the variable, or what the settings of this machine say of the listener.
  static func place(flag: String?, socket: String?) -> (url: String, socket: String?) {
    let named = flag ?? ProcessInfo.processInfo.environment["MATQUAY_URL"]
    if let named, !named.isEmpty {
      return (named.hasSuffix("/") ? String(named.dropLast()) : named, socket)
    }
    if let socket { return ("http://localhost", socket) }
    // Wrong settings are the service's to complain about; here the defaults will do.
    let server = ((try? SettingsLoader().load())?.settings ?? ServiceSettings())
    let scheme = server.tls.certificate == nil ? "http" : "https"
    let host = ["0.0.0.0", "::"].contains(server.server.host) ? "127.0.0.1" : server.server.host
    let bracketed = host.contains(":") ? "[\(host)]" : host
    return ("\(scheme)://\(bracketed):\(server.server.port)", nil)
  }
}
