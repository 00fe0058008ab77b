public import Compute

extension Matrix {
  /// A·B (m × n) for A (m × k), B (k × n).
  public func times(_ other: Matrix) -> Matrix {
    product(other, false, false) { a, b, c in multiply(a, b, into: c) }
  }

  /// Aᵀ·B (m × n) for A (k × m), B (k × n).
  public func transposedTimes(_ other: Matrix) -> Matrix {
    product(other, true, false) { a, b, c in multiply(a, b, into: c) }
  }

  /// A·Bᵀ (m × n) for A (m × k), B (n × k).
  public func timesTransposed(_ other: Matrix) -> Matrix {
    product(other, false, true) { a, b, c in multiply(a, b, into: c) }
  }

  /// A·B, by the threads of the context.
  public func times(
    _ other: Matrix, in context: ComputeContext
  ) throws(ComputationStopped) -> Matrix {
    try product(other, false, false) { a, b, c throws(ComputationStopped) in
      try multiply(a, b, into: c, in: context)
    }
  }

  /// Aᵀ·B, by the threads of the context.
  public func transposedTimes(
    _ other: Matrix, in context: ComputeContext
  ) throws(ComputationStopped) -> Matrix {
    try product(other, true, false) { a, b, c throws(ComputationStopped) in
      try multiply(a, b, into: c, in: context)
    }
  }

  /// A·Bᵀ, by the threads of the context.
  public func timesTransposed(
    _ other: Matrix, in context: ComputeContext
  ) throws(ComputationStopped) -> Matrix {
    try product(other, false, true) { a, b, c throws(ComputationStopped) in
      try multiply(a, b, into: c, in: context)
    }
  }

  private func product<E: Error>(
    _ other: Matrix, _ transposeSelf: Bool, _ transposeOther: Bool,
    _ compute: (MatrixView<Scalar>, MatrixView<Scalar>, MutableMatrixView<Scalar>) throws(E) ->
      Void
  ) throws(E) -> Matrix {
    try withView { a throws(E) in
      try other.withView { b throws(E) in
        let left = transposeSelf ? a.transposed : a
        let right = transposeOther ? b.transposed : b
        precondition(left.columns == right.rows, "inner dimensions are equal")
        return try Matrix.fresh(left.rows, right.columns) { c throws(E) in
          try compute(left, right, c)
        }
      }
    }
  }

  /// A matrix in fresh memory that `compute` must fill.
  static func fresh<E: Error>(
    _ rows: Int, _ columns: Int, _ compute: (MutableMatrixView<Scalar>) throws(E) -> Void
  ) throws(E) -> Matrix {
    try Matrix(
      rows: rows, columns: columns,
      unsafeUninitialized: { buffer throws(E) in
        guard let base = buffer.baseAddress else { return }
        try compute(
          MutableMatrixView(base: base, rows: rows, columns: columns, stride: columns))
      })
  }

  /// A·Aᵀ (rows × rows), exactly symmetric, for half the flops.
  public func gram() -> Matrix {
    withView { a in Matrix.fresh(rows, rows) { c in symmetricProduct(a, into: c) } }
  }

  /// A·Aᵀ, by the threads of the context.
  public func gram(in context: ComputeContext) throws(ComputationStopped) -> Matrix {
    try withView { a throws(ComputationStopped) in
      try Matrix.fresh(rows, rows) { c throws(ComputationStopped) in
        try symmetricProduct(a, into: c, in: context)
      }
    }
  }

  /// Aᵀ·A (columns × columns), exactly symmetric, for half the flops.
  public func gramOfColumns() -> Matrix {
    withView { a in
      Matrix.fresh(columns, columns) { c in symmetricProduct(a.transposed, into: c) }
    }
  }

  /// Aᵀ·A, by the threads of the context.
  public func gramOfColumns(in context: ComputeContext) throws(ComputationStopped) -> Matrix {
    try withView { a throws(ComputationStopped) in
      try Matrix.fresh(columns, columns) { c throws(ComputationStopped) in
        try symmetricProduct(a.transposed, into: c, in: context)
      }
    }
  }

