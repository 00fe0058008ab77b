import Compute
import LinearAlgebra
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct PositiveDefiniteInverseTests {
  @Test(arguments: orders + [257, 300])
  func invertsAnyOrder(_ n: Int) throws {
    func check<S: Real>(_ type: S.Type) throws {
      let a = Matrix<S>(converting: CholeskyTests.sample(n))
      let inverse = try a.positiveDefiniteInverse()
      #expect(inverse == NaiveAlgebra.transpose(inverse))
      let product = NaiveAlgebra.product(a, inverse)
      // ‖A·X - I‖ ≤ c·n·eps·κ with κ = 100.
      let bound = 20 * 100 * Double(n + 1) * Double(S.ulpOfOne)
      #expect(NaiveAlgebra.largestDifference(product, Matrix<S>.identity(n)) <= bound, "\(S.self)")
    }
    try check(Double.self)
    try check(Float.self)
  }

  /// Cholesky keeps κ(A); the explicit inverse of half a factor may cost κ(L), its root, once more.
  @Test(arguments: [1e2, 1e4, 1e6, 1e8])
  func losesAtMostTheConditionOfTheFactorMore(_ condition: Double) throws {
    let n = 150
    let a = Samples.symmetric(eigenvalues: Samples.logarithmic(n, condition: condition))
    let halves = try a.positiveDefiniteInverse()
    let factored = try Cholesky(a).inverse
    let unit = 20 * Double(n) * Double.ulpOfOne
    let identity = Matrix<Double>.identity(n)
    #expect(
      NaiveAlgebra.largestDifference(NaiveAlgebra.product(a, factored), identity)
        <= unit * condition)
    #expect(
      NaiveAlgebra.largestDifference(NaiveAlgebra.product(a, halves), identity)
        <= unit * condition * condition.squareRoot())
  }

  @Test(arguments: [1, 5, 16, 17, 40, 129])
  func namesThePivotThatIsNotPositive(_ n: Int) throws {
    for pivot in Set([0, n / 2, n - 1]) {
      var a = CholeskyTests.sample(n)
      // Above and left of it nothing changes; −a makes its Schur complement negative.
      a[pivot, pivot] = -a[pivot, pivot]
      #expect(throws: InterruptibleError.failed(.notPositiveDefinite(pivot: pivot))) {
        try a.positiveDefiniteInverse()
      }
    }
  }

  /// A − λI on either side of λ's least eigenvalue, over the orders where the way changes.
  @Test(arguments: [0, 1, 16, 130, 256, 257, 300, 530])
  func tellsWhatIsPositiveDefinite(_ n: Int) throws {
    let a = Samples.symmetric(eigenvalues: Samples.logarithmic(n, condition: 1e6))
    for (shift, wanted) in [(0.5e-6, true), (1.5e-6, n == 1)] where n > 0 {
      var shifted = a
      shifted.addToDiagonal(-shift)
      let holds = try shifted.withMutableView { view throws(ComputationStopped) in
        try isPositiveDefinite(view)
      }
      #expect(holds == wanted, "shift \(shift)")
    }
    var empty = Matrix<Double>(rows: 0, columns: 0)
    #expect(
      try empty.withMutableView { view throws(ComputationStopped) in try isPositiveDefinite(view) })
  }

  @Test(arguments: 1...4)
  func givesTheSameBytesWithAnyNumberOfWorkers(_ workers: Int) throws {
    let a = CholeskyTests.sample(333)
    let pool = ComputePool(threads: workers)
    defer { pool.shutdown() }
    let context = ComputeContext(executor: pool.executor(width: workers))
    #expect(try a.positiveDefiniteInverse(in: context) == a.positiveDefiniteInverse())
  }

  @Test func stopsAtEachQuestion() throws {
    let a = CholeskyTests.sample(300)
    let counting = StoppingMonitor()
    _ = try a.positiveDefiniteInverse(in: ComputeContext(monitor: counting))
    #expect(counting.asked > 8)
    for question in 0..<counting.asked {
      let context = ComputeContext(monitor: StoppingMonitor(stopAt: question, reason: .timeout))
      #expect(throws: InterruptibleError.stopped(ComputationStopped(reason: .timeout))) {
        try a.positiveDefiniteInverse(in: context)
      }
    }
  }
}
