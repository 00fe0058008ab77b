import ArgumentParser
import JSON

/// What goes with the inputs of a request, here and on a service.
struct RequestOptions: ParsableArguments {
  @Option(
    name: [.customLong("param"), .customShort("p")],
    help: "A parameter as NAME=VALUE; the value is JSON or plain text. May be repeated.")
  var parameters: [String] = []

  @Option(help: "Parameters as a JSON object; --param wins over it.")
  var params: String?

  @Option(help: "Seed of all randomness.")
  var seed: UInt64 = 0

  /// The members of `--params`.
  func document() throws -> JSONObject {
    guard let params else { return JSONObject() }
    guard let value = try? JSONValue.parse(params), let members = value.objectValue else {
      throw ValidationError("--params: expected a JSON object")
    }
    return members
  }

  /// The pairs of `--param`.
  func pairs() throws -> [(name: String, text: String)] {
    try parameters.map { pair in
      guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else {
        throw ValidationError("--param: expected NAME=VALUE, not \"\(pair)\"")
      }
      return (String(pair[..<equals]), String(pair[pair.index(after: equals)...]))
    }
  }
}
