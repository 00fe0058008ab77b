import Compute
import LinearAlgebra

/// Applies rational steps to the Gram matrix R (m × m) of a matrix and accumulates Q.
///
/// With Wⱼ = (R + cⱼ I)⁻¹ a step has H = M (I + Σ aⱼ Wⱼ), and since R Wⱼ = I − cⱼ Wⱼ also
/// H R = M (R + Σ aⱼ (I − cⱼ Wⱼ)) without a product. Then R ← (H R) H and Q ← Q H, both symmetric
/// products of which only half is computed. m³ flops for each pole and for each of those two.
struct RationalStage<Work: Real> {
  /// What the first step's inverse for the smallest shift tells of the smallest eigenvalue.
  struct Spectrum {
    /// λ_min is at least this (may be negative: then it tells nothing).
    var smallestAtLeast: Double
    /// An estimate of λ_min.
    var smallest: Double
  }

  private(set) var gram: Matrix<Work>  // R (m × m)
  private var first: Matrix<Work>?  // H of the first step (m × m)
  private var rest: Matrix<Work>?  // product of the others' (m × m); nil: the identity
  private(set) var spectrum: Spectrum?
  /// Whether half of the product for Q is enough.
  private let halvesProduct: Bool

  /// - Parameters:
  ///   - provenLower: lower bound of R's eigenvalues that is already proven; 0 where none is.
  ///   - isApproximate: errors of eps · κ are small against what the steps leave undone.
  init(gram: Matrix<Work>, provenLower: Double = 0, isApproximate: Bool = false) {
    self.gram = gram
    halvesProduct = provenLower > 0 || isApproximate
  }

  /// One step; the last one leaves R as it was.
  ///
  /// - Returns: false when some R + cⱼ I is not positive definite; nothing has changed then.
  mutating func apply(
    _ step: ZolotarevStep, isLast: Bool, in context: ComputeContext
  ) throws(DualizationError) -> Bool {
    let m = gram.rows
    guard let inverses = try shiftedInverses(step, in: context) else { return false }
    if spectrum == nil { spectrum = Self.spectrum(of: inverses, shift: step.poles[0].shift, m) }
    var h = Matrix<Work>.scratch(rows: m, columns: m)
    combine(step, inverses, into: &h, in: context)
    if !isLast {
      var product = Matrix<Work>.scratch(rows: m, columns: m)  // H R
      combineProduct(step, inverses, into: &product, in: context)
      try stoppable { () throws(ComputationStopped) in
        try symmetricProduct(product, h, into: &gram, in: context)
      }
    }
    if first == nil {
      first = h
    } else if let before = rest {
      var product = Matrix<Work>.scratch(rows: m, columns: m)
      try stoppable { () throws(ComputationStopped) in
        try symmetricProduct(before, h, into: &product, in: context)
      }
      rest = product
    } else {
      rest = h
    }
    return true
  }

  /// Q = (rest) H₁, with the directions given projected out of H₁.
  ///
  /// H₁ is as large as 1/l on small directions, and what rounding has turned the other factors
  /// against it by must not be multiplied by that: H₁ has to meet G first. So this product is
  /// computed whole, in this order, unless R is proven well-conditioned or the answer approximate:
  /// then half of it is enough.
  func accumulated(
    without null: NullDirections?, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Work> {
    guard var opening = first else { return Matrix.identity(gram.rows) }
    null?.project(outOf: &opening)
    guard let rest else { return opening }
    return try stoppable { () throws(ComputationStopped) in
      if !halvesProduct { return try rest.times(opening, in: context) }
      var q = Matrix<Work>.scratch(rows: gram.rows, columns: gram.rows)
      try symmetricProduct(rest, opening, into: &q, in: context)
      return q
    }
  }

  /// The blocks (R + cⱼ I)⁻¹ under one another, (p m × m); nil when one has no Cholesky factor.
  private func shiftedInverses(
    _ step: ZolotarevStep, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Work>? {
    let m = gram.rows
    let poles = step.poles
    var inverses = Matrix<Work>.scratch(rows: poles.count * m, columns: m)
    let outcomes = inverses.withMutableView { all in
      gram.withView { r in
        context.parallelMap(poles.count) { j -> Result<Bool, ComputationStopped> in
          let block = all.rows(j * m..<(j + 1) * m)
          copy(r, into: block)
          addToDiagonal(Work(poles[j].shift), of: block)
          return Result { () throws(ComputationStopped) in try context.invert(block) }
        }
      }
    }
    return try stoppable { () throws(ComputationStopped) in
      var allInverted = true
      for outcome in outcomes { allInverted = try outcome.get() && allInverted }
      return allInverted ? inverses : nil
    }
  }

  /// H = M (I + Σ aⱼ Wⱼ).
  private func combine(
    _ step: ZolotarevStep, _ inverses: Matrix<Work>, into h: inout Matrix<Work>,
    in context: ComputeContext
  ) {
    let m = gram.rows
    let multiplier = Work(step.multiplier)
    let weights = step.poles.map { Work($0.weight * step.multiplier) }
    h.withMutableView { h in
      inverses.withView { w in
        let bands = RowBands(rows: m, columns: m)
        context.parallelFor(bands.count) { band in
          for row in bands[band] {
            let line = h.base + row * m
            ElementPasses.combine(m, weights, w.base + row * m, spacing: m * m, into: line)
            line[row] += multiplier
          }
        }
      }
    }
  }

  /// H R = M (R + Σ aⱼ (I − cⱼ Wⱼ)).
  private func combineProduct(
    _ step: ZolotarevStep, _ inverses: Matrix<Work>, into product: inout Matrix<Work>,
    in context: ComputeContext
  ) {
    let m = gram.rows
    let multiplier = Work(step.multiplier)
    let weights = step.poles.map { Work(-$0.weight * $0.shift * step.multiplier) }
    let constant = Work(step.multiplier * step.poles.reduce(0) { $0 + $1.weight })
    product.withMutableView { product in
      inverses.withView { w in
        gram.withView { r in
          let bands = RowBands(rows: m, columns: m)
          context.parallelFor(bands.count) { band in
            for row in bands[band] {
              let line = product.base + row * m
              ElementPasses.combine(m, weights, w.base + row * m, spacing: m * m, into: line)
              ElementPasses.add(m, multiplier, r.base + row * m, to: line)
              line[row] += constant
            }
          }
        }
      }
    }
  }

  /// Bounds from W = (R + c I)⁻¹: its largest eigenvalue is at most ‖W‖_F and at least ‖W‖_F²/tr W.
  private static func spectrum(of inverses: Matrix<Work>, shift: Double, _ m: Int) -> Spectrum {
    inverses.withView { all in
      let w = all.rows(0..<m)
      let squares = w.sumOfSquares
      return Spectrum(
        smallestAtLeast: 1 / squares.squareRoot() - shift,
        smallest: max(0, w.trace / squares - shift))
    }
  }
}
