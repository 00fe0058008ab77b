import LinearAlgebra
import TestSupport
import Testing

/// The small blocks of an inverse by kernels for fused multiply-add, against plain loops.
@Suite(.enabled(if: OpenBLAS.hasFusedKernels, "kernels without fused multiply-add are in use"))
struct InverseLeafTests {
  private static let untouched = 77.0

  /// A block (n × n) in rows of n + 3, of which only the lower triangle holds something.
  private func block<S: Real>(_ a: Matrix<Double>, _: S.Type) -> [S] {
    (0..<a.rows).flatMap { i in
      (0..<a.rows + 3).map { j in S(j <= i ? a[i, j] : Self.untouched) }
    }
  }

  private func check<S: Real>(_ n: Int, _ type: S.Type) {
    let stride = n + 3
    var fused = block(CholeskyTests.sample(n), type)
    var plain = fused
    fused.withUnsafeMutableBufferPointer { fused in
      plain.withUnsafeMutableBufferPointer { plain in
        guard let fused = fused.baseAddress, let plain = plain.baseAddress else { return }
        #expect(S.Routines.inverseFactor(n, fused, stride) == -1)
        #expect(InverseLeaf.plainInvertFactor(n, plain, stride) == nil)
      }
    }
    // Either is within c·n·eps·κ of the truth, κ = 100; ‖L⁻¹‖ ≤ 10 for eigenvalues from 0.01 on.
    compare(fused, plain, n, bound: 20 * 100 * Double(n + 1) * Double(S.ulpOfOne), "factor")
    fused = plain
    fused.withUnsafeMutableBufferPointer { fused in
      plain.withUnsafeMutableBufferPointer { plain in
        guard let fused = fused.baseAddress, let plain = plain.baseAddress else { return }
        S.Routines.gramOfLower(n, fused, stride)
        InverseLeaf.plainGram(n, plain, stride)
      }
    }
    // Sums of n products of entries of one X: its columns' lengths are at most 10.
    compare(fused, plain, n, bound: 2 * 100 * Double(n + 1) * Double(S.ulpOfOne), "product")
  }

  private func compare<S: Real>(
    _ fused: [S], _ plain: [S], _ n: Int, bound: Double, _ what: String
  ) {
    var (worst, beside) = (0.0, 0)
    for i in 0..<n {
      for j in 0..<n + 3 {
        let value = Double(fused[i * (n + 3) + j])
        if j > i {
          if value != Self.untouched { beside += 1 }
        } else {
          let difference = abs(value - Double(plain[i * (n + 3) + j]))
          worst = difference.isNaN ? .infinity : max(worst, difference)
        }
      }
    }
    #expect(worst <= bound, "\(what) of \(S.self), order \(n)")
    #expect(beside == 0, "\(what) of \(S.self), order \(n): written beside the triangle")
  }

  @Test(arguments: 1...InverseLeaf.largestFused)
  func kernelsDoWhatPlainLoopsDo(n: Int) {
    check(n, Float.self)
    check(n, Double.self)
  }

  @Test(arguments: [1, 4, 9, 32])
  func thePivotThatIsNotPositiveIsNamed(n: Int) {
    for pivot in Set([0, n / 2, n - 1]) {
      for bad in [-1.0, 0, .nan, .infinity] {
        var a = CholeskyTests.sample(n)
        // Zero alone would leave what stands left of it to make the pivot negative.
        for j in 0..<pivot { (a[pivot, j], a[j, pivot]) = (0, 0) }
        a[pivot, pivot] = bad
        var block = block(a, Double.self)
        block.withUnsafeMutableBufferPointer { block in
          guard let block = block.baseAddress else { return }
          #expect(DoubleRoutines.inverseFactor(n, block, n + 3) == pivot, "\(bad)")
        }
      }
    }
  }
}
