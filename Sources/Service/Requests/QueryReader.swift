import AlgorithmInterface
import HTTP
import JSON
import Jobs

/// Reads options and params from a query string.
struct QueryReader {
  /// The algorithm's params.
  let schema: ParameterSchema

  /// Parameters that say how the answer is written, not what is computed.
  static let presentation = ["tensors", "output"]

  /// Where the body is JSON it holds the params: the query has none.
  static func allowOnlyPresentation(_ query: QueryItems) throws(Problem) {
    guard let item = query.items.first(where: { !presentation.contains($0.name) }) else { return }
    throw Problem(
      .invalidHTTP,
      "Unknown query parameter \"\(item.name)\"; with a JSON body params and options belong into "
        + "the body.")
  }

  func read(_ query: QueryItems) throws(Problem) -> (JSONObject, SubmissionOptions) {
    let form = ParameterSchema.object(SubmissionOptions.parameters)
    var parameters = JSONObject()
    var options = JSONObject()
    var labels = JSONObject()
    for item in query.items where !Self.presentation.contains(item.name) {
      if item.name.hasPrefix("label.") {
        let name = String(item.name.dropFirst("label.".count))
        try refuseRepeated(labels.contains(name), ["labels", name])
        labels[name] = .string(item.value)
      } else if item.name != "labels" && SubmissionOptions.names.contains(item.name) {
        try refuseRepeated(options.contains(item.name), [item.name])
        options[item.name] = form.value(ofQueryMember: item.name, text: item.value)
      } else {
        try refuseRepeated(parameters.contains(item.name), ["params", item.name])
        parameters[item.name] = schema.value(ofQueryMember: item.name, text: item.value)
      }
    }
    if !labels.isEmpty { options["labels"] = .object(labels) }
    return (parameters, try SubmissionOptions(checking: options))
  }

  private func refuseRepeated(_ isThere: Bool, _ tokens: [String]) throws(Problem) {
    guard isThere else { return }
    throw .invalid(JSONPointer(tokens), "is given more than once in the query")
  }
}

extension SubmissionOptions {
  /// Checks members of a request document.
  init(checking members: JSONObject) throws(Problem) {
    let form = ParameterSchema.object(Self.parameters)
    do throws(RequestRejection) {
      let checked = try form.validated(.object(members), at: .root)
      self.init(Parameters(checked.objectValue ?? JSONObject()))
    } catch {
      throw Problem(error)
    }
    for label in labels where !(1...64).contains(label.name.count) {
      throw .invalid(
        JSONPointer(["labels", label.name]), "the name of a label has 1 to 64 characters")
    }
  }
}
