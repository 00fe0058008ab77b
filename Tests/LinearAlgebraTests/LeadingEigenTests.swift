import Compute
import LinearAlgebra
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct LeadingEigenTests {
  /// Order 300, above the order that is decomposed whole: six well separated values over a bulk.
  static let spectrum = [-9.0, 8, 8, 7, -6, 5] + (0..<294).map { Double($0 % 59 - 29) / 29 }

  private func check<S: Real>(
    _ a: Matrix<S>, _ found: LeadingEigen<S>, _ expected: [Double], tolerance: Double
  ) {
    #expect(found.isConverged)
    #expect(found.values.count == expected.count)
    let norm = 9.0
    for (value, other) in zip(found.values, expected) {
      #expect((Double(value) - other).magnitude <= tolerance * norm)
    }
    let identity = Matrix<S>.identity(expected.count)
    let one = 1000 * Double(S.ulpOfOne)
    #expect(NaiveAlgebra.largestDifference(found.vectors.gramOfColumns(), identity) <= one)
    var scaled = found.vectors
    scaled.scaleColumns(by: found.values)
    let residual = NaiveAlgebra.largestDifference(NaiveAlgebra.product(a, found.vectors), scaled)
    #expect(residual <= 2 * tolerance * norm)
    #expect(found.residuals.allSatisfy { $0 <= tolerance * norm })
  }

  @Test func findsTheLargestByMagnitude() throws {
    let a = Samples.symmetric(eigenvalues: Self.spectrum)
    let found = try LeadingEigen(a, count: 6, tolerance: 1e-9, in: ComputeContext(seed: 1))
    check(a, found, [-9, 8, 8, 7, -6, 5], tolerance: 1e-9)
    let single = Matrix<Float>(converting: a)
    let rough = try LeadingEigen(single, count: 6, tolerance: 1e-4, in: ComputeContext(seed: 1))
    check(single, rough, [-9, 8, 8, 7, -6, 5], tolerance: 1e-4)
  }

  @Test func findsEitherEnd() throws {
    let a = Samples.symmetric(eigenvalues: Self.spectrum)
    let context = ComputeContext(seed: 2)
    check(
      a, try LeadingEigen(a, count: 4, by: .largest, tolerance: 1e-8, in: context), [8, 8, 7, 5],
      tolerance: 1e-8)
    check(
      a, try LeadingEigen(a, count: 2, by: .smallest, tolerance: 1e-8, in: context), [-9, -6],
      tolerance: 1e-8)
  }

  @Test func agreesBetweenSparseAndDense() throws {
    // Two rings and a star: a sparse graph of 400 vertices.
    var entries: [(row: Int, column: Int, value: Double)] = []
    func join(_ i: Int, _ j: Int) { entries += [(i, j, 1), (j, i, 1)] }
    for i in 0..<150 { join(i, (i + 1) % 150) }
    for i in 150..<370 { join(i, i == 369 ? 150 : i + 1) }
    for i in 371..<400 { join(370, i) }
    let sparse = SparseMatrix(rows: 400, columns: 400, entries: entries)
    let dense = try sparse.times(.identity(400), in: ComputeContext())
    // Eigenvalues ±√29 of the star lead; then 2 twice, once for each ring.
    let found = try LeadingEigen(
      sparse, count: 3, by: .largest, maximumSteps: 400, in: ComputeContext(seed: 3))
    #expect((found.values[0] - 29.0.squareRoot()).magnitude < 1e-7)
    #expect((found.values[1] - 2).magnitude < 1e-6)
    let other = try LeadingEigen(
      dense, count: 3, by: .largest, maximumSteps: 400, in: ComputeContext(seed: 3))
    #expect(zip(found.values, other.values).allSatisfy { ($0 - $1).magnitude < 1e-6 })
  }

  @Test(arguments: [(0, 0), (1, 1), (5, 2), (40, 40), (130, 3)])
  func decomposesSmallOperatorsWhole(n: Int, count: Int) throws {
    let values = (0..<n).map { Double($0) - 2.3 }
    let a = Samples.symmetric(eigenvalues: values)
    let found = try LeadingEigen(a, count: count, in: ComputeContext())
    let expected = values.sorted { $0.magnitude > $1.magnitude }.prefix(count)
    #expect(found.values.count == count && found.isConverged)
    #expect(found.vectors.rows == n && found.vectors.columns == count)
    let bound = 20 * Double(n + 1) * Double.ulpOfOne * Double(n + 3)
    #expect(zip(found.values, expected).allSatisfy { ($0 - $1).magnitude <= bound })
    #expect(found.residuals.allSatisfy { $0 <= bound * Double(n + 1) })
  }

  @Test func findsARankBelowTheBlock() throws {
    // The Krylov blocks after the first are nothing but rounding: they must stay orthonormal.
    let a = Samples.symmetric(eigenvalues: [3, -2] + Array(repeating: 0, count: 298))
    let found = try LeadingEigen(a, count: 4, in: ComputeContext(seed: 4))
    #expect(found.isConverged)
    let bound = 1e-7
    #expect(zip(found.values, [3, -2, 0, 0]).allSatisfy { ($0 - $1).magnitude < bound })
    let identity = Matrix<Double>.identity(4)
    #expect(NaiveAlgebra.largestDifference(found.vectors.gramOfColumns(), identity) < 1e-12)
  }

  @Test func saysWhenItDidNotConverge() throws {
    let a = Samples.symmetric(eigenvalues: (0..<300).map { 1 + Double($0) / 300 })
    let found = try LeadingEigen(
      a, count: 5, tolerance: 1e-12, maximumSteps: 1, in: ComputeContext())
    #expect(!found.isConverged && found.steps == 1)
    #expect(found.residuals.contains { $0 > 1e-12 })
  }

  @Test func givesTheSameBytesWithAnyNumberOfWorkersAndStopsAtEachQuestion() throws {
    let a = Samples.symmetric(eigenvalues: Self.spectrum)
    let counting = StoppingMonitor()
    let context = ComputeContext(seed: 6, monitor: counting)
    let expected = try LeadingEigen(a, count: 3, maximumSteps: 2, in: context)
    for workers in 2...3 {
      let pool = ComputePool(threads: workers)
      let context = ComputeContext(seed: 6, executor: pool.executor(width: workers))
      let found = try LeadingEigen(a, count: 3, maximumSteps: 2, in: context)
      pool.shutdown()
      #expect(found.values == expected.values && found.vectors == expected.vectors)
    }
    for question in stride(from: 0, to: counting.asked, by: 7) {
      let context = ComputeContext(seed: 6, monitor: StoppingMonitor(stopAt: question))
      #expect(throws: InterruptibleError.stopped(ComputationStopped(reason: .cancelled))) {
        try LeadingEigen(a, count: 3, maximumSteps: 2, in: context)
      }
    }
  }

  @Test func refusesWhatIsNotFinite() {
    var a = Samples.symmetric(eigenvalues: Self.spectrum)
    a[7, 3] = .nan
    #expect(throws: InterruptibleError.failed(.nonFinite(row: 7, column: 3))) {
      try LeadingEigen(a, count: 2, in: ComputeContext())
    }
  }
}
