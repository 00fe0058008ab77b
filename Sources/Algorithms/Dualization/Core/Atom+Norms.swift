public import Compute
public import LinearAlgebra

extension Atom {
  /// The layer's norm of a weight.
  ///
  /// Linear: one product and an eigenvalue, m² n + (4/3) m³ flops, m the smaller side.
  public func norm<Scalar: Real>(
    of weight: LayerArray<Scalar>, in context: ComputeContext = ComputeContext()
  ) throws(DualizationError) -> Double {
    try validate(weight)
    return try overPieces(weight, in: context, .largest) {
      piece, context throws(DualizationError) in
      switch layer {
      case .vector(let norm): return norm.value(piece.elements)
      case .embed(let layout):
        let table = TokenTable(
          rows: piece.shape[0], columns: piece.shape[1], elements: piece.elements, layout: layout)
        return (table.lengths(in: context).max() ?? 0) / Double(table.dimension).squareRoot()
      case .linear, .conv2d(.flatten):
        return try Self.linearNorm(Self.flat(piece), in: context)
      case .conv2d(.slices):
        let kernel = ConvolutionSlices(shape: piece.shape)
        var largest = 0.0
        for position in 0..<kernel.count {
          largest = max(
            largest,
            try Self.linearNorm(kernel.gather(position, from: piece.elements), in: context))
        }
        return Double(kernel.count) * largest
      }
    }
  }

  /// The layer's dual norm of a gradient, by singular values.
  public func dualNorm<Scalar: Real>(
    of gradient: LayerArray<Scalar>, in context: ComputeContext = ComputeContext()
  ) throws(DualizationError) -> Double {
    try validate(gradient)
    return try overPieces(gradient, in: context, .sum) {
      piece, context throws(DualizationError) in
      switch layer {
      case .vector(let norm): return norm.dual(piece.elements)
      case .embed(let layout):
        let table = TokenTable(
          rows: piece.shape[0], columns: piece.shape[1], elements: piece.elements, layout: layout)
        return Double(table.dimension).squareRoot()
          * table.lengths(in: context).reduce(0, +)
      case .linear, .conv2d(.flatten):
        return try Self.nuclear(Self.flat(piece), in: context)
      case .conv2d(.slices):
        let kernel = ConvolutionSlices(shape: piece.shape)
        let parts = try WorkQueue.map(
          kernel.count, costs: Array(repeating: 1, count: kernel.count), in: context
        ) { position, context throws(DualizationError) in
          try Self.nuclear(kernel.gather(position, from: piece.elements), in: context)
        }
        return parts.reduce(0, +) / Double(kernel.count)
      }
    }
  }

  /// How the pieces of a split make up the whole.
  private enum Fold {
    case sum
    case largest
  }

  private func overPieces<Scalar: Real>(
    _ tensor: LayerArray<Scalar>, in context: ComputeContext, _ fold: Fold,
    _ body: (LayerArray<Scalar>, ComputeContext) throws(DualizationError) -> Double
  ) throws(DualizationError) -> Double {
    var values: [Double] = []
    var start = 0
    for size in split ?? [tensor.shape[0]] {
      let isWhole = size == tensor.shape[0]
      values.append(
        try body(isWhole ? tensor : tensor.rows(start..<start + size), context))
      start += size
      try context.pause(Double(start) / Double(tensor.shape[0]))
    }
    let result = fold == .sum ? values.reduce(0, +) : values.max() ?? 0
    guard result.isFinite else {
      throw .numericalFailure(
        code: "norm_out_of_range", reason: "the norm is beyond the range of float64")
    }
    return result
  }

  private static func flat<Scalar: Real>(_ tensor: LayerArray<Scalar>) -> Matrix<Scalar> {
    Matrix(
      rows: tensor.shape[0], columns: tensor.elements.count / tensor.shape[0],
      elements: tensor.elements)
  }

  /// √(d_in/d_out) σ₁.
  private static func linearNorm<Scalar: Real>(
    _ w: Matrix<Scalar>, in context: ComputeContext
  ) throws(DualizationError) -> Double {
    let largest = w.maximumMagnitude
    guard largest > 0 else { return 0 }
    let scaled = ScaledMatrix<Double>(w, largest: largest, in: context)
    let gram = try SymmetricPolynomial.gram(of: scaled.matrix, in: context)
    let top = try decomposing { () throws(LinearAlgebraError) in
      try SymmetricEigen(gram, places: gram.rows - 1..<gram.rows).values[0]
    }
    return (Double(w.columns) / Double(w.rows)).squareRoot()
      * scaled.unscaled(max(0, top).squareRoot())
  }

  /// √(d_out/d_in) Σσ.
  private static func nuclear<Scalar: Real>(
    _ g: Matrix<Scalar>, in context: ComputeContext
  ) throws(DualizationError) -> Double {
    let largest = g.maximumMagnitude
    guard largest > 0 else { return 0 }
    let scaled = ScaledMatrix<Double>(g, largest: largest, in: context)
    if scaled.smallerSide > 1024 {
      // Singular values alone would be one call of over half a second.
      let outcome = try ExactPolar.polar(
        of: scaled.matrix, rankTolerance: Double(scaled.largerSide) * 0x1p-52, in: context)
      return (Double(g.rows) / Double(g.columns)).squareRoot()
        * scaled.unscaled(outcome.nuclearNorm)
    }
    // A tall or wide matrix is first brought to a square one of the same singular values.
    var reduced = scaled.matrix
    if scaled.largerSide > 2 * scaled.smallerSide {
      reduced = QR(scaled.isTall ? reduced : reduced.transposed()).r
    }
    try context.pause()
    let values = try decomposing { () throws(LinearAlgebraError) in try SVD.values(of: reduced) }
    return (Double(g.rows) / Double(g.columns)).squareRoot()
      * scaled.unscaled(values.reduce(0, +))
  }
}
