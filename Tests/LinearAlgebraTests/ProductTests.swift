import Compute
import LinearAlgebra
import TestSupport
import Testing

/// m, n, k of a product.
struct ProductShape: Sendable, CustomTestStringConvertible {
  let m: Int
  let n: Int
  let k: Int
  var testDescription: String { "\(m) × \(n), inner \(k)" }

  /// 0, 1, odd, tall, wide, at and around the block of 128 and the tiles.
  static let all = [
    (0, 0, 0), (0, 3, 2), (3, 0, 2), (3, 2, 0), (1, 1, 1), (1, 5, 7), (5, 1, 7), (7, 5, 1),
    (3, 3, 3), (17, 33, 9), (64, 64, 64), (65, 63, 66), (127, 128, 129), (300, 3, 40),
    (3, 300, 40), (130, 257, 70), (200, 160, 150),
  ].map { ProductShape(m: $0.0, n: $0.1, k: $0.2) }
}

@Suite struct ProductTests {
  /// |fl(Σ) - Σ| ≤ (k + 2)·eps·Σ|aᵢ||bⱼ| in any order of summation (Higham, Accuracy and Stability,
  /// 2nd ed., section 3.5), and one rounding more for each of alpha and beta.
  private func expectProduct<S: Real>(
    _ c: Matrix<S>, _ a: Matrix<S>, _ b: Matrix<S>, alpha: S = 1, beta: S = 0,
    onto old: Matrix<S>? = nil, _ comment: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let exact = NaiveAlgebra.product(a, b)
    let sizes = NaiveAlgebra.product(magnitudes(a), magnitudes(b))
    let eps = Double(S.ulpOfOne)
    var worst = 0.0
    for i in 0..<c.rows {
      for j in 0..<c.columns {
        let before = beta == 0 ? 0 : Double(beta) * Double(old?[i, j] ?? 0)
        let expected = Double(alpha) * exact[i, j] + before
        let scale = Double(alpha).magnitude * sizes[i, j] + before.magnitude
        let bound = Double(a.columns + 4) * eps * scale
        let error = (Double(c[i, j]) - expected).magnitude
        if !(error <= bound) { worst = max(worst, bound > 0 ? error / bound : .infinity) }
      }
    }
    #expect(worst == 0, comment, sourceLocation: sourceLocation)
  }

  private func magnitudes<S: Real>(_ a: Matrix<S>) -> Matrix<S> {
    Matrix(rows: a.rows, columns: a.columns, elements: a.elements.map(\.magnitude))
  }

  private func checkAllForms<S: Real>(_ shape: ProductShape, as type: S.Type) {
    let a: Matrix<S> = Samples.normal(shape.m, shape.k, seed: 1)
    let b: Matrix<S> = Samples.normal(shape.k, shape.n, seed: 2)
    let (at, bt) = (NaiveAlgebra.transpose(a), NaiveAlgebra.transpose(b))
    expectProduct(a.times(b), a, b, "A·B in \(S.self)")
    expectProduct(at.transposedTimes(b), a, b, "Aᵀ·B in \(S.self)")
    expectProduct(a.timesTransposed(bt), a, b, "A·Bᵀ in \(S.self)")
    for (alpha, beta) in [(1, 0), (-2, 0), (0.5, 1), (3, -0.25)] as [(S, S)] {
      let old: Matrix<S> = Samples.normal(shape.m, shape.n, seed: 3)
      var c = old
      multiply(at, transposed: true, bt, secondTransposed: true, alpha: alpha, beta: beta, into: &c)
      expectProduct(c, a, b, alpha: alpha, beta: beta, onto: old, "\(alpha), \(beta) in \(S.self)")
    }
  }

  @Test(arguments: ProductShape.all)
  func agreesWithTheFormula(_ shape: ProductShape) {
    checkAllForms(shape, as: Float.self)
    checkAllForms(shape, as: Double.self)
  }

  @Test(arguments: ProductShape.all)
  func multipliesBlocksInPlaceAndTouchesNothingElse(_ shape: ProductShape) {
    let (m, n, k) = (shape.m, shape.n, shape.k)
    let a: Matrix<Double> = Samples.normal(m + 3, k + 5, seed: 4)
    let b: Matrix<Double> = Samples.normal(n + 2, k + 1, seed: 5)
    var c = Matrix<Double>(rows: m + 4, columns: n + 7, repeating: 99)
    a.withView { a in
      b.withView { b in
        c.withMutableView { c in
          multiply(
            a.block(rows: 1..<m + 1, columns: 2..<k + 2),
            b.block(rows: 2..<n + 2, columns: 1..<k + 1).transposed,
            into: c.block(rows: 3..<m + 3, columns: 5..<n + 5))
        }
      }
    }
    expectProduct(
      c.block(rows: 3..<m + 3, columns: 5..<n + 5),
      a.block(rows: 1..<m + 1, columns: 2..<k + 2),
      NaiveAlgebra.transpose(b.block(rows: 2..<n + 2, columns: 1..<k + 1)), "strided")
    var outside = 0
    for i in 0..<m + 4 {
      for j in 0..<n + 7 where !(3..<m + 3).contains(i) || !(5..<n + 5).contains(j) {
        outside += c[i, j] == 99 ? 0 : 1
      }
    }
    #expect(outside == 0)
  }

