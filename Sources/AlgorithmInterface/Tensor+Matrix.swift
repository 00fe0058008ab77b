public import LinearAlgebra
public import Tensors

extension Tensor {
  /// The tensor as a matrix of doubles: `(m, n)` as it is, `(n)` as a single column, and of more
  /// than two dimensions the first against all others. Exact for every element type but I64 beyond
  /// 2^53.
  public func matrix() -> Matrix<Double> {
    let (rows, columns) = matrixShape
    return Matrix(rows: rows, columns: columns, elements: float64Values())
  }

  /// The same in float32; rounds F64 to the nearest.
  public func singleMatrix() -> Matrix<Float> {
    let (rows, columns) = matrixShape
    return Matrix(rows: rows, columns: columns, elements: float32Values())
  }

  /// A tensor of a matrix, in the element type asked for.
  ///
  /// - Throws: where an element does not fit the type (beyond its range).
  public init(
    _ matrix: Matrix<Double>, as elementType: ElementType = .float64, shape: [Int]? = nil
  ) throws(TensorError) {
    let wide = Tensor(shape: shape ?? [matrix.rows, matrix.columns], float64: matrix.elements)
    self = elementType == .float64 ? wide : try wide.converted(to: elementType)
  }

  /// A tensor of a float32 matrix, in the element type asked for.
  public init(
    _ matrix: Matrix<Float>, as elementType: ElementType = .float32, shape: [Int]? = nil
  ) throws(TensorError) {
    let wide = Tensor(shape: shape ?? [matrix.rows, matrix.columns], float32: matrix.elements)
    self = elementType == .float32 ? wide : try wide.converted(to: elementType)
  }

  private var matrixShape: (rows: Int, columns: Int) {
    switch shape.count {
    case 0: (1, 1)
    case 1: (shape[0], 1)
    default: (shape[0], shape.dropFirst().reduce(1, *))
    }
  }
}
