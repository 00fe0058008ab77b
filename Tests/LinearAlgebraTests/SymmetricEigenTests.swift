import LinearAlgebra
import TestSupport
import Testing

@Suite struct SymmetricEigenTests {
  private func check<S: Real>(_ a: Matrix<S>, _ eigen: SymmetricEigen<S>, _ expected: [Double]) {
    let n = a.rows
    let norm = NaiveAlgebra.frobeniusNorm(a)
    let bound = stableBound(Shape(rows: n, columns: n), norm, S.self)
    #expect(eigen.values.count == expected.count)
    for (found, value) in zip(eigen.values, expected) {
      #expect((Double(found) - value).magnitude <= bound)
    }
    // A·v = λ·v for each row v.
    let applied = NaiveAlgebra.product(eigen.vectorRows, a)
    var scaled = eigen.vectorRows
    scaled.scaleRows(by: eigen.values)
    #expect(NaiveAlgebra.largestDifference(applied, scaled) <= bound)
    let one = stableBound(Shape(rows: n, columns: n), 1, S.self)
    let identity = Matrix<S>.identity(eigen.values.count)
    #expect(NaiveAlgebra.largestDifference(eigen.vectorRows.gram(), identity) <= one)
    #expect(eigen.vectors == NaiveAlgebra.transpose(eigen.vectorRows))
  }

  private func sample(_ n: Int) -> Matrix<Double> {
    var a: Matrix<Double> = Samples.normal(n, n, seed: 7)
    a.mirrorLower()
    return a
  }

  @Test(arguments: [0, 1, 2, 3, 8, 17, 33, 65])
  func agreesWithJacobisRotations(_ n: Int) throws {
    let a = sample(n)
    let expected = NaiveAlgebra.symmetricEigenvalues(a)
    check(a, try SymmetricEigen(a), expected)
    let single = Matrix<Float>(converting: a)
    check(single, try SymmetricEigen(single), expected)
    let bound = stableBound(Shape(rows: n, columns: n), NaiveAlgebra.frobeniusNorm(a), Double.self)
    let values = try SymmetricEigen.values(of: a)
    #expect(zip(values, expected).allSatisfy { ($0 - $1).magnitude <= bound })
    #expect(values.count == n)
  }

  @Test(arguments: [0..<0, 0..<1, 30..<33, 10..<20, 0..<33])
  func findsSomeByTheirPlaces(_ places: Range<Int>) throws {
    let a = sample(33)
    let expected = NaiveAlgebra.symmetricEigenvalues(a)
    check(a, try SymmetricEigen(a, places: places), Array(expected[places]))
    let single = Matrix<Float>(converting: a)
    check(single, try SymmetricEigen(single, places: places), Array(expected[places]))
  }

  @Test func refusesWhatIsNotFinite() {
    var a = Matrix<Double>.identity(3)
    a[1, 0] = .nan
    #expect(throws: LinearAlgebraError.nonFinite(row: 1, column: 0)) { try SymmetricEigen(a) }
    #expect(throws: LinearAlgebraError.nonFinite(row: 1, column: 0)) {
      try SymmetricEigen(a, places: 0..<1)
    }
  }
}