  /// A·x (rows) for x (columns).
  public func times(_ x: [Scalar]) -> [Scalar] { vectorProduct(x, transposed: false) }

  /// Aᵀ·x (columns) for x (rows).
  public func transposedTimes(_ x: [Scalar]) -> [Scalar] { vectorProduct(x, transposed: true) }

  private func vectorProduct(_ x: [Scalar], transposed: Bool) -> [Scalar] {
    withView { view in
      let a = transposed ? view.transposed : view
      return x.withUnsafeBufferPointer { x in
        [Scalar](unsafeUninitializedCapacity: a.rows) { y, filled in
          multiply(a, x, into: UnsafeMutableBufferPointer(rebasing: y[..<a.rows]))
          filled = a.rows
        }
      }
    }
  }
}

/// C ← alpha·op(A)·op(B) + beta·C; op transposes where asked. Shapes as for the views.
public func multiply<Scalar: Real>(
  _ a: Matrix<Scalar>, transposed transposeA: Bool = false, _ b: Matrix<Scalar>,
  secondTransposed transposeB: Bool = false, alpha: Scalar = 1, beta: Scalar = 0,
  into c: inout Matrix<Scalar>
) {
  a.withView { a in
    b.withView { b in
      c.withMutableView { c in
        multiply(
          transposeA ? a.transposed : a, transposeB ? b.transposed : b, alpha: alpha, beta: beta,
          into: c)
      }
    }
  }
}

/// The same by the threads of the context.
public func multiply<Scalar: Real>(
  _ a: Matrix<Scalar>, transposed transposeA: Bool = false, _ b: Matrix<Scalar>,
  secondTransposed transposeB: Bool = false, alpha: Scalar = 1, beta: Scalar = 0,
  into c: inout Matrix<Scalar>, in context: ComputeContext
) throws(ComputationStopped) {
  try a.withView { a throws(ComputationStopped) in
    try b.withView { b throws(ComputationStopped) in
      try c.withMutableView { c throws(ComputationStopped) in
        try multiply(
          transposeA ? a.transposed : a, transposeB ? b.transposed : b, alpha: alpha, beta: beta,
          into: c, in: context)
      }
    }
  }
}

/// C ← alpha·op(A)·op(A)ᵀ + beta·C, both triangles; op(A) = Aᵀ when `transposed`.
public func symmetricProduct<Scalar: Real>(
  _ a: Matrix<Scalar>, transposed: Bool = false, alpha: Scalar = 1, beta: Scalar = 0,
  into c: inout Matrix<Scalar>
) {
  a.withView { a in
    c.withMutableView { c in
      symmetricProduct(transposed ? a.transposed : a, alpha: alpha, beta: beta, into: c)
    }
  }
}

/// The same by the threads of the context.
public func symmetricProduct<Scalar: Real>(
  _ a: Matrix<Scalar>, transposed: Bool = false, alpha: Scalar = 1, beta: Scalar = 0,
  into c: inout Matrix<Scalar>, in context: ComputeContext
) throws(ComputationStopped) {
  try a.withView { a throws(ComputationStopped) in
    try c.withMutableView { c throws(ComputationStopped) in
      try symmetricProduct(
        transposed ? a.transposed : a, alpha: alpha, beta: beta, into: c, in: context)
    }
  }
}

/// C ← alpha·A·B + beta·C where A·B is known to be symmetric: half the flops, then mirrored.
public func symmetricProduct<Scalar: Real>(
  _ a: Matrix<Scalar>, _ b: Matrix<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: inout Matrix<Scalar>, in context: ComputeContext
) throws(ComputationStopped) {
  try a.withView { a throws(ComputationStopped) in
    try b.withView { b throws(ComputationStopped) in
      try c.withMutableView { c throws(ComputationStopped) in
        try symmetricProduct(a, b, alpha: alpha, beta: beta, into: c, in: context)
      }
    }
  }
}
