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

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp(
      "After the file, a parameter may also be an option of its own name: --capacity 200.",
      valueName: "--name value"))
  var others: [String] = []

  /// The members of `--params`.
  func document() throws -> JSONObject {
    guard let params else { return JSONObject() }
    guard let value = try? JSONValue.parse(params), let members = value.objectValue else {
      throw ValidationError("--params: expected a JSON object")
    }
    return members
  }

  /// The pairs of `--param`, and of options that bear a parameter's name.
  func pairs() throws -> [(name: String, text: String)] {
    let pairs = try parameters.map { pair in
      guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else {
        throw ValidationError("--param: expected NAME=VALUE, not \"\(pair)\"")
      }
      return (String(pair[..<equals]), String(pair[pair.index(after: equals)...]))
    }
    return try pairs + named()
  }

  /// `--name value` and `--name=value`; a dash in a name stands for an underscore.
  private func named() throws -> [(name: String, text: String)] {
    var named: [(name: String, text: String)] = []
    var rest = others[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("--"), word.count > 2 else {
        throw ValidationError("Unexpected argument '\(word)'")
      }
      var name = word.dropFirst(2)
      let text: String
      if let equals = name.firstIndex(of: "=") {
        text = String(name[name.index(after: equals)...])
        name = name[..<equals]
      } else if let value = rest.popFirst() {
        text = value
      } else {
        throw ValidationError("\(word): expected a value")
      }
      named.append((String(name.map { $0 == "-" ? "_" : $0 }), text))
    }
    return named
  }
}