  @Test func overwritesAnOldResultThatIsNotANumber() {
    let a: Matrix<Double> = Samples.normal(40, 30)
    let b: Matrix<Double> = Samples.normal(30, 20)
    var c = Matrix<Double>(rows: 40, columns: 20, repeating: .nan)
    multiply(a, b, into: &c)
    #expect(c == a.times(b))
    var empty = Matrix<Double>(rows: 2, columns: 2, repeating: .nan)
    multiply(Matrix(rows: 2, columns: 0), Matrix(rows: 0, columns: 2), into: &empty)
    #expect(empty == Matrix(rows: 2, columns: 2))
  }

  @Test(arguments: ProductShape.all)
  func multipliesVectors(_ shape: ProductShape) {
    func check<S: Real>(_ type: S.Type) {
      let a: Matrix<S> = Samples.normal(shape.m, shape.k, seed: 6)
      let x: Matrix<S> = Samples.normal(shape.k, 1, seed: 7)
      let y = a.times(x.elements)
      expectProduct(Matrix(rows: shape.m, columns: 1, elements: y), a, x, "A·x in \(S.self)")
      let transposed = NaiveAlgebra.transpose(a).transposedTimes(x.elements)
      expectProduct(
        Matrix(rows: shape.m, columns: 1, elements: transposed), a, x, "Aᵀ·x in \(S.self)")
    }
    check(Float.self)
    check(Double.self)
  }

  // MARK: Symmetric results

  @Test(arguments: ProductShape.all)
  func givesExactlySymmetricGramMatrices(_ shape: ProductShape) {
    func check<S: Real>(_ type: S.Type) {
      let a: Matrix<S> = Samples.normal(shape.n, shape.k, seed: 8)
      let gram = a.gram()
      #expect(gram == NaiveAlgebra.transpose(gram), "symmetric in \(S.self)")
      expectProduct(gram, a, NaiveAlgebra.transpose(a), "A·Aᵀ in \(S.self)")
      let columns = NaiveAlgebra.transpose(a).gramOfColumns()
      #expect(columns == NaiveAlgebra.transpose(columns))
      expectProduct(columns, a, NaiveAlgebra.transpose(a), "Aᵀ·A in \(S.self)")
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(arguments: [1, 5, 128, 129, 300])
  func readsOnlyTheLowerTriangleOfTheOldResult(_ n: Int) {
    let a: Matrix<Double> = Samples.normal(n, 20, seed: 9)
    var old: Matrix<Double> = Samples.normal(n, n, seed: 10)
    old.mirrorLower()
    var c = old
    for i in 0..<n { for j in i + 1..<max(n, i + 1) { c[i, j] = .nan } }
    symmetricProduct(a, alpha: 2, beta: -1, into: &c)
    #expect(c == NaiveAlgebra.transpose(c))
    expectProduct(c, a, NaiveAlgebra.transpose(a), alpha: 2, beta: -1, onto: old, "n = \(n)")
  }

  @Test(arguments: [3, 130, 200])
  func multipliesCommutingSymmetricMatricesByHalves(_ n: Int) throws {
    let a = Samples.symmetric(eigenvalues: (1...n).map { Double($0) / Double(n) })
    let b = a.times(a)
    var c = Matrix<Double>(rows: n, columns: n)
    try symmetricProduct(a, b, into: &c, in: ComputeContext())
    #expect(c == NaiveAlgebra.transpose(c))
    // A·A² is symmetric but for rounding, so taking one half of it adds its own error once more.
    let bound = 2 * Double(n + 4) * Double.ulpOfOne * Double(n).squareRoot()
    #expect(NaiveAlgebra.largestDifference(c, NaiveAlgebra.product(a, b)) <= bound)
  }

  // MARK: Large shapes

  /// Shapes with several tiles, several steps along the inner dimension, and partial products.
  static let large = [
    (600, 530, 100), (60, 1100, 300), (300, 260, 7200), (40, 50, 9000), (127, 20, 20_000),
    (200, 190, 3001),
  ].map { ProductShape(m: $0.0, n: $0.1, k: $0.2) }

  @Test(arguments: large)
  func agreesWithTheFormulaAtEntriesDrawnFromLargeShapes(_ shape: ProductShape) {
    func check<S: Real>(_ type: S.Type) {
      let a: Matrix<S> = Samples.normal(shape.m, shape.k, seed: 11)
      let b: Matrix<S> = Samples.normal(shape.n, shape.k, seed: 12)
      let old: Matrix<S> = Samples.normal(shape.m, shape.n, seed: 13)
      var c = old
      multiply(a, b, secondTransposed: true, alpha: 2, beta: 3, into: &c)
      let gram = a.gram()
      #expect(gram == NaiveAlgebra.transpose(gram))
      var generator = RandomGenerator(seed: 14, stream: 0)
      for _ in 0..<200 {
        let (i, j) = (generator.below(shape.m), generator.below(shape.n))
        expectEntry(c[i, j], a.row(i), b.row(j), alpha: 2, old: 3 * Double(old[i, j]))
        let other = generator.below(shape.m)
        expectEntry(gram[i, other], a.row(i), a.row(other), alpha: 1, old: 0)
      }
    }
    check(Float.self)
    check(Double.self)
  }

  private func expectEntry<S: Real>(
    _ value: S, _ x: [S], _ y: [S], alpha: Double, old: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var (sum, size) = (old, old.magnitude)
    for (a, b) in zip(x, y) {
      sum += alpha * Double(a) * Double(b)
      size += (alpha * Double(a) * Double(b)).magnitude
    }
    let bound = Double(x.count + 4) * Double(S.ulpOfOne) * size
    #expect((Double(value) - sum).magnitude <= bound, sourceLocation: sourceLocation)
  }
}
