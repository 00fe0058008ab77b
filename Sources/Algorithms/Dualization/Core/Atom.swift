public import Compute
public import LinearAlgebra

/// One layer with the way its tensors are dualized.
///
/// For every gradient g: ⟨g, dualize(g)⟩ = dual norm of g, and ‖dualize(g)‖ = 1 unless g = 0.
/// Source: arXiv 2410.21265, section 4.1.
public struct Atom: Sendable {
  public let layer: Layer
  /// Sizes along the first axis; each piece is a layer of its own, their norms' maximum the norm.
  public let split: [Int]?
  private let solver: PolarSolver

  /// How its matrices are dualized.
  public var settings: PolarSettings { solver.settings }

  /// What dualizing a layer gives.
  public struct Outcome<Scalar: Real>: Sendable {
    public let dualized: LayerArray<Scalar>
    public let report: LayerReport
  }

  /// - Throws: `invalidParameter`.
  public init(
    _ layer: Layer, split: [Int]? = nil, settings: PolarSettings = PolarSettings()
  ) throws(DualizationError) {
    if let split, split.isEmpty || !split.allSatisfy({ $0 > 0 }) {
      throw .invalidParameter(name: "split", reason: "sizes above zero")
    }
    self.layer = layer
    self.split = split
    solver = try PolarSolver(settings)
  }

  /// Checks shape and numbers.
  ///
  /// - Throws: `wrongRank`, `empty`, `kernelNotSquare`, `splitMismatch`, `nonFinite`.
  public func validate<Scalar: Real>(_ tensor: LayerArray<Scalar>) throws(DualizationError) {
    try validate(shape: tensor.shape)
    if let index = tensor.firstNonFinite() { throw .nonFinite(index: index) }
  }

  /// - Throws: `wrongRank`, `empty`, `kernelNotSquare`, `splitMismatch`.
  public func validate(shape: [Int]) throws(DualizationError) {
    try layer.validate(shape: shape)
    if let split {
      var total = 0
      for size in split {
        let (sum, overflow) = total.addingReportingOverflow(size)
        total = overflow ? Int.max : sum
      }
      if total != shape[0] { throw .splitMismatch(expected: shape[0], actual: total) }
    }
  }

  // MARK: Duality map

  /// dualize(g) with its report.
  public func dualize<Scalar: Real>(
    _ gradient: LayerArray<Scalar>, in context: ComputeContext = ComputeContext()
  ) throws(DualizationError) -> Outcome<Scalar> {
    try validate(gradient)
    let clock = ContinuousClock()
    let start = clock.now
    let outcome: Outcome<Scalar>
    if let split {
      outcome = try pieces(of: gradient, split, in: context)
    } else {
      outcome = try whole(gradient, in: context)
    }
    let took = (clock.now - start).components
    var report = outcome.report
    report.seconds = Double(took.seconds) + Double(took.attoseconds) * 1e-18
    guard report.dualNorm.isFinite else {
      throw .numericalFailure(
        code: "norm_out_of_range", reason: "the dual norm is beyond the range of float64")
    }
    return Outcome(dualized: outcome.dualized, report: report)
  }

  private func whole<Scalar: Real>(
    _ g: LayerArray<Scalar>, in context: ComputeContext
  ) throws(DualizationError) -> Outcome<Scalar> {
    switch layer {
    case .vector(let norm):
      return Outcome(
        dualized: LayerArray(checked: g.shape, norm.dualized(g.elements)),
        report: LayerReport(dualNorm: norm.dual(g.elements), seconds: 0))
    case .embed(let layout):
      let table = TokenTable(
        rows: g.shape[0], columns: g.shape[1], elements: g.elements, layout: layout)
      let (elements, lengths) = table.dualized(in: context)
      try context.pause(1)
      var report = LayerReport(
        dualNorm: Double(table.dimension).squareRoot() * lengths.reduce(0, +), seconds: 0)
      report.rank = lengths.count { $0 > 0 }
      return Outcome(dualized: LayerArray(checked: g.shape, elements), report: report)
    case .linear, .conv2d(.flatten):
      let width = g.elements.count / g.shape[0]
      let matrix = Matrix(rows: g.shape[0], columns: width, elements: g.elements)
      let (factor, report) = try linear(matrix, in: context)
      return Outcome(dualized: LayerArray(checked: g.shape, factor.elements), report: report)
    case .conv2d(.slices):
      return try slices(of: g, in: context)
    }
  }

