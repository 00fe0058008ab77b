import BlockCompression
import Compute
import JSON
import LinearAlgebra
import Tensors
import TestSupport
import Testing

/// Real weights at half the parameters (specs: BLAST, section 3.2): the error of 200 extrapolated
/// sweeps, and the preconditioned descent's 300 iterations reached within 100.
@Suite struct RealWeightsSlowTests {
  static let weights: NamedTensors? = SharedFiles.bytes("data/minilm-weights.safetensors").flatMap {
    try? Safetensors.read(SharedBytes($0)).tensors
  }

  @Test(
    .enabled(
      if: BlockReference.isHere("real") && SharedFiles.has("data/minilm-weights.safetensors"),
      "../shared is not here"),
    arguments: BlockReference.cases("real"))
  func reachesTheErrorsOnRecord(_ reference: BlockCase) throws {
    let name = reference["layer"]?.stringValue ?? ""
    let tensor = try #require(Self.weights?[name])
    let matrix = Matrix<Float>(
      rows: tensor.shape[0], columns: tensor.shape[1], elements: tensor.float32Values())
    let grid = try reference.grid()
    let rank = try #require(try Budget.keep(reference.number("keep")).rank(on: grid))
    #expect(rank == reference.integer("rank"))
    let context = ComputeContext()
    let start = try FactorStarts.leadingTriplets(matrix, grid: grid, rank: rank, in: context)
    var options = SolverOptions()
    options.tolerance = 0
    let solution = try AlternatingLeastSquares<Float>(options: options).solve(
      matrix, from: start, in: context)
    #expect(solution.sweeps <= 200)
    #expect(solution.relativeError <= 1.01 * reference.number("extrapolated_als_200"))
    let within = solution.trace.firstIndex { $0 <= reference.number("precond_gd_300") } ?? 1000
    #expect(within < 100, "preconditioned descent's error after \(within + 1) sweeps")
    let code = solution.trace.firstIndex { $0 <= reference.number("public_code_300") } ?? 1000
    print(
      "\(name) b \(grid.blockRows): \(solution.relativeError), on record "
        + "\(reference.number("extrapolated_als_200")); sweeps to the public code's error "
        + "\(code + 1), to the descent's \(within + 1)")
  }
}
