import Compute
import LinearAlgebra

/// One product Y = Â X for a batch, step by step, over tiles of columns of X that bound the scratch.
///
/// Z and W are kept one rank after the other: Z_k (b2 × B) holds row k of every z_j, W_k (b1 × B)
/// row k of every w_i, so that the middle step is the small product W_k = S_k Z_k with
/// S_k (b1 × b2), all three in one piece of memory. W_k takes the place of Z_k: half the scratch is
/// half of what the caches have to hold.
struct BlockProduct<Scalar: Real>: Sendable {
  let grid: BlockGrid
  let rank: Int
  /// S_k after S_k: (r × b1·b2).
  let scales: Matrix<Scalar>

  /// Columns of X at a time.
  static var tile: Int { 256 }
  /// Numbers between the lines beside their own: without them lines of 64 · 16 numbers
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
    let stride = max(b1, b2) * batch + Self.padding
    let scratch = UnsafeMutablePointer<Scalar>.allocate(capacity: rank * stride)
    defer { scratch.deallocate() }
    let mixed = MutableMatrixView(
      base: scratch, rows: rank, columns: max(b1, b2) * batch, stride: stride)
    let flops = 2 * Double(rank) * Double(grid.parametersPerRank) * Double(batch)
    let threads = flops >= Self.parallelFlops ? context : context.serial
    try threads.forEachBlock(b2) { j, inner throws(ComputationStopped) in
      let rows = grid.columnRange(j)
      try multiply(
        v.rows(rows).transposed, x.rows(rows),
        into: mixed.block(rows: 0..<rank, columns: j * batch..<(j + 1) * batch), in: inner)
    }
    // Some hundred ranks a piece.
    let pieces = (rank + 127) / 128
    try threads.forEachBlock(pieces) { piece, _ throws(ComputationStopped) in
      mix(piece * 128..<min(rank, (piece + 1) * 128), batch, mixed)
    }
    try threads.forEachBlock(b1) { i, inner throws(ComputationStopped) in
      let rows = grid.rowRange(i)
      try multiply(
        u.rows(rows),
        mixed.readOnly.block(rows: 0..<rank, columns: i * batch..<(i + 1) * batch),
        into: y.rows(rows), in: inner)
    }
  }

  /// W_k over Z_k for some ranks.
  private func mix(_ ranks: Range<Int>, _ batch: Int, _ mixed: MutableMatrixView<Scalar>) {
    let (b1, b2) = (grid.blockRows, grid.blockColumns)
    let result = UnsafeMutablePointer<Scalar>.allocate(capacity: b1 * batch)
    defer { result.deallocate() }
    scales.withElements { s in
      guard let s = s.baseAddress else { return }
      for k in ranks {
        let place = mixed.base + k * mixed.stride
        smallProduct(
          rows: b1, inner: b2, columns: batch, s + k * b1 * b2, UnsafePointer(place), into: result)
        place.update(from: result, count: b1 * batch)
      }
    }
  }
}