  /// √(d_out/d_in) U Vᵀ; the Frobenius method's result keeps its own norm 1.
  private func linear<Scalar: Real>(
    _ g: Matrix<Scalar>, in context: ComputeContext
  ) throws(DualizationError) -> (Matrix<Scalar>, LayerReport) {
    let result = try solver.polar(of: g, in: context)
    let scale = scale(rows: g.rows, columns: g.columns)
    var report = LayerReport(
      dualNorm: scale * result.report.nuclearNorm, seconds: result.report.seconds)
    report.rank = result.report.rank
    report.polar = result.report
    report.dualNormInterval = result.report.nuclearNormInterval.map {
      scale * $0.lowerBound...scale * $0.upperBound
    }
    var factor = result.matrix
    if scale != 1 { factor.scale(by: Scalar(scale)) }
    return (factor, report)
  }

  private func scale(rows: Int, columns: Int) -> Double {
    solver.settings.method == .frobenius ? 1 : (Double(rows) / Double(columns)).squareRoot()
  }

  // MARK: Several matrices

  private func slices<Scalar: Real>(
    of g: LayerArray<Scalar>, in context: ComputeContext
  ) throws(DualizationError) -> Outcome<Scalar> {
    let kernel = ConvolutionSlices(shape: g.shape)
    let results = try WorkQueue.map(
      kernel.count, costs: Array(repeating: 1, count: kernel.count), in: context
    ) { position, context throws(DualizationError) in
      try linear(kernel.gather(position, from: g.elements), in: context)
    }
    let share = 1 / Double(kernel.count)
    let elements = kernel.scatter(results.map(\.0), times: Scalar(share))
    return Outcome(
      dualized: LayerArray(checked: g.shape, elements),
      report: Self.combined(results.map(\.1), times: share))
  }

  private func pieces<Scalar: Real>(
    of g: LayerArray<Scalar>, _ sizes: [Int], in context: ComputeContext
  ) throws(DualizationError) -> Outcome<Scalar> {
    let starts = sizes.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    let results = try WorkQueue.map(sizes.count, costs: sizes.map(Double.init), in: context) {
      piece, context throws(DualizationError) in
      try whole(g.rows(starts[piece]..<starts[piece + 1]), in: context)
    }
    return Outcome(
      dualized: LayerArray(checked: g.shape, results.flatMap(\.dualized.elements)),
      report: Self.combined(results.map(\.report), times: 1))
  }

  /// Dual norms add up; of the other figures the worst.
  private static func combined(_ reports: [LayerReport], times share: Double) -> LayerReport {
    var result = LayerReport(
      dualNorm: share * reports.reduce(0) { $0 + $1.dualNorm }, seconds: 0)
    result.ranks =
      reports.contains { $0.polar != nil } ? reports.flatMap { $0.ranks ?? [$0.rank] } : nil
    let polars = reports.compactMap(\.polar)
    if let first = polars.first {
      var worst = polars.dropFirst().reduce(first) { $0.worse(than: $1) }
      worst.rank = nil
      worst.seconds = polars.reduce(0) { $0 + $1.seconds }
      result.polar = worst
    } else {
      result.rank =
        reports.contains { $0.rank != nil } ? reports.reduce(0) { $0 + ($1.rank ?? 0) } : nil
    }
    let intervals = reports.compactMap(\.dualNormInterval)
    if intervals.count == reports.count, !intervals.isEmpty {
      result.dualNormInterval =
        share * intervals.reduce(0) { $0 + $1.lowerBound }...share
        * intervals.reduce(0) { $0 + $1.upperBound }
    }
    return result
  }
}
