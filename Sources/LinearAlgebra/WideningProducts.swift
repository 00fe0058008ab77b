public import Compute

// Products in double precision of single-precision operands, which are widened on their way into the
// cache: no wide copy of them is written to memory and read again.

/// C (m × n) ← alpha·A·B with A (m × k), B (k × n), by the calling thread. 2mnk flops.
public func multiply(
  _ a: MatrixView<Double>, widening b: MatrixView<Float>, alpha: Double = 1,
  into c: MutableMatrixView<Double>
) {
  multiply(a, DoubleRoutines.panelPackers, b, DoubleRoutines.wideningPackers, alpha, c) {
    Matrix(widening: b).withView { gemm(a, $0, alpha, 0, c) }
  }
}

/// The same with A to be widened.
public func multiply(
  widening a: MatrixView<Float>, _ b: MatrixView<Double>, alpha: Double = 1,
  into c: MutableMatrixView<Double>
) {
  multiply(a, DoubleRoutines.wideningPackers, b, DoubleRoutines.panelPackers, alpha, c) {
    Matrix(widening: a).withView { gemm($0, b, alpha, 0, c) }
  }
}

/// By our kernels; by `otherwise` where they are not used.
private func multiply<Left: Real, Right: Real>(
  _ a: MatrixView<Left>, _ leftPackers: PanelPackers<Left, Double>,
  _ b: MatrixView<Right>, _ rightPackers: PanelPackers<Right, Double>, _ alpha: Double,
  _ c: MutableMatrixView<Double>, otherwise: () -> Void
) {
  precondition(a.columns == b.rows, "inner dimensions are equal")
  precondition(c.rows == a.rows && c.columns == b.columns, "the result is m × n")
  guard c.rows > 0, c.columns > 0, a.columns > 0 else { return fill(c, with: 0) }
  guard OpenBLAS.hasFusedKernels else { return otherwise() }
  PanelledProduct.run(
    DoubleRoutines.panelKernel, leftPackers, rightPackers, a, b, alpha, 0, c, false)
}

extension Matrix where Scalar == Double {
  /// The numbers of the view in double precision.
  init(widening view: MatrixView<Float>) {
    self.init(converting: Matrix<Float>(view))
  }

  /// A·Aᵀ (m × m), exactly symmetric, for A (m × k), by the threads of the context; asks before
  /// each tile whether to stop. m²k flops. For Aᵀ·A give `a.transposed`.
  public init(
    wideGramOf a: MatrixView<Float>, in context: ComputeContext
  ) throws(ComputationStopped) {
    let m = a.rows
    guard OpenBLAS.hasFusedKernels, a.columns > 0 else {
      self = try Matrix(widening: a).gram(in: context)
      return
    }
    let whole = ProductTile(rows: 0..<m, columns: 0..<m)
    let isSmall = ProductPlan.isSmall(m, m, a.columns)
    let plan = ProductPlan(symmetric: m, k: a.columns)
    let (tiles, steps) = isSmall ? ([whole], [0..<a.columns]) : (plan.tiles, plan.steps)
    self = try Matrix.fresh(m, m) { c throws(ComputationStopped) in
      for (number, inner) in steps.enumerated() {
        try context.parallelTiles(tiles.count) { index in
          let tile = tiles[index]
          let part = c.block(rows: tile.rows, columns: tile.columns)
          let isDiagonal = tile.rows == tile.columns
          PanelledProduct.run(
            DoubleRoutines.panelKernel, DoubleRoutines.wideningPackers,
            DoubleRoutines.wideningPackers, a.block(rows: tile.rows, columns: inner),
            a.block(rows: tile.columns, columns: inner).transposed, 1, number == 0 ? 0 : 1, part,
            isDiagonal)
          guard number == steps.count - 1 else { return }
          if isDiagonal {
            LinearAlgebra.mirrorLower(part)
          } else {
            copy(part.readOnly.transposed, into: c.block(rows: tile.columns, columns: tile.rows))
          }
        }
      }
    }
  }
}
