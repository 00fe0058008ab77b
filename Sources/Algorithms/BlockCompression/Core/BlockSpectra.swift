import Compute
import LinearAlgebra

/// What the blocks of a matrix, each for itself, say about the structures it could have.
struct BlockSpectra<Scalar: Real>: Sendable {
  let grid: BlockGrid
  /// ||A||².
  let energy: Double
  /// ||A_ij||², row of blocks after row.
  let energies: [Double]
  /// The singular values of each block, descending: all of a small block, the leading ones of a large
  /// one.
  let values: [[Scalar]]

  /// Blocks of a smaller side up to this are decomposed whole, in some 20 ms; of larger ones the
  /// leading values come from a randomised range finder.
  private static var wholeSide: Int { 512 }

  /// - Parameter count: how many values of each block are asked for.
  /// - Throws: `notConverged`, `stopped`.
  /// - Complexity: about 4mn·min(p, q) flops.
  init(
    _ matrix: Matrix<Scalar>, grid: BlockGrid, count: Int, in context: ComputeContext
  ) throws(BlockCompressionError) {
    self.grid = grid
    energy = matrix.sumOfSquares
    let parts = try context.parallelMap(grid.blocks) { line throws(BlockCompressionError) in
      try stoppable { () throws(ComputationStopped) in try context.checkpoint() }
      let block = matrix.block(
        rows: grid.rowRange(line / grid.blockColumns),
        columns: grid.columnRange(line % grid.blockColumns))
      let values = try Self.values(
        of: block, count: count, in: grid.blocks < 4 ? context : context.serial)
      return (block.sumOfSquares, values)
    }
    energies = parts.map(\.0)
    values = parts.map(\.1)
  }

  private static func values(
    of block: Matrix<Scalar>, count: Int, in context: ComputeContext
  ) throws(BlockCompressionError) -> [Scalar] {
    guard count > 0 else { return [] }
    do throws(InterruptibleError) {
      guard min(block.rows, block.columns) > wholeSide else {
        do throws(LinearAlgebraError) {
          return try SVD.values(of: block)
        } catch {
          throw .failed(error)
        }
      }
      return try SVD(leading: count, of: block, stream: 4 << 40, in: context).values
    } catch {
      throw BlockCompressionError(error, routine: "singular values of a block")
    }
  }

  /// ||A - Â|| / ||A|| where every block keeps its `rank` leading triplets.
  func error(keeping rank: Int) -> Double {
    guard energy > 0 else { return 0 }
    var left = 0.0
    for (line, values) in values.enumerated() {
      let smallest = min(
        grid.rowRange(line / grid.blockColumns).count,
        grid.columnRange(line % grid.blockColumns).count)
      left +=
        energies[line] > 0
        ? Yardsticks.rest(keeping: rank, of: values, all: smallest, energy: energies[line]) : 0
    }
    return (left / energy).squareRoot()
  }

  /// ||A - Â|| / ||A|| where the blocks on the diagonal are kept whole and the others dropped.
  var errorOfDiagonal: Double {
    guard energy > 0 else { return 0 }
    var kept = 0.0
    for i in 0..<min(grid.blockRows, grid.blockColumns) {
      kept += energies[i * grid.blockColumns + i]
    }
    return (max(energy - kept, 0) / energy).squareRoot()
  }
}
