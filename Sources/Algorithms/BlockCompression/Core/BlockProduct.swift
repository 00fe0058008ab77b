import Compute
import LinearAlgebra

/// One product Y = Â X for a batch, step by step, over tiles of columns of X that bound the scratch.
///
/// Z and W are kept one rank after the other: Z_k (b2 × B) holds row k of every z_j, W_k (b1 × B)
/// row k of every w_i, so that the middle step is the small product W_k = S_k Z_k with
/// S_k (b1 × b2), all three in one piece of memory.
struct BlockProduct<Scalar: Real>: Sendable {
  let grid: BlockGrid
  let rank: Int
  /// S_k after S_k: (r × b1·b2).
  let scales: Matrix<Scalar>

  /// Columns of X at a time.
  static var tile: Int { 256 }
  /// Numbers between the lines of Z and W beside their own: without them lines of 64 · 16 numbers
  /// fall on the same sets of the first cache.
  private static var padding: Int { 16 }
  /// Flops from which threads are worth waking.
  private static var parallelFlops: Double { 0x1p24 }

  init(_ factors: BlockFactors<Scalar>) {
    grid = factors.grid
    rank = factors.rank
    scales = factors.s.transposed()
  }

  func run(
    _ u: MatrixView<Scalar>, _ v: MatrixView<Scalar>, _ x: MatrixView<Scalar>,
    into y: MutableMatrixView<Scalar>, in context: ComputeContext
  ) throws(ComputationStopped) {
    let batch = x.columns
    let (b1, b2) = (grid.blockRows, grid.blockColumns)
    let (zStride, wStride) = (b2 * batch + Self.padding, b1 * batch + Self.padding)
    let scratch = UnsafeMutablePointer<Scalar>.allocate(capacity: rank * (zStride + wStride))
    defer { scratch.deallocate() }
    let z = MutableMatrixView(base: scratch, rows: rank, columns: b2 * batch, stride: zStride)
    let w = MutableMatrixView(
      base: scratch + rank * zStride, rows: rank, columns: b1 * batch, stride: wStride)
    let flops = 2 * Double(rank) * Double(grid.parametersPerRank) * Double(batch)
    let threads = flops >= Self.parallelFlops ? context : context.serial
    try threads.forEachBlock(b2) { j, inner throws(ComputationStopped) in
      let rows = grid.columnRange(j)
      try multiply(
        v.rows(rows).transposed, x.rows(rows),
        into: z.block(rows: 0..<rank, columns: j * batch..<(j + 1) * batch), in: inner)
    }
    // Some hundred ranks a piece.
    let pieces = (rank + 127) / 128
    try threads.forEachBlock(pieces) { piece, _ throws(ComputationStopped) in
      scales.withElements { s in
        guard let s = s.baseAddress else { return }
        for k in piece * 128..<min(rank, (piece + 1) * 128) {
          BlockBatchProduct.mix(
            blockRows: b1, blockColumns: b2, batch: batch, s: s + k * b1 * b2,
            z: z.base + k * zStride, w: w.base + k * wStride)
        }
      }
    }
    try threads.forEachBlock(b1) { i, inner throws(ComputationStopped) in
      let rows = grid.rowRange(i)
      try multiply(
        u.rows(rows),
        w.readOnly.block(rows: 0..<rank, columns: i * batch..<(i + 1) * batch),
        into: y.rows(rows), in: inner)
    }
  }
}

/// The middle step of a product with a batch.
enum BlockBatchProduct {
  /// W_k = S_k Z_k, with Z_k (b2 × B), W_k (b1 × B), S_k (b1 × b2).
  ///
  /// By plain loops: a call of a general product for every rank costs more than these few numbers.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func mix<Scalar: Real>(
    blockRows b1: Int, blockColumns b2: Int, batch: Int, s: UnsafePointer<Scalar>,
    z: UnsafePointer<Scalar>, w: UnsafeMutablePointer<Scalar>
  ) {
    for i in 0..<b1 {
      let out = w + i * batch
      let first = s[i * b2]
      for t in 0..<batch { out[t] = first * z[t] }
      for j in 1..<max(b2, 1) {
        let factor = s[i * b2 + j]
        let column = z + j * batch
        for t in 0..<batch { out[t] += factor * column[t] }
      }
    }
  }
}

