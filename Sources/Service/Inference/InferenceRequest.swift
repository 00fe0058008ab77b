import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Tensors

/// A request of the Open Inference Protocol, with its binary tensor extension: the first
/// `Inference-Header-Content-Length` bytes are JSON, the rest are tensors one behind the other.
struct InferenceRequest {
  /// Which outputs are wanted, in which form.
  struct Output {
    var name: String
    var isBinary: Bool
  }

  var id: String?
  var request: AlgorithmRequest
  var options: SubmissionOptions
  /// Nil: all of them.
  var outputs: [Output]?
  /// The form of outputs that say nothing themselves.
  var isBinaryByDefault = false

  init(
    _ exchange: Exchange, _ description: AlgorithmDescription, _ limits: TensorLimits
  ) throws(Problem) {
    let bytes = SharedBytes(owner: exchange.body, exchange.body.bytes)
    let headerLength = try Self.headerLength(exchange.head, bytes.count)
    let document: JSONDocument
    do throws(JSONError) {
      document = try bytes[0..<headerLength].withUnsafeBytes { raw throws(JSONError) in
        try JSONDocument.parse(raw)
      }
    } catch {
      throw Problem(error)
    }
    let root = document.root
    guard root.kind == .object, let inputs = root["inputs"], inputs.kind == .array else {
      throw .invalid(JSONPointer(["inputs"]), "expected a list of tensors")
    }
    id = root["id"]?.stringValue
    var reader = TensorReader(rest: bytes[headerLength..<bytes.count], limits: limits)
    var tensors = NamedTensors()
    for (index, element) in inputs.elements().enumerated() {
      let (name, tensor) = try reader.read(element, at: JSONPointer(["inputs"]).appending(index))
      tensors[name] = tensor
    }
    guard reader.rest.count == 0 else {
      throw Problem(
        .invalidTensor, "\(reader.rest.count) bytes follow the last binary tensor of the body.")
    }
    var given = root["parameters"]?.value().objectValue ?? JSONObject()
    isBinaryByDefault = given["binary_data_output"]?.boolValue ?? false
    given["binary_data_output"] = nil
    var options = JSONObject()
    var parameters = JSONObject()
    for (name, value) in given {
      if SubmissionOptions.names.contains(name) {
        options[name] = value
      } else if case .string(let text) = value {
        // The protocol's parameters are scalars: lists and objects come as JSON text.
        parameters[name] = description.parameters.value(ofQueryMember: name, text: text)
      } else {
        parameters[name] = value
      }
    }
    self.options = try SubmissionOptions(checking: options)
    request = AlgorithmRequest(
      parameters: parameters, inputs: tensors, seed: self.options.seed)
    outputs = try Self.outputs(root["outputs"], isBinaryByDefault)
  }

  private static func headerLength(_ head: RequestHead, _ count: Int) throws(Problem) -> Int {
    guard let text = head[.inferenceHeaderLength] else { return count }
    guard let length = Int(text), (0...count).contains(length) else {
      throw Problem(
        .invalidHTTP, "Inference-Header-Content-Length is no number up to the body's length.")
    }
    return length
  }

  private static func outputs(
    _ element: JSONElement?, _ isBinaryByDefault: Bool
  ) throws(Problem) -> [Output]? {
    guard let element else { return nil }
    let pointer = JSONPointer(["outputs"])
    guard element.kind == .array else { throw .invalid(pointer, "expected a list") }
    var outputs: [Output] = []
    for (index, output) in element.elements().enumerated() {
      guard let name = output["name"]?.stringValue else {
        throw .invalid(pointer.appending(index).appending("name"), "is required")
      }
      outputs.append(
        Output(
          name: name,
          isBinary: output["parameters"]?["binary_data"]?.boolValue ?? isBinaryByDefault))
    }
    return outputs
  }
}

/// Reads the tensors of an inference request in their order.
private struct TensorReader {
  /// Binary data not yet taken.
  var rest: SharedBytes
  let limits: TensorLimits

  mutating func read(
    _ element: JSONElement, at pointer: JSONPointer
  ) throws(Problem) -> (String, Tensor) {
    guard let name = element["name"]?.stringValue else {
      throw .invalid(pointer.appending("name"), "is required")
    }
    let word = element["datatype"]?.stringValue ?? ""
    guard let type = ElementType(inferenceName: word) else {
      throw .invalid(
        pointer.appending("datatype"), "the datatype \"\(word)\" is not taken",
        kind: .unsupportedDtype)
    }
    let shape = (element["shape"]?.value().arrayValue ?? []).compactMap {
      $0.integerValue.flatMap { Int(exactly: $0) }
    }
    guard element["shape"]?.kind == .array, shape.allSatisfy({ $0 >= 0 }) else {
      throw .invalid(pointer.appending("shape"), "expected a list of lengths")
    }
    do throws(TensorError) {
      if let size = element["parameters"]?["binary_data_size"]?.integerValue {
        guard let count = Int(exactly: size), (0...rest.count).contains(count) else {
          throw .truncated(
            format: .json, expected: Int(clamping: size), actual: rest.count)
        }
        let data = rest[0..<count]
        rest = rest[count..<rest.count]
        return (name, try Tensor(elementType: type, shape: shape, bytes: data, limits: limits))
      }
      guard let data = element["data"] else {
        throw .badObject(pointer: pointer, reason: "it has neither data nor a binary_data_size")
      }
      let values = try JSONTensor.read(data, limits: limits)
      guard let count = Self.count(of: shape), count == values.count else {
        throw .badObject(
          pointer: pointer.appending("data"),
          reason: "the shape \(shape) does not hold \(values.count) elements")
      }
      return (name, try values.reshaped(to: shape).converted(to: type))
    } catch {
      throw Problem(error, at: pointer)
    }
  }

  private static func count(of shape: [Int]) -> Int? {
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow { return nil }
      count = product
    }
    return count
  }
}

extension HTTPField.Name {
  static let inferenceHeaderLength = named("Inference-Header-Content-Length")
}
