import JSON
import Tensors

/// A tensor file of any binary format.
enum TensorFile {
  /// One tensor of a file.
  ///
  /// - Parameters:
  ///   - name: which one; may be left out where the file has only one.
  ///   - pointer: of the reference, for errors.
  static func tensor(
    _ name: String?, in bytes: SharedBytes, limits: TensorLimits, at pointer: JSONPointer
  ) throws(Problem) -> Tensor {
    let tensors: NamedTensors
    do throws(TensorError) {
      switch TensorFormat.sniffed(bytes) {
      case .npy: return try NPY.read(bytes, limits: limits)
      case .npz: tensors = try NPZ.read(bytes, limits: limits)
      case .safetensors: tensors = try Safetensors.read(bytes, limits: limits).tensors
      case .json, nil:
        throw .wrongMagic(format: .safetensors)
      }
    } catch {
      throw Problem(error, at: pointer)
    }
    guard let name else {
      guard tensors.count == 1 else {
        throw .invalid(
          pointer.appending("name"), "the file has \(tensors.count) tensors: name one of them")
      }
      return tensors[0].tensor
    }
    guard let tensor = tensors[name] else {
      throw .invalid(pointer.appending("name"), "the file has no tensor \"\(name)\"")
    }
    return tensor
  }
}