/// The product with one vector: three passes over the factors, each bound by memory.
enum BlockVectorProduct {
  /// w_i = Σ_j s_ij ∘ z_j, with z (b2 × r), w (b1 × r), s (b1·b2 × r).
  ///
  /// Four rows of blocks at a time share what is read of z, and their sums stay in registers.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func mix<Scalar: Real>(
    blockRows b1: Int, blockColumns b2: Int, rank r: Int, s: UnsafePointer<Scalar>,
    z: UnsafePointer<Scalar>, w: UnsafeMutablePointer<Scalar>
  ) {
    let line = b2 &* r
    var i = 0
    while i &+ 4 <= b1 {
      mixFour(line, b2, r, s + i &* line, z, w + i &* r)
      i &+= 4
    }
    while i < b1 {
      mixOne(line, b2, r, s + i &* line, z, w + i &* r)
      i &+= 1
    }
  }

  @inline(__always)
  private static func load<Scalar: Real>(_ x: UnsafePointer<Scalar>) -> SIMD8<Scalar> {
    UnsafeRawPointer(x).loadUnaligned(as: SIMD8<Scalar>.self)
  }

  @inline(__always)
  private static func store<Scalar: Real>(
    _ value: SIMD8<Scalar>, _ x: UnsafeMutablePointer<Scalar>
  ) {
    UnsafeMutableRawPointer(x).storeBytes(of: value, as: SIMD8<Scalar>.self)
  }

  @inline(__always)
  private static func mixFour<Scalar: Real>(
    _ line: Int, _ b2: Int, _ r: Int, _ s: UnsafePointer<Scalar>, _ z: UnsafePointer<Scalar>,
    _ w: UnsafeMutablePointer<Scalar>
  ) {
    var k = 0
    while k &+ 8 <= r {
      var (a, b) = (SIMD8<Scalar>.zero, SIMD8<Scalar>.zero)
      var (c, d) = (SIMD8<Scalar>.zero, SIMD8<Scalar>.zero)
      var source = s + k
      var vector = z + k
      for _ in 0..<b2 {
        let factor = load(vector)
        a += load(source) * factor
        b += load(source + line) * factor
        c += load(source + 2 &* line) * factor
        d += load(source + 3 &* line) * factor
        source += r
        vector += r
      }
      store(a, w + k)
      store(b, w + (r &+ k))
      store(c, w + (2 &* r &+ k))
      store(d, w + (3 &* r &+ k))
      k &+= 8
    }
    for i in 0..<4 { mixTail(b2, r, from: k, s + i &* line, z, w + i &* r) }
  }

  @inline(__always)
  private static func mixOne<Scalar: Real>(
    _ line: Int, _ b2: Int, _ r: Int, _ s: UnsafePointer<Scalar>, _ z: UnsafePointer<Scalar>,
    _ w: UnsafeMutablePointer<Scalar>
  ) {
    var k = 0
    while k &+ 8 <= r {
      var sum = SIMD8<Scalar>.zero
      for j in 0..<b2 { sum += load(s + (j &* r &+ k)) * load(z + (j &* r &+ k)) }
      store(sum, w + k)
      k &+= 8
    }
    mixTail(b2, r, from: k, s, z, w)
  }

  @inline(__always)
  private static func mixTail<Scalar: Real>(
    _ b2: Int, _ r: Int, from start: Int, _ s: UnsafePointer<Scalar>, _ z: UnsafePointer<Scalar>,
    _ w: UnsafeMutablePointer<Scalar>
  ) {
    var k = start
    while k < r {
      var sum: Scalar = 0
      for j in 0..<b2 { sum += s[j &* r &+ k] * z[j &* r &+ k] }
      w[k] = sum
      k &+= 1
    }
  }
}
