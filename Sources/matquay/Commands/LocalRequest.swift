import AlgorithmInterface
import ArgumentParser
import JSON
import Tensors

/// Reads a file as a request, as the service reads a body.
enum LocalRequest {
  static func read(
    _ path: String, for algorithm: any Algorithm, _ options: RequestOptions
  ) throws -> AlgorithmRequest {
    let bytes = SharedBytes(try TensorPath.read(path))
    var request = AlgorithmRequest(seed: options.seed)
    do {
      switch TensorFormat.sniffed(bytes) {
      case .npy:
        request.inputs[algorithm.description.primaryInput ?? "input"] = try NPY.read(bytes)
      case .npz:
        request.inputs = try NPZ.read(bytes)
      case .safetensors:
        let file = try Safetensors.read(bytes)
        request.inputs = file.tensors
        if let params = file.metadata["params"] {
          request.parameters = try JSONValue.parse(params).objectValue ?? JSONObject()
        }
      case .json, nil:
        try readText(bytes, isDocument: path.hasSuffix(".json"), for: algorithm, into: &request)
      }
    } catch let error as TensorError {
      Terminal.complain("\(path): \(error)")
      throw ProgramExit.failure
    } catch let error as JSONError {
      Terminal.complain("\(path): \(error)")
      throw ProgramExit.failure
    }
    for (name, value) in try options.document() { request.parameters[name] = value }
    for (name, text) in try options.pairs() {
      try check(name, algorithm)
      request.parameters[name] = algorithm.description.parameters.value(
        ofQueryMember: name, text: text)
    }
    return request
  }

  /// A misspelt option is wrong usage, not a wrong request.
  private static func check(_ name: String, _ algorithm: any Algorithm) throws {
    let known = algorithm.description.parameters.jsonSchema["properties"]?.objectValue
    guard known?[name] == nil, let known else { return }
    throw ValidationError(
      "Unknown parameter '\(name)' of \(algorithm.id); known: "
        + known.map(\.key).joined(separator: ", "))
  }

  /// A request document, or text that the algorithm itself reads.
  private static func readText(
    _ bytes: SharedBytes, isDocument: Bool, for algorithm: any Algorithm,
    into request: inout AlgorithmRequest
  ) throws {
    if !isDocument {
      do throws(RequestRejection) {
        if let inputs = try algorithm.inputs(fromText: bytes) {
          request.inputs = inputs
          return
        }
      } catch {
        for issue in error.issues { Terminal.complain("\(issue.pointer): \(issue.detail)") }
        throw ProgramExit.failure
      }
    }
    let document = try bytes.withUnsafeBytes { try JSONDocument.parse($0) }
    for (name, element) in document.root.members() {
      switch name {
      case "params": request.parameters = element.value().objectValue ?? JSONObject()
      case "seed": request.seed = element.value().integerValue.map(UInt64.init(clamping:)) ?? 0
      case "inputs":
        for (input, tensor) in element.members() {
          request.inputs[input] = try JSONTensor.read(tensor, allowingNull: true)
        }
      default: Terminal.complain("member \"\(name)\" has no meaning without a service")
      }
    }
  }
}
