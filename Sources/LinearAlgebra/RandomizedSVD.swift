public import Compute

extension SVD {
  /// The leading `rank` singular triplets of A (m × n), approximately, by a randomised range finder.
  ///
  /// Y = A·Ω with Ω (n × l) normal, l = rank + oversampling; Q orthonormal for Y; `powerIterations`
  /// times Q ← orth(A·orth(Aᵀ·Q)); then the decomposition of QᵀA (l × n). Expected error in the
  /// spectral norm with q iterations: (1 + c·√(min(m, n)/l))^(1/(2q+1)) σ_{l+1}, so 2 do for most
  /// spectra. Exact (one call) where l reaches min(m, n). 2(2q + 2)mnl flops, split over the threads
  /// of the context, asking before each tile whether to stop. Random numbers: `stream` of its seed.
  ///
  /// Source: Halko, Martinsson, Tropp, SIAM Review 53 (2011), algorithms 4.4 and 5.1.
  ///
  /// - Throws: `.stopped`; `.failed(nonFinite, notConverged)`.
  public init(
    leading rank: Int, of a: Matrix<Scalar>, oversampling: Int = 8, powerIterations: Int = 2,
    stream: UInt64 = 0, in context: ComputeContext
  ) throws(InterruptibleError) {
    precondition(rank >= 0 && oversampling >= 0 && powerIterations >= 0, "no negative counts")
    let l = min(rank + oversampling, a.rows, a.columns)
    if l == min(a.rows, a.columns) {
      self = try SVD(a, in: context).truncated(to: rank)
      return
    }
    try fallible { () throws(LinearAlgebraError) in try a.requireFinite() }
    var generator = context.generator(stream: stream)
    let omega = Matrix<Scalar>(rows: a.columns, columns: l) { _, _ in Scalar(generator.normal()) }
    let (q, b) = try stoppable { () throws(ComputationStopped) in
      // Q (m × l), and below Z (n × l).
      var q = try QR(try a.times(omega, in: context), in: context).q(in: context)
      for _ in 0..<powerIterations {
        let z = try QR(try a.transposedTimes(q, in: context), in: context).q(in: context)
        q = try QR(try a.times(z, in: context), in: context).q(in: context)
      }
      return (q, try q.transposedTimes(a, in: context))  // (m × l), (l × n)
    }
    let small = try SVD(b, in: context).truncated(to: rank)
    let u = try stoppable { () throws(ComputationStopped) in
      try q.times(small.u, in: context)
    }
    self.init(u: u, values: small.values, vTransposed: small.vTransposed)
  }
}
