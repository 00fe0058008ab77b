import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Jobs
import Tensors

/// Reads the body and the query of a request for a computation, in any form that is taken.
///
/// Binary tensors stay where they arrived: they are views over the body.
struct RequestDecoder {
  /// What a caller asked for, not yet checked by the algorithm.
  struct Decoded {
    var request: AlgorithmRequest
    var options: SubmissionOptions
  }

  /// How a body is read.
  private enum Form {
    case json, npy, npz, safetensors, text
    case multipart(boundary: String?)
  }

  let algorithm: any Algorithm
  let limits: TensorLimits
  let jsonDepth: Int
  /// The bytes of an uploaded file.
  let blob: @Sendable (SHA256Digest) throws(Problem) -> SharedBytes?

  func decode(_ head: RequestHead, _ body: BodyBytes, _ query: QueryItems) throws(Problem)
    -> Decoded
  {
    guard !body.isEmpty else {
      throw .invalid(
        .root, "The request has no body; send {\"params\": {…}, \"inputs\": {…}} or a tensor file.")
    }
    let bytes = SharedBytes(owner: body, body.bytes)
    var parts: RequestParts
    switch try form(head[.contentType], bytes) {
    case .json:
      try QueryReader.allowOnlyPresentation(query)
      return try DocumentReader(limits: limits, depth: jsonDepth, blob: blob).read(body)
    case .npy: parts = try single(bytes)
    case .npz: parts = RequestParts(inputs: try named(.npz, bytes, at: nil).tensors)
    case .safetensors:
      let (tensors, metadata) = try named(.safetensors, bytes, at: nil)
      parts = RequestParts(inputs: tensors)
      if let text = metadata["params"] { parts.parameters = try Self.parameters(text) }
    case .multipart(let boundary): parts = try multipart(body, bytes, boundary)
    case .text: parts = try text(bytes)
    }
    let reader = QueryReader(schema: algorithm.description.parameters)
    let (parameters, options) = try reader.read(query)
    for (name, value) in parameters { parts.parameters[name] = value }
    let request = AlgorithmRequest(
      parameters: parts.parameters, inputs: parts.inputs, seed: options.seed)
    return Decoded(request: request, options: options)
  }

  /// Params and inputs found in a body.
  private struct RequestParts {
    var parameters = JSONObject()
    var inputs: NamedTensors
  }

  private func form(_ contentType: String?, _ bytes: SharedBytes) throws(Problem) -> Form {
    guard let contentType else {
      return try sniffed(
        bytes,
        detail:
          "The request has a body but no Content-Type, and the body is none that is recognised.")
    }
    guard let type = MediaType(contentType) else {
      throw unsupported("The Content-Type \"\(contentType)\" is malformed.")
    }
    switch type.essence {
    case MediaTypes.json: return .json
    case MediaTypes.npy: return .npy
    case MediaTypes.npz: return .npz
    case MediaTypes.safetensors: return .safetensors
    case MediaTypes.text: return .text
    case MediaTypes.multipart: return .multipart(boundary: type["boundary"])
    case MediaTypes.octets:
      guard let format = TensorFormat.sniffed(bytes) else {
        throw Problem(
          .invalidTensor, "The body begins neither as npy, npz nor safetensors files do.")
      }
      return Self.form(format)
    default: throw unsupported("Bodies of the type \(type.essence) are not taken here.")
    }
  }

