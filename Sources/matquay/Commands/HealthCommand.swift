import ArgumentParser
import HTTPClient

/// Asks a running service whether it is well; for HEALTHCHECK, since a slim image has no curl.
struct HealthCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "health",
    abstract: "Ask a running service whether it is well; exit status 0 or 1.")

  @OptionGroup var service: ServiceAddress

  @Option(help: "What to ask: /livez, /readyz or /healthz.")
  var path = "/healthz"

  func run() throws {
    var request = service.request("GET", path)
    if service.timeout == nil { request.timeout = .seconds(5) }
    request.connectTimeout = .seconds(2)
    if service.caFile == nil, isLoopback(request.url) {
      // A certificate is made out to the service's public name, not to this machine's loopback.
      request.trust = .anyone
    }
    let reply = try service.attempt { () throws(HTTPClientError) in
      try BlockingClient().send(request)
    }
    Terminal.write(reply.text.hasSuffix("\n") ? reply.text : reply.text + "\n")
    guard reply.isSuccess else { throw ProgramExit.failure }
  }

  private func isLoopback(_ url: String) -> Bool {
    ["https://127.", "https://localhost", "https://[::1]"].contains { url.hasPrefix($0) }
  }
}
