import LinearAlgebra

/// The k² matrices (d_out, d_in) of a convolution's (d_out, d_in, k, k), one a kernel position.
struct ConvolutionSlices {
  let rows: Int
  let columns: Int
  /// k².
  let count: Int

  init(shape: [Int]) {
    (rows, columns, count) = (shape[0], shape[1], shape[2] * shape[3])
  }

  /// The slice at kernel position `position`, row by row of the kernel: stride k² in memory.
  func gather<Scalar: Real>(_ position: Int, from elements: [Scalar]) -> Matrix<Scalar> {
    Matrix(rows: rows, columns: columns) { i, j in elements[(i * columns + j) * count + position] }
  }

  /// The array of these slices times a factor.
  func scatter<Scalar: Real>(_ slices: [Matrix<Scalar>], times factor: Scalar) -> [Scalar] {
    var result = [Scalar](repeating: 0, count: rows * columns * count)
    for (position, slice) in slices.enumerated() {
      slice.withElements { entries in
        for (index, value) in entries.enumerated() {
          result[index * count + position] = factor * value
        }
      }
    }
    return result
  }
}
