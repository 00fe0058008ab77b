import Dualization
import LinearAlgebra
import Tensors
import TestSupport
import Testing

/// Gradients of a real transformer: null directions, tails over six decades, zero rows.
@Suite(.enabled(if: SharedFiles.has("data/minilm-grads.safetensors"), "../shared is not here"))
struct RealGradientTests {
  private func tensors() throws -> NamedTensors {
    let bytes = try #require(SharedFiles.bytes("data/minilm-grads.safetensors"))
    return try Safetensors.read(SharedBytes(bytes)).tensors
  }

  private func matrix(_ name: String) throws -> Matrix<Float> {
    let tensor = try #require(try tensors()[name])
    return Matrix(
      rows: tensor.shape[0], columns: tensor.shape[1], elements: tensor.float32Values())
  }

  @Test(arguments: [
    "encoder.layer.0.attention.self.query.weight",
    "encoder.layer.0.attention.self.value.weight",
    "encoder.layer.3.attention.output.dense.weight",
    "encoder.layer.5.intermediate.dense.weight",
  ])
  func largeDirectionsAreRightToFloat32(name: String) throws {
    let g = try matrix(name)
    let svd = try SVD(Matrix<Double>(converting: g))
    let result = try PolarSolver().polar(of: g)
    let x = Matrix<Double>(converting: result.matrix)
    // The directions above 1e-5 σ₁: U_rᵀ X against V_rᵀ, where X is the polar factor's share.
    let kept = svd.values.count { $0 > 1e-5 * svd.values[0] }
    let u = svd.u.block(rows: 0..<g.rows, columns: 0..<kept)
    let v = svd.vTransposed.block(rows: 0..<kept, columns: 0..<g.columns)
    let inside = u.times(u.transposedTimes(x)).timesTransposed(v).times(v)
    #expect(relativeError(inside.elements, u.times(v).elements) <= 1e-6)
    #expect(result.report.rank == svd.values.count { $0 > 1e-6 * svd.values[0] })
    #expect((result.report.isometry ?? 1) <= 1e-6)
    let nuclear = svd.values.reduce(0, +)
    #expect(relativeError(result.report.nuclearNorm, nuclear) <= 1e-6)
    #expect(try #require(result.report.nuclearNormInterval).contains(nuclear))
    if kept == svd.values.count {
      let whole = svd.u.times(svd.vTransposed)
      #expect(relativeError(x.elements, whole.elements) <= 1e-6)
    }
  }

  @Test func embeddingRowsAreUnitOrZero() throws {
    let g = try matrix("embeddings.word_embeddings.weight.rows")
    let outcome = try Atom(.embed(.rows)).dualize(
      LayerArray(shape: [g.rows, g.columns], elements: g.elements))
    #expect(outcome.report.rank == 371)
    let result = Matrix(rows: g.rows, columns: g.columns, elements: outcome.dualized.elements)
    for row in 0..<g.rows {
      let length = result.row(row).reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let source = g.row(row).reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(length - (source > 0 ? Double(g.columns).squareRoot() : 0)) <= 1e-5)
    }
  }
}
