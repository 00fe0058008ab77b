import AlgorithmInterface
import ArgumentParser
import JSON
import Tensors

/// Writes a result in the forms of the service.
struct LocalResult {
  let algorithm: AlgorithmDescription
  let result: AlgorithmResult

  /// The bytes of a file, in the form of the name's ending.
  func bytes(as path: String) throws -> [UInt8] {
    switch TensorPath.mediaType(path) {
    case "application/vnd.safetensors":
      let report = JSONValue.object(result.report).serializedText()
      return Safetensors.write(result.outputs, metadata: ["report": report])
    case "application/x-npz":
      return NPZ.write(result.outputs)
    case "application/x-npy":
      guard let only = result.outputs.first, result.outputs.count == 1 else {
        Terminal.complain(
          "\(path): .npy holds one tensor, the outputs are "
            + result.outputs.names.joined(separator: ", "))
        throw ProgramExit.failure
      }
      return NPY.write(only.tensor)
    default:
      return json()
    }
  }

  /// The answer's document, tensors as nested arrays.
  func json() -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("algorithm", .string(algorithm.id))
    writer.member("version", .string(algorithm.version))
    writer.key("outputs")
    writer.beginObject()
    for (name, tensor) in result.outputs {
      writer.key(name)
      JSONTensor.write(tensor, to: &writer)
    }
    writer.endObject()
    writer.member("report", .object(result.report))
    writer.endObject()
    return writer.finish()
  }
}
