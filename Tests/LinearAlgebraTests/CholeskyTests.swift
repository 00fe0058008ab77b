import LinearAlgebra
import TestSupport
import Testing

@Suite struct CholeskyTests {
  /// Positive definite of order n with eigenvalues 1/100 … 1.
  static func sample(_ n: Int) -> Matrix<Double> {
    Samples.symmetric(eigenvalues: Samples.logarithmic(n, condition: 100))
  }

  @Test(arguments: orders)
  func agreesWithTheFormula(_ n: Int) throws {
    let a = Self.sample(n)
    let expected = try #require(NaiveAlgebra.cholesky(a))
    let factor = try Cholesky(a).factor
    // First-order perturbation of the factor: κ·(n + 1)·eps·‖L‖ (Higham, section 10.3).
    let bound = 100 * Double(n + 1) * Double.ulpOfOne
    #expect(NaiveAlgebra.largestDifference(factor, expected) <= bound)
    let product = NaiveAlgebra.product(factor, NaiveAlgebra.transpose(factor))
    #expect(NaiveAlgebra.largestDifference(product, a) <= Double(n + 1) * Double.ulpOfOne)
  }

  @Test(arguments: orders)
  func solvesAndInverts(_ n: Int) throws {
    let a = Self.sample(n)
    let b: Matrix<Double> = Samples.normal(n, 3, seed: 5)
    let factored = try Cholesky(a)
    let expected = try #require(NaiveAlgebra.solve(a, b))
    // κ·n·eps relative to the solution, whose norm is at most κ‖b‖ (κ = 100).
    let bound = 20 * 100 * Double(n + 1) * Double.ulpOfOne * 100 * NaiveAlgebra.frobeniusNorm(b)
    #expect(NaiveAlgebra.largestDifference(factored.solve(b), expected) <= bound)
    #expect(
      zip(factored.solve(b.column(0)), expected.column(0)).allSatisfy {
        ($0 - $1).magnitude <= bound
      })
    let inverse = factored.inverse
    #expect(inverse == NaiveAlgebra.transpose(inverse))
    let product = NaiveAlgebra.product(a, inverse)
    #expect(
      NaiveAlgebra.largestDifference(product, Matrix<Double>.identity(n))
        <= 20 * 100 * Double(n + 1) * Double.ulpOfOne)
    var rows = NaiveAlgebra.transpose(b)
    factored.factor.withView { l in rows.withMutableView { solveCholesky(l, rows: $0) } }
    #expect(NaiveAlgebra.largestDifference(NaiveAlgebra.transpose(rows), expected) <= bound)
  }

  @Test func readsOnlyTheLowerTriangle() throws {
    var a = Self.sample(70)
    let expected = try Cholesky(a).factor
    for i in 0..<70 { for j in i + 1..<max(70, i + 1) { a[i, j] = .nan } }
    #expect(try Cholesky(a).factor == expected)
  }

  @Test(arguments: [0, 1, 40, 99])
  func namesThePivotThatIsNotPositive(_ pivot: Int) {
    var a = Self.sample(100)
    a[pivot, pivot] = -1
    #expect(throws: LinearAlgebraError.notPositiveDefinite(pivot: pivot)) { try Cholesky(a) }
    #expect(throws: InterruptibleError.failed(.notPositiveDefinite(pivot: pivot))) {
      try a.positiveDefiniteInverse()
    }
  }

  @Test func knowsTheDeterminant() throws {
    let a = Matrix<Double>([[4, 2], [2, 10]])
    #expect((try Cholesky(a).logarithmOfDeterminant - 3.58351893845611).magnitude < 1e-14)  // ln 36
    #expect(try Cholesky(Matrix<Double>(rows: 0, columns: 0)).logarithmOfDeterminant == 0)
  }
}
