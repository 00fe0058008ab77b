public import LinearAlgebra

/// The weights or the gradient of one layer: a dense row-major array of any number of axes.
public struct LayerArray<Scalar: Real>: Sendable, Equatable {
  public let shape: [Int]
  /// Row after row; as many as the product of the shape.
  public let elements: [Scalar]

  /// - Throws: `invalidParameter` when the number of elements is not the product of the shape.
  public init(shape: [Int], elements: [Scalar]) throws(DualizationError) {
    var count = 1
    for side in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: side)
      guard side >= 0, !overflow else {
        throw .invalidParameter(name: "shape", reason: "\(shape) is not a shape")
      }
      count = product
    }
    guard count == elements.count else {
      throw .invalidParameter(
        name: "data",
        reason: "shape mismatch: \(shape) needs \(count) elements, not \(elements.count)")
    }
    self.init(checked: shape, elements)
  }

  init(checked shape: [Int], _ elements: [Scalar]) {
    self.shape = shape
    self.elements = elements
  }

  /// The same numbers with a factor; powers and signs of zero included.
  public func scaled(by factor: Double) -> LayerArray {
    if factor == 1 { return self }
    let scaled = Matrix<Scalar>(
      rows: 1, columns: elements.count,
      unsafeUninitialized: { target in
        elements.withUnsafeBufferPointer { source in
          guard let from = source.baseAddress, let to = target.baseAddress else { return }
          ElementPasses.scale(source.count, from: from, to: to, by: factor, and: 1)
        }
      })
    return LayerArray(checked: shape, scaled.elements)
  }

  /// The index, axis by axis, of the first element that is NaN or infinite.
  func firstNonFinite() -> [Int]? {
    // The matrix shares the elements; its check is a vectorised pass.
    if Matrix(rows: 1, columns: elements.count, elements: elements).isFinite { return nil }
    guard var place = elements.firstIndex(where: { !$0.isFinite }) else { return nil }
    var index = [Int](repeating: 0, count: shape.count)
    for axis in shape.indices.reversed() {
      index[axis] = place % shape[axis]
      place /= shape[axis]
    }
    return index
  }

  /// Rows along the first axis.
  func rows(_ range: Range<Int>) -> LayerArray {
    let width = shape[0] == 0 ? 0 : elements.count / shape[0]
    return LayerArray(
      checked: [range.count] + shape.dropFirst(),
      Array(elements[range.lowerBound * width..<range.upperBound * width]))
  }
}
