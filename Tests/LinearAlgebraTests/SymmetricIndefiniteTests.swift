import LinearAlgebra
import TestSupport
import Testing

@Suite struct SymmetricIndefiniteTests {
  @Test(arguments: [(0, 0), (1, 0), (0, 1), (3, 4), (20, 50), (99, 1), (80, 80)])
  func countsTheSignsOfTheEigenvalues(negative: Int, positive: Int) throws {
    let values =
      (0..<negative).map { -1 - Double($0) } + (0..<positive).map { 0.5 + Double($0) }
    let a = Samples.symmetric(eigenvalues: values)
    let inertia = try SymmetricIndefinite(a).inertia
    #expect(inertia.negative == negative && inertia.positive == positive && inertia.zero == 0)
  }

  @Test func countsBlocksOfTwo() throws {
    // Zero diagonal: every pivot block is 2 × 2, with one eigenvalue of either sign.
    var a = Matrix<Double>(rows: 6, columns: 6)
    for i in stride(from: 0, to: 6, by: 2) { (a[i, i + 1], a[i + 1, i]) = (1, 1) }
    let factored = try SymmetricIndefinite(a)
    #expect(factored.inertia == Inertia(negative: 3, zero: 0, positive: 3))
    #expect(try factored.solve(rows: .identity(6)) == a)
  }

  @Test func countsExactZerosAndRefusesToDivideByThem() throws {
    let factored = try SymmetricIndefinite(Matrix<Double>.diagonal([2, 0, -3]))
    #expect(factored.inertia == Inertia(negative: 1, zero: 1, positive: 1))
    #expect(throws: LinearAlgebraError.self) { try factored.solve(rows: .identity(3)) }
  }

  @Test(arguments: orders)
  func solvesIndefiniteSystems(_ n: Int) throws {
    let a = Samples.symmetric(
      eigenvalues: (0..<n).map { ($0 % 2 == 0 ? 1 : -1) * (1 + Double($0) / Double(n)) })
    let b: Matrix<Double> = Samples.normal(4, n, seed: 6)
    let x = try SymmetricIndefinite(a).solve(rows: b)
    let back = NaiveAlgebra.product(x, a)
    let bound = 100 * Double(n + 1) * Double.ulpOfOne * (1 + NaiveAlgebra.frobeniusNorm(b))
    #expect(NaiveAlgebra.largestDifference(back, b) <= bound)
  }

  @Test func refusesWhatIsNotFinite() {
    var a = Matrix<Double>.identity(3)
    a[2, 1] = .infinity
    #expect(throws: LinearAlgebraError.nonFinite(row: 2, column: 1)) { try SymmetricIndefinite(a) }
  }
}
