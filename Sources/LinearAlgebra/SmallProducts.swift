// Products of small matrices and sums of elementwise products: what OpenBLAS has no call for, or
// none that pays at such sizes. All is row after row, without gaps unless a stride is given; results
// must not overlap operands; nothing is checked.
//
// By kernels compiled for fused multiply-add where OpenBLAS, too, chose kernels that need it (the
// results of both belong to the version of the numerics, which names that choice), else by plain
// loops.

/// C (m × n) ← A·B with A (m × k), B (k × n), the rows of B a stride apart.
///
/// 2mnk flops, by the calling thread; no scratch.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func smallProduct<Scalar: Real>(
  rows m: Int, inner k: Int, columns n: Int, _ a: UnsafePointer<Scalar>,
  _ b: UnsafePointer<Scalar>, stride: Int, into c: UnsafeMutablePointer<Scalar>
) {
  if OpenBLAS.hasFusedKernels {
    Scalar.Routines.smallProduct(m, k, n, a, b, stride, c)
  } else {
    PlainLoops.product(m, k, n, a, b, stride, c)
  }
}

/// y (m) ← A·x with A (m × n) of some hundred rows and columns.
///
/// 2mn flops, by the calling thread; no scratch. For larger matrices `multiply` is as fast.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func smallProduct<Scalar: Real>(
  rows m: Int, columns n: Int, _ a: UnsafePointer<Scalar>, _ x: UnsafePointer<Scalar>,
  into y: UnsafeMutablePointer<Scalar>
) {
  if OpenBLAS.hasFusedKernels {
    Scalar.Routines.vectorProduct(m, n, a, x, y)
  } else {
    PlainLoops.vectorProduct(m, n, a, x, y)
  }
}

/// z (n) ← Aᵀ·x, as `smallProduct`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func smallTransposedProduct<Scalar: Real>(
  rows m: Int, columns n: Int, _ a: UnsafePointer<Scalar>, _ x: UnsafePointer<Scalar>,
  into z: UnsafeMutablePointer<Scalar>
) {
  if OpenBLAS.hasFusedKernels {
    Scalar.Routines.transposedVectorProduct(m, n, a, x, z)
  } else {
    PlainLoops.product(1, m, n, x, a, n, z)
  }
}

/// w_i ← Σ_j s_ij ∘ z_j, entry by entry: W (m × r), Z (k × r), S (m·k × r) with s_ij in row i·k + j.
///
/// 2mkr flops, by the calling thread; S is read once; no scratch.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func elementwiseSums<Scalar: Real>(
  rows m: Int, terms k: Int, length r: Int, _ s: UnsafePointer<Scalar>,
  _ z: UnsafePointer<Scalar>, into w: UnsafeMutablePointer<Scalar>
) {
  if OpenBLAS.hasFusedKernels {
    Scalar.Routines.elementwiseSum(m, k, r, s, z, w)
  } else {
    PlainLoops.elementwiseSum(m, k, r, s, z, w)
  }
}

/// The same for any processor; the tests hold the kernels against them.
package enum PlainLoops {
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func product<Scalar: Real>(
    _ m: Int, _ k: Int, _ n: Int, _ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>,
    _ stride: Int, _ c: UnsafeMutablePointer<Scalar>
  ) {
    for i in 0..<m {
      let out = c + i * n
      for t in 0..<n { out[t] = 0 }
      for j in 0..<k {
        let factor = a[i * k + j]
        let line = b + j * stride
        for t in 0..<n { out[t] += factor * line[t] }
      }
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func vectorProduct<Scalar: Real>(
    _ m: Int, _ n: Int, _ a: UnsafePointer<Scalar>, _ x: UnsafePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>
  ) {
    for i in 0..<m {
      let row = a + i * n
      var sum: Scalar = 0
      for k in 0..<n { sum += row[k] * x[k] }
      y[i] = sum
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func elementwiseSum<Scalar: Real>(
    _ m: Int, _ k: Int, _ r: Int, _ s: UnsafePointer<Scalar>, _ z: UnsafePointer<Scalar>,
    _ w: UnsafeMutablePointer<Scalar>
  ) {
    for i in 0..<m {
      let out = w + i * r
      for t in 0..<r { out[t] = 0 }
      for j in 0..<k {
        let factors = s + (i * k + j) * r
        let line = z + j * r
        for t in 0..<r { out[t] += factors[t] * line[t] }
      }
    }
  }
}
