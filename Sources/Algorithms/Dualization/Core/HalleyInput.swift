import Compute
import LinearAlgebra

/// What `GramHalley` needs of a matrix G: its shape, its Gram matrix, and products with it. All is
/// said of G divided by the power of two next to its largest entry.
protocol HalleyInput {
  /// Whether it has more rows than columns.
  var isTall: Bool { get }
  var smallerSide: Int { get }
  var largerSide: Int { get }

  /// G Gᵀ, or Gᵀ G where G is tall.
  func gram(in context: ComputeContext) throws(DualizationError) -> Matrix<Double>

  /// alpha Q G, or alpha G Qᵀ where G is tall, rounded to `Out`.
  func product<Out: Real>(
    _ q: Matrix<Double>, scaledBy alpha: Double, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Out>

  /// x times that power of two; infinite when that is beyond the range.
  func unscaled(_ x: Double) -> Double
}

extension ScaledMatrix: HalleyInput where Work == Double {
  func gram(in context: ComputeContext) throws(DualizationError) -> Matrix<Double> {
    try stoppable { () throws(ComputationStopped) in
      try isTall ? matrix.gramOfColumns(in: context) : matrix.gram(in: context)
    }
  }

  func product<Out: Real>(
    _ q: Matrix<Double>, scaledBy alpha: Double, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Out> {
    try SymmetricAction.apply(q, scaledBy: alpha, to: matrix, in: context)
  }
}

/// A float32 matrix as it was given: it is widened in the products, whose range its entries and
/// their squares cannot leave, and scaled by what comes of them.
struct NarrowMatrix: HalleyInput {
  let matrix: Matrix<Float>
  private let scale: PowerOfTwo
  var isTall: Bool { matrix.rows > matrix.columns }
  var smallerSide: Int { min(matrix.rows, matrix.columns) }
  var largerSide: Int { max(matrix.rows, matrix.columns) }

  /// - Parameter largest: max |gᵢⱼ|, above zero and finite.
  init(_ matrix: Matrix<Float>, largest: Double) {
    self.matrix = matrix
    scale = PowerOfTwo(exponent: Int(largest.exponent))
  }

  func unscaled(_ x: Double) -> Double { scale.unscaled(x) }

  func gram(in context: ComputeContext) throws(DualizationError) -> Matrix<Double> {
    var gram = try stoppable { () throws(ComputationStopped) in
      try matrix.withView { g throws(ComputationStopped) in
        try Matrix<Double>(wideGramOf: isTall ? g.transposed : g, in: context)
      }
    }
    let down = scale.down.0 * scale.down.1
    gram.scale(by: down * down)
    return gram
  }

  func product<Out: Real>(
    _ q: Matrix<Double>, scaledBy alpha: Double, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Out> {
    let result = try SymmetricAction.apply(
      q, scaledBy: alpha * scale.down.0 * scale.down.1, widening: matrix, in: context)
    return result as? Matrix<Out> ?? Matrix<Out>(converting: result)
  }
}
