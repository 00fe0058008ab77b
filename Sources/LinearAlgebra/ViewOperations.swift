// Elementwise work on blocks: one pass over memory each. Shapes must be equal.

/// Target ← source; either may lie transposed in memory.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func copy<Scalar: Real>(
  _ source: MatrixView<Scalar>, into target: MutableMatrixView<Scalar>
) {
  precondition(
    source.rows == target.rows && source.columns == target.columns, "blocks of one shape")
  if source.isTransposed {
    transposeTiles(
      source.columns, source.rows, source.base, source.stride, target.base, target.stride)
  } else if source.stride == source.columns, target.stride == target.columns {
    target.base.update(from: source.base, count: source.rows * source.columns)
  } else {
    for i in 0..<source.rows {
      (target.base + i * target.stride).update(
        from: source.base + i * source.stride, count: source.columns)
    }
  }
}

/// Target (n × m) ← transpose of source (m × n), both row-major, by tiles that stay in the cache.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func transposeTiles<Scalar: Real>(
  _ m: Int, _ n: Int, _ source: UnsafePointer<Scalar>, _ sourceStride: Int,
  _ target: UnsafeMutablePointer<Scalar>, _ targetStride: Int
) {
  let tile = 16  // 16 lines of 64 bytes on each side
  for iTile in stride(from: 0, to: m, by: tile) {
    let iEnd = min(iTile + tile, m)
    for jTile in stride(from: 0, to: n, by: tile) {
      let jEnd = min(jTile + tile, n)
      for j in jTile..<jEnd {
        let line = target + j &* targetStride
        for i in iTile..<iEnd { line[i] = source[i &* sourceStride &+ j] }
      }
    }
  }
}

/// Every entry ← value.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func fill<Scalar: Real>(_ c: MutableMatrixView<Scalar>, with value: Scalar) {
  forEachLine(c) { offset, length in ElementLoops.fill(length, value, c.base + offset) }
}

/// C ← a·C.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func scale<Scalar: Real>(_ c: MutableMatrixView<Scalar>, by a: Scalar) {
  forEachLine(c) { offset, length in ElementLoops.scale(length, a, c.base + offset) }
}

/// C ← a·X + b·C. With b = 0 the old C is still read: use `copy` and `scale` for fresh memory.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func add<Scalar: Real>(
  _ x: MatrixView<Scalar>, scaledBy a: Scalar = 1, to c: MutableMatrixView<Scalar>,
  scaledBy b: Scalar = 1
) {
  forEachLine(x, c) { source, target, length in
    if b == 1 {
      ElementLoops.axpy(length, a, x.base + source, c.base + target)
    } else {
      ElementLoops.axpby(length, a, x.base + source, b, c.base + target)
    }
  }
}

/// C ← X ∘ C, entry by entry (Hadamard).
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func hadamard<Scalar: Real>(
  _ x: MatrixView<Scalar>, into c: MutableMatrixView<Scalar>
) {
  forEachLine(x, c) { source, target, length in
    ElementLoops.hadamard(length, x.base + source, c.base + target)
  }
}

/// C ← C·diag(factors): column j times factors[j].
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func scaleColumns<Scalar: Real>(_ c: MutableMatrixView<Scalar>, by factors: [Scalar]) {
  precondition(factors.count == c.columns, "one factor a column")
  factors.withUnsafeBufferPointer { factors in
    guard let base = factors.baseAddress else { return }
    for i in 0..<c.rows { ElementLoops.hadamard(c.columns, base, c.base + i * c.stride) }
  }
}

/// C ← diag(factors)·C: row i times factors[i].
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func scaleRows<Scalar: Real>(_ c: MutableMatrixView<Scalar>, by factors: [Scalar]) {
  precondition(factors.count == c.rows, "one factor a row")
  for i in 0..<c.rows { ElementLoops.scale(c.columns, factors[i], c.base + i * c.stride) }
}

/// C ← C + a·I, on the diagonal of a matrix of any shape.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func addToDiagonal<Scalar: Real>(_ a: Scalar, of c: MutableMatrixView<Scalar>) {
  for i in 0..<min(c.rows, c.columns) { c.base[i * (c.stride + 1)] += a }
}

/// Copies the lower triangle of C (n × n) onto the upper one.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func mirrorLower<Scalar: Real>(_ c: MutableMatrixView<Scalar>) {
  precondition(c.rows == c.columns, "a square block")
  mirrorTiles(c.rows, c.base, c.stride)
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func mirrorTiles<Scalar: Real>(
  _ n: Int, _ c: UnsafeMutablePointer<Scalar>, _ stride: Int
) {
  ElementLoops.forEachTileBelow(n) { rows, columns in
    for j in columns {
      let line = c + j &* stride
      var i = max(rows.lowerBound, j &+ 1)
      while i < rows.upperBound {
        line[i] = c[i &* stride &+ j]
        i &+= 1
      }
    }
  }
}

/// Calls `body` with offset and length of each piece that lies in one line: of all at once where the
/// rows follow each other without gaps.
@inline(__always)
private func forEachLine<Scalar>(_ c: MutableMatrixView<Scalar>, _ body: (Int, Int) -> Void) {
  if c.stride == c.columns { return body(0, c.rows * c.columns) }
  for i in 0..<c.rows { body(i * c.stride, c.columns) }
}

/// The same for two blocks of one shape.
@inline(__always)
private func forEachLine<Scalar>(
  _ x: MatrixView<Scalar>, _ c: MutableMatrixView<Scalar>, _ body: (Int, Int, Int) -> Void
) {
  precondition(!x.isTransposed, "elementwise work wants rows in one piece")
  precondition(x.rows == c.rows && x.columns == c.columns, "blocks of one shape")
  if c.stride == c.columns && x.stride == x.columns { return body(0, 0, c.rows * c.columns) }
  for i in 0..<c.rows { body(i * x.stride, i * c.stride, c.columns) }
}
