/// Predicted work and memory of dualizing one layer.
public struct DualizationCost: Sendable, Equatable {
  /// Float64 operations at the speed of a matrix product; slower ones count for more.
  public var flops: Double
  /// Most memory held at once beside input and output, in bytes.
  public var bytes: Double

  /// - Parameter shape: valid for the layer.
  public init(shape: [Int], layer: Layer, settings: PolarSettings, isDouble: Bool) {
    let count = shape.reduce(1.0) { $0 * Double($1) }
    guard let matrices = layer.matrices(shape: shape) else {
      (flops, bytes) = (20 * count, 8 * count)
      return
    }
    let m = Double(min(matrices.rows, matrices.columns))
    let n = Double(max(matrices.rows, matrices.columns))
    let (method, _) = PolarSolver.choice(settings, isDouble: isDouble)
    let cube = m * m * m
    let square = m * m * n
    let work: Double
    let memory: Double
    switch method {
    case .auto, .exact:
      // Measured: gesdd takes the time of about 12 m³ at 20 GF/s when square; the iteration above
      // order 768 does 30 m³, and 5 m² n for the larger side, at twice that speed.
      (work, memory) =
        m > Double(ExactPolar.decomposed)
        ? ((n > m ? 2.5 * square : 0) + 16 * cube, 5 * m * n + 16 * m * m)
        : (4 * square + 8 * cube, 4 * m * n + 10 * m * m)
    case .gramHalley:
      let isFast = settings.precision == .fast
      (work, memory) = ((isFast ? 0.35 : 0.7) * (3 * square + 10 * cube), 2 * m * n + 8 * m * m)
    case .newtonSchulz, .polarExpress:
      let steps = Double(settings.steps ?? settings.coefficients?.count ?? 12)
      (work, memory) = (steps * (3 * square + 2 * cube), 3 * m * n + 4 * m * m)
    case .inverseRoot:
      (work, memory) = (4 * square + 40 * 4 * cube, 3 * m * n + 8 * m * m)
    case .sketch:
      let k = min(m, Double(settings.sketch.rank ?? 32))
      let passes = Double(2 + 2 * settings.sketch.powerIterations)
      (work, memory) = (
        2 * m * n * k * passes + 40 * n * k * k, 2 * m * n + 4 * n * k
      )
    case .frobenius: (work, memory) = (10 * m * n, m * n)
    }
    let checks = settings.verification == .full ? 4 * square + 6 * cube : 120 * m * n
    flops = Double(matrices.count) * (work + checks + 20_000)
    // Slices run side by side, but seldom more than a few at once.
    bytes = 8 * memory * Double(min(matrices.count, 8)) + 16 * count
  }
}
