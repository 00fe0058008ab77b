import AlgorithmInterface
import HTTP
import HTTPTypes

/// The forms in which all outputs of a job are sent.
enum ResultFormat: String, CaseIterable, Sendable {
  case json, safetensors, npz, npy

  var mediaType: String {
    switch self {
    case .json: MediaTypes.json
    case .safetensors: MediaTypes.safetensors
    case .npz: MediaTypes.npz
    case .npy: MediaTypes.npy
    }
  }
}

/// What a caller wants a result to look like, from `Accept` and the query.
struct ResultWish: Sendable {
  /// How tensors stand in JSON.
  var usesBase64 = false
  /// One output, by name.
  var output: String?
  private var accept: Accept

  /// Query parameters of every route that answers with a result.
  static let parameters = [
    QueryParameter(
      "tensors", .choice(["arrays", "base64"]),
      "How tensors stand in JSON: nested arrays (default) or objects with base64 data."),
    QueryParameter(
      "output", .string(maximumLength: 1024), "The one output wanted, for application/x-npy."),
  ]

  /// - Throws: `not-acceptable` where no form of a result is, before anything is computed.
  init(_ call: Call) throws(Problem) {
    for parameter in Self.parameters where call.query[all: parameter.name].count > 0 {
      let items = call.query.items.filter { $0.name == parameter.name }
      if items.count > 1 {
        throw Problem(.invalidHTTP, "The query parameter \"\(parameter.name)\" may be given once.")
      }
    }
    switch call.query["tensors"] {
    case nil, "arrays": usesBase64 = false
    case "base64": usesBase64 = true
    case .some(let other):
      throw Problem(
        .invalidHTTP, "The query parameter \"tensors\" is arrays or base64, not \"\(other)\".")
    }
    output = call.query["output"]
    accept = Accept(call.head[.accept])
    _ = try format(outputs: nil)
  }

  /// The form to send.
  ///
  /// - Parameter outputs: names of what there is; nil before that is known.
  func format(outputs: [String]?) throws(Problem) -> ResultFormat {
    if let output, let outputs, !outputs.contains(output) {
      throw Problem(.notFound, "The result has no output \"\(output)\".")
    }
    let isSingle = output != nil || outputs.map { $0.count == 1 } ?? true
    let offers = ResultFormat.allCases.filter { $0 != .npy || isSingle }
    let best = accept.best(of: offers.compactMap { MediaType($0.mediaType) })
    guard let format = offers.first(where: { $0.mediaType == best?.essence }) else {
      let several = outputs.map { ": \($0.joined(separator: ", "))" } ?? ""
      throw Problem(
        .notAcceptable,
        isSingle
          ? "Results are JSON, safetensors, npz or npy."
          : "An npy file has one tensor and there are several outputs\(several); "
            + "add ?output=NAME, or ask for npz or safetensors.")
    }
    return format
  }
}
