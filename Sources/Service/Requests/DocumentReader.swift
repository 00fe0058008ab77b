import AlgorithmInterface
import HTTP
import JSON
import Jobs
import Tensors

/// Reads a request document: `{"params": …, "inputs": …}` and options.
struct DocumentReader {
  let limits: TensorLimits
  let depth: Int
  let blob: @Sendable (SHA256Digest) throws(Problem) -> SharedBytes?

  func read(_ body: BodyBytes) throws(Problem) -> RequestDecoder.Decoded {
    let document: JSONDocument
    do throws(JSONError) {
      document = try JSONDocument.parse(body.bytes, maximumDepth: depth)
    } catch {
      throw Problem(error)
    }
    guard document.root.kind == .object else {
      throw .invalid(.root, "expected an object with params and inputs, got \(document.root.kind)")
    }
    var parameters = JSONObject()
    var inputs = NamedTensors()
    var others = JSONObject()
    for (name, element) in document.root.members() {
      switch name {
      case "params": parameters = try self.parameters(element)
      case "inputs": inputs = try tensors(element)
      default: others[name] = element.value()
      }
    }
    let options = try SubmissionOptions(checking: others)
    return RequestDecoder.Decoded(
      request: AlgorithmRequest(parameters: parameters, inputs: inputs, seed: options.seed),
      options: options)
  }

  private func parameters(_ element: JSONElement) throws(Problem) -> JSONObject {
    guard element.kind == .object else {
      throw .invalid(JSONPointer(["params"]), "expected an object, got \(element.kind)")
    }
    return element.value().objectValue ?? JSONObject()
  }

  private func tensors(_ element: JSONElement) throws(Problem) -> NamedTensors {
    guard element.kind == .object else {
      throw .invalid(
        JSONPointer(["inputs"]), "expected an object of tensors by name, got \(element.kind)")
    }
    var inputs = NamedTensors()
    for (name, value) in element.members() {
      let pointer = JSONPointer(["inputs", name])
      if value.kind == .object, let reference = value["ref"] {
        inputs[name] = try referred(reference, value, at: pointer)
      } else {
        do throws(TensorError) {
          // A null is read as NaN; an algorithm that knows no missing values refuses it by its
          // index, as it does any element that is not finite.
          inputs[name] = try JSONTensor.read(value, limits: limits, allowingNull: true)
        } catch {
          throw Problem(error, at: pointer)
        }
      }
    }
    return inputs
  }

  /// A tensor of a file that was uploaded before.
  private func referred(
    _ reference: JSONElement, _ object: JSONElement, at pointer: JSONPointer
  ) throws(Problem) -> Tensor {
    for (name, _) in object.members() where name != "ref" && name != "name" {
      throw .invalid(pointer.appending(name), "a reference has the members ref and name")
    }
    let place = pointer.appending("ref")
    guard let text = reference.stringValue, text.hasPrefix("sha256-"),
      let digest = SHA256Digest(text)
    else { throw .invalid(place, "expected \"sha256-\" and 64 hexadecimal digits") }
    guard let bytes = try blob(digest) else {
      throw .invalid(place, "there is no blob \(digest); upload it with PUT /v1/blobs/\(digest)")
    }
    var wanted: String?
    if let name = object["name"] {
      guard let text = name.stringValue else {
        throw .invalid(pointer.appending("name"), "expected a string, got \(name.kind)")
      }
      wanted = text
    }
    return try TensorFile.tensor(wanted, in: bytes, limits: limits, at: pointer)
  }
}
