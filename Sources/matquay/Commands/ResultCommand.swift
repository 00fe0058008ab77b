import ArgumentParser
import HTTPClient

/// Fetches a job's result.
struct ResultCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "result", abstract: "Fetch the result of a job.")

  @Argument var id: String

  @Option(
    name: [.long, .short],
    help: "File to write; its ending (.json, .npy, .npz, .safetensors) chooses the form.")
  var output: String?

  @OptionGroup var service: ServiceAddress

  func run() throws {
    if let output { return try Self.fetch(id, to: output, service) }
    let reply = try service.ask(service.request("GET", "/v1/jobs/\(Query.escaped(id))/results"))
    Terminal.write(reply.body, to: 1)
    Terminal.write("\n")
  }

  static func fetch(_ id: String, to path: String, _ service: ServiceAddress) throws {
    guard let type = TensorPath.mediaType(path), type != "text/plain" else {
      throw ValidationError("\(path): expected .json, .npy, .npz or .safetensors")
    }
    let request = service.request(
      "GET", "/v1/jobs/\(Query.escaped(id))/results", fields: [("Accept", type)])
    let reply = try service.attempt { () throws(HTTPClientError) in
      try BlockingClient().download(request, to: path)
    }
    guard reply.isSuccess else { throw ServiceAddress.failure(reply) }
  }
}
