import Compute
import LinearAlgebra
import Testing

/// The kernels for fused multiply-add and the plain loops, against sums in double precision.
@Suite struct SmallProductTests {
  /// Behind each result, to see a write past its end.
  private static let guardCells = 9
  private static let untouched = 77.0

  private func numbers<Scalar: Real>(_ count: Int, _ seed: UInt64, _: Scalar.Type) -> [Scalar] {
    var generator = RandomGenerator(seed: seed, stream: 1)
    return (0..<count).map { _ in Scalar(generator.normal()) }
  }

  private func checkProducts<Scalar: Real>(_ m: Int, _ k: Int, _ n: Int, _: Scalar.Type) {
    let count = 3
    let a = numbers(count * m * k + 1, 1, Scalar.self)
    let b = numbers(count * k * n + 1, 2, Scalar.self)
    let stride = m * n + Self.guardCells
    var c = [Scalar](repeating: Scalar(Self.untouched), count: count * stride)
    var plain = c
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return }
        c.withUnsafeMutableBufferPointer { c in
          guard let c = c.baseAddress else { return }
          for t in 0..<count {
            smallProduct(
              rows: m, inner: k, columns: n, a + t * m * k, b + t * k * n, into: c + t * stride)
          }
        }
        plain.withUnsafeMutableBufferPointer { c in
          guard let c = c.baseAddress else { return }
          for t in 0..<count {
            PlainLoops.product(m, k, n, a + t * m * k, b + t * k * n, c + t * stride)
          }
        }
      }
    }
    let epsilon = Double(Scalar.ulpOfOne)
    for t in 0..<count {
      for i in 0..<m {
        for column in 0..<n {
          var (sum, size) = (0.0, 0.0)
          for j in 0..<k {
            let term = Double(a[(t * m + i) * k + j]) * Double(b[(t * k + j) * n + column])
            sum += term
            size += abs(term)
          }
          let bound = Double(k + 1) * epsilon * size
          let place = t * stride + i * n + column
          #expect(abs(Double(c[place]) - sum) <= bound, "\(m) × \(k) × \(n), entry \(i), \(column)")
          #expect(abs(Double(plain[place]) - sum) <= bound)
        }
      }
      for cell in t * stride + m * n..<(t + 1) * stride {
        #expect(Double(c[cell]) == Self.untouched, "\(m) × \(k) × \(n) wrote past its end")
      }
    }
  }

  private func checkSums<Scalar: Real>(_ m: Int, _ k: Int, _ r: Int, _: Scalar.Type) {
    let s = numbers(m * k * r + 1, 3, Scalar.self)
    let z = numbers(k * r + 1, 4, Scalar.self)
    var w = [Scalar](repeating: Scalar(Self.untouched), count: m * r + Self.guardCells)
    var plain = w
    s.withUnsafeBufferPointer { s in
      z.withUnsafeBufferPointer { z in
        guard let s = s.baseAddress, let z = z.baseAddress else { return }
        w.withUnsafeMutableBufferPointer { w in
          guard let w = w.baseAddress else { return }
          elementwiseSums(rows: m, terms: k, length: r, s, z, into: w)
        }
        plain.withUnsafeMutableBufferPointer { w in
          guard let w = w.baseAddress else { return }
          PlainLoops.elementwiseSum(m, k, r, s, z, w)
        }
      }
    }
    for i in 0..<m {
      for entry in 0..<r {
        var (sum, size) = (0.0, 0.0)
        for j in 0..<k {
          let term = Double(s[(i * k + j) * r + entry]) * Double(z[j * r + entry])
          sum += term
          size += abs(term)
        }
        let bound = Double(k + 1) * Double(Scalar.ulpOfOne) * size
        #expect(abs(Double(w[i * r + entry]) - sum) <= bound, "\(m), \(k), \(r): \(i), \(entry)")
        #expect(abs(Double(plain[i * r + entry]) - sum) <= bound)
      }
    }
    for cell in m * r..<w.count { #expect(Double(w[cell]) == Self.untouched) }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 16], [0, 1, 2, 4, 16])
  func productsAreRightAndStayWithinTheirResult(m: Int, k: Int) {
    for n in [1, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 64] {
      checkProducts(m, k, n, Float.self)
      checkProducts(m, k, n, Double.self)
    }
  }

  @Test(arguments: [1, 2, 5, 16], [0, 1, 3, 16])
  func elementwiseSumsAreRightAndStayWithinTheirResult(m: Int, k: Int) {
    for r in [1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 47, 64, 72, 227] {
      checkSums(m, k, r, Float.self)
      checkSums(m, k, r, Double.self)
    }
  }

  @Test func notANumberAndInfinityGoThrough() {
    let a: [Float] = [1, .infinity, 0, .nan]
    let b: [Float] = [2, 3, 4, 5]
    var c = [Float](repeating: 0, count: 4)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          smallProduct(rows: 2, inner: 2, columns: 2, a, b, into: c)
        }
      }
    }
    #expect(c[0] == .infinity && c[1] == .infinity && c[2].isNaN && c[3].isNaN)
  }
}
