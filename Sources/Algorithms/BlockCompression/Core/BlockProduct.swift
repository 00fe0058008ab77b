import Compute
import LinearAlgebra

/// One product Y = Â X for a batch, step by step, over tiles of columns of X that bound the scratch.
///
/// Z_j and W_i are (r × B) without gaps, as the products before and after the middle step want them.
/// For that step Z_k (b2 × B) is row k of every z_j, so that W_k = S_k Z_k is a small product with
/// S_k (b1 × b2), and W_k takes the place of Z_k: half the scratch is half of what the caches have
/// to hold.
struct BlockProduct<Scalar: Real>: Sendable {
  let grid: BlockGrid
  let rank: Int
  /// S_k after S_k: (r × b1·b2).
  let scales: Matrix<Scalar>

  /// Columns of X at a time.
  static var tile: Int { 256 }
  /// Numbers between one Z_j and the next beside their own: without them row k of all may fall on the
  /// same sets of the first cache.
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
    let stride = rank * batch + Self.padding
    let mixed = MutableMatrixView<Scalar>(
      base: .allocate(capacity: max(b1, b2) * stride), rows: max(b1, b2), columns: rank * batch,
      stride: stride)
    defer { mixed.base.deallocate() }
    let flops = 2 * Double(rank) * Double(grid.parametersPerRank) * Double(batch)
    let threads = flops >= Self.parallelFlops ? context : context.serial
    try threads.forEachBlock(b2) { j, inner throws(ComputationStopped) in
      let rows = grid.columnRange(j)
      try multiply(
        v.rows(rows).transposed, x.rows(rows),
        into: block(j, batch, mixed), in: inner)
    }
    // Some hundred ranks a piece.
    let pieces = (rank + 127) / 128
    try threads.forEachBlock(pieces) { piece, _ throws(ComputationStopped) in
      mix(piece * 128..<min(rank, (piece + 1) * 128), batch, mixed)
    }
    try threads.forEachBlock(b1) { i, inner throws(ComputationStopped) in
      let rows = grid.rowRange(i)
      try multiply(
        u.rows(rows), block(i, batch, mixed).readOnly, into: y.rows(rows), in: inner)
    }
  }

  /// Z_index or W_index.
  private func block(
    _ index: Int, _ batch: Int, _ mixed: MutableMatrixView<Scalar>
  ) -> MutableMatrixView<Scalar> {
    MutableMatrixView(
      base: mixed.base + index * mixed.stride, rows: rank, columns: batch, stride: batch)
  }

  /// W_k over Z_k for some ranks.
  private func mix(
    _ ranks: Range<Int>, _ batch: Int, _ mixed: MutableMatrixView<Scalar>
  ) {
    let (b1, b2) = (grid.blockRows, grid.blockColumns)
    let result = UnsafeMutablePointer<Scalar>.allocate(capacity: b1 * batch)
    defer { result.deallocate() }
    scales.withElements { s in
      guard let s = s.baseAddress else { return }
      for k in ranks {
        let place = mixed.base + k * batch
        smallProduct(
          rows: b1, inner: b2, columns: batch, s + k * b1 * b2, UnsafePointer(place),
          stride: mixed.stride, into: result)
        for i in 0..<b1 {
          (place + i * mixed.stride).update(from: result + i * batch, count: batch)
        }
      }
    }
  }
}
