import Dualization
import LinearAlgebra
import Tensors

extension Tensor {
  /// The elements in the width to compute in: float64 for F64 (or when `isWide`), else float32.
  func numericArray(isWide: Bool) throws(DualizationError) -> NumericArray {
    elementType == .float64 || isWide
      ? .double(try LayerArray(shape: shape, elements: float64Values()))
      : .single(try LayerArray(shape: shape, elements: float32Values()))
  }

  /// An update in the element type asked for.
  init(_ array: NumericArray, as type: ElementType) throws(TensorError) {
    let tensor =
      switch array {
      case .single(let array): Tensor(shape: array.shape, float32: array.elements)
      case .double(let array): Tensor(shape: array.shape, float64: array.elements)
      }
    self = try tensor.converted(to: type)
  }
}