  private func sniffed(_ bytes: SharedBytes, detail: String) throws(Problem) -> Form {
    if let format = TensorFormat.sniffed(bytes) { return Self.form(format) }
    let first = bytes.withUnsafeBytes { $0.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } }
    guard first == UInt8(ascii: "{") else { throw unsupported(detail) }
    return .json
  }

  private static func form(_ format: TensorFormat) -> Form {
    switch format {
    case .npy: .npy
    case .npz: .npz
    case .safetensors: .safetensors
    case .json: .json
    }
  }

  private func unsupported(_ detail: String) -> Problem {
    Problem(
      .unsupportedMediaType, detail,
      fields: [.acceptPost: MediaTypes.executionBodies.joined(separator: ", ")])
  }

  private func single(_ bytes: SharedBytes) throws(Problem) -> RequestParts {
    guard let name = algorithm.description.primaryInput else {
      throw .invalid(.root, "This algorithm takes no tensor.")
    }
    return RequestParts(inputs: [name: try npy(bytes, at: JSONPointer(["inputs", name]))])
  }

  private func npy(_ bytes: SharedBytes, at pointer: JSONPointer?) throws(Problem) -> Tensor {
    do throws(TensorError) { return try NPY.read(bytes, limits: limits) } catch {
      throw Problem(error, at: pointer)
    }
  }

  private func named(
    _ format: TensorFormat, _ bytes: SharedBytes, at pointer: JSONPointer?
  ) throws(Problem) -> (tensors: NamedTensors, metadata: [String: String]) {
    do throws(TensorError) {
      if format == .npz { return (try NPZ.read(bytes, limits: limits), [:]) }
      return try Safetensors.read(bytes, limits: limits)
    } catch {
      throw Problem(error, at: pointer)
    }
  }

  private func text(_ bytes: SharedBytes) throws(Problem) -> RequestParts {
    let inputs: NamedTensors?
    do throws(RequestRejection) { inputs = try algorithm.inputs(fromText: bytes) } catch {
      throw Problem(error)
    }
    guard let inputs else { throw unsupported("\(algorithm.id) takes no text.") }
    return RequestParts(inputs: inputs)
  }

  private func multipart(
    _ body: BodyBytes, _ bytes: SharedBytes, _ boundary: String?
  ) throws(Problem) -> RequestParts {
    let form: MultipartForm
    do throws(MultipartForm.Failure) {
      form = try MultipartForm(body.bytes, boundary: boundary)
    } catch {
      throw Problem(.invalidHTTP, Self.words(error))
    }
    var parts = RequestParts(inputs: NamedTensors())
    var hasParameters = false
    for part in form.parts {
      let content = bytes[part.content]
      if part.name == "params" && TensorFormat.sniffed(content) == nil {
        guard !hasParameters else {
          throw .invalid(JSONPointer(["params"]), "The part \"params\" is there twice.")
        }
        hasParameters = true
        parts.parameters = try Self.parameters(
          String(decoding: content.array(), as: UTF8.self))
      } else {
        try add(part.name, content, to: &parts.inputs)
      }
    }
    return parts
  }

  /// Adds what one part of a form holds: a tensor under the part's name, or those of a file.
  private func add(
    _ name: String, _ content: SharedBytes, to inputs: inout NamedTensors
  ) throws(Problem) {
    let pointer = JSONPointer(["inputs", name])
    let found: NamedTensors
    switch TensorFormat.sniffed(content) {
    case .npy: found = [name: try npy(content, at: pointer)]
    case .npz: found = try named(.npz, content, at: pointer).tensors
    case .safetensors: found = try named(.safetensors, content, at: pointer).tensors
    case .json, nil:
      throw Problem(
        .invalidTensor, "The part \"\(name)\" is neither an npy, an npz nor a safetensors file.",
        items: [.init(pointer: pointer.description, detail: "not a tensor file")])
    }
    for (name, tensor) in found {
      guard inputs[name] == nil else {
        throw .invalid(
          JSONPointer(["inputs", name]), "Two parts of the form give a tensor of this name.")
      }
      inputs[name] = tensor
    }
  }

  /// The text of `params`.
  private static func parameters(_ text: String) throws(Problem) -> JSONObject {
    let value: JSONValue
    do throws(JSONError) { value = try JSONValue.parse(text) } catch { throw Problem(error) }
    guard let members = value.objectValue else {
      throw .invalid(JSONPointer(["params"]), "expected an object, got \(value.kind)")
    }
    return members
  }

  private static func words(_ failure: MultipartForm.Failure) -> String {
    switch failure {
    case .invalidBoundary: "The Content-Type multipart/form-data needs a valid boundary."
    case .missingFirstBoundary: "The form does not hold its boundary."
    case .missingLastBoundary: "The form has no last boundary: it was cut short."
    case .malformedPart(let index): "Part \(index + 1) of the form is malformed."
    case .missingName(let index): "Part \(index + 1) of the form has no name."
    case .tooManyParts(let limit): "The form has more than \(limit) parts."
    case .partHeadTooLong(let index, let limit):
      "The head of part \(index + 1) of the form is longer than \(limit) bytes."
    }
  }
}
