import BlockCompression
import JSON
import LinearAlgebra

/// Figures by the names of API.md.
enum BlastReport {
  /// What the shape and the rank alone say.
  ///
  /// - Parameter parameters: of another structure than the blocks.
  static func accounting(_ grid: BlockGrid, rank: Int, parameters: Int? = nil) -> JSONObject {
    let parameters = parameters ?? rank * grid.parametersPerRank
    let share = Double(parameters) / Double(grid.denseParameters)
    return [
      "rank": .integer(Int64(rank)),
      "blocks": [.integer(Int64(grid.blockRows)), .integer(Int64(grid.blockColumns))],
      "parameters": .integer(Int64(parameters)),
      "dense_parameters": .integer(Int64(grid.denseParameters)),
      "keep": .number(share),
      "compression": .number(1 - share),
      // As many multiplications as parameters, for one product with a vector.
      "flops_ratio": .number(share),
    ]
  }

  static func errors(_ error: ApproximationError) -> JSONObject {
    [
      "relative_error": number(error.relative),
      "spectral_error": number(error.spectral),
      "relative_spectral_error": number(error.relativeSpectral),
      "max_error": number(error.maximum),
      "block_errors": nested(error.perBlock),
      "block_shares": nested(error.shares),
    ]
  }

  static func compression<Scalar: Real>(
    _ result: Compression<Scalar>, withTrace: Bool, seconds: Double
  ) -> JSONObject {
    var report = accounting(
      result.factors.grid, rank: result.factors.rank, parameters: result.parameters)
    for (name, value) in errors(result.error) { report[name] = value }
    report["output_error"] = result.outputError.map(number) ?? .null
    report["weighted_error"] = result.weightedError.map(number) ?? .null
    report["yardsticks"] = [
      "low_rank": number(result.yardsticks.lowRank),
      "monarch": result.yardsticks.monarch.map(number) ?? .null,
      "block_diagonal": result.yardsticks.blockDiagonal.map(number) ?? .null,
      "low_rank_rank": .integer(Int64(result.yardsticks.lowRankRank)),
      "monarch_rank": result.yardsticks.monarchRank.map { .integer(Int64($0)) } ?? .null,
      "block_diagonal_blocks":
        result.yardsticks.blockDiagonalBlocks.map { .integer(Int64($0)) } ?? .null,
    ]
    report["sweeps"] = .integer(Int64(result.sweeps))
    report["stop_reason"] = .string(result.stopReason.rawValue)
    if withTrace { report["trace"] = .array(result.trace.map(number)) }
    report["warnings"] = .array(result.warnings.map { .string($0) })
    report["seconds"] = .number(seconds)
    return report
  }

  static func number(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }

  private static func nested(_ matrix: Matrix<Double>) -> JSONValue {
    .array((0..<matrix.rows).map { .array(matrix.row($0).map(number)) })
  }
}
