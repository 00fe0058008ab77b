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
    let isFast = settings.precision == .fast
    let work: Double
    let memory: Double
    // Twenty of these take a nanosecond of one thread. Fitted to times with kernels for 512-bit
    // registers of ours (OpenBLAS's Haswell and SkylakeX ones differ by a tenth), orders 32 to 1024,
    // to a fifth; rational steps half way between conditions 1e3 and 1e7, a factor of 1.5 to 3 apart.
    switch method {
    case .auto, .exact:
      // Measured: gesdd takes the time of about 12 m³ at 20 GF/s when square; the iteration above
      // order 768 does 30 m³, and 5 m² n for the larger side, at twice that speed.
      (work, memory) =
        m > Double(ExactPolar.decomposed)
        ? ((n > m ? 2.5 * square : 0) + 16 * cube, 5 * m * n + 16 * m * m)
        : (4 * square + 8 * cube, 4 * m * n + 10 * m * m)
    case .gramHalley:
      work =
        isFast
        ? 0.33 * square + 0.73 * cube + 160 * m * m
        : (isDouble ? 2 : 1) * (0.75 * square + 3.45 * cube + 650 * m * m)
      memory = 2 * m * n + 8 * m * m
    case .newtonSchulz, .polarExpress:
      let usual = method == .polarExpress ? 9 : 16
      let steps = Double(settings.steps ?? settings.coefficients?.count ?? usual)
      (work, memory) = (
        (isFast ? 0.5 : 1) * steps * (0.75 * square + 0.15 * cube), 3 * m * n + 4 * m * m
      )
    case .inverseRoot:
      (work, memory) = (2 * square + 25 * cube, 3 * m * n + 8 * m * m)
    case .sketch:
      let k = min(m, Double(settings.sketch.rank ?? 32))
      let passes = Double(2 + 2 * settings.sketch.powerIterations)
      (work, memory) = (
        2 * m * n * k * passes + 40 * n * k * k, 2 * m * n + 4 * n * k
      )
    case .frobenius: (work, memory) = (10 * m * n, m * n)
    }
    let checks =
      settings.verification == .full ? 0.8 * square + 1.7 * cube + 300 * m * m : 90 * m * n
    // So much even where there is next to nothing to compute.
    flops = Double(matrices.count) * (work + checks + (method == .frobenius ? 20_000 : 300_000))
    // Slices run side by side, but seldom more than a few at once.
    bytes = 8 * memory * Double(min(matrices.count, 8)) + 16 * count
  }
}
