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
    let bStride = n + 3
    let b = numbers(count * k * bStride + 1, 2, Scalar.self)
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
              rows: m, inner: k, columns: n, a + t * m * k, b + t * k * bStride, stride: bStride,
              into: c + t * stride)
          }
        }
        plain.withUnsafeMutableBufferPointer { c in
          guard let c = c.baseAddress else { return }
          for t in 0..<count {
            PlainLoops.product(
              m, k, n, a + t * m * k, b + t * k * bStride, bStride, c + t * stride)
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
            let term = Double(a[(t * m + i) * k + j]) * Double(b[(t * k + j) * bStride + column])
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

  private func checkVectorProducts<Scalar: Real>(_ m: Int, _ n: Int, _: Scalar.Type) {
    let a = numbers(m * n + 1, 5, Scalar.self)
    let x = numbers(max(m, n) + 1, 6, Scalar.self)
    var y = [Scalar](repeating: Scalar(Self.untouched), count: m + Self.guardCells)
    var z = [Scalar](repeating: Scalar(Self.untouched), count: n + Self.guardCells)
    var plain = y
    a.withUnsafeBufferPointer { a in
      x.withUnsafeBufferPointer { x in
        guard let a = a.baseAddress, let x = x.baseAddress else { return }
        y.withUnsafeMutableBufferPointer { y in
          guard let y = y.baseAddress else { return }
          smallProduct(rows: m, columns: n, a, x, into: y)
        }
        z.withUnsafeMutableBufferPointer { z in
          guard let z = z.baseAddress else { return }
          smallTransposedProduct(rows: m, columns: n, a, x, into: z)
        }
        plain.withUnsafeMutableBufferPointer { y in
          guard let y = y.baseAddress else { return }
          PlainLoops.vectorProduct(m, n, a, x, y)
        }
      }
    }
    func check(_ value: Scalar, _ terms: [Double], _ what: String) {
      let bound =
        Double(terms.count + 1) * Double(Scalar.ulpOfOne) * terms.reduce(0) { $0 + abs($1) }
      #expect(abs(Double(value) - terms.reduce(0, +)) <= bound, "\(m) × \(n): \(what)")
    }
    for i in 0..<m {
      let terms = (0..<n).map { Double(a[i * n + $0]) * Double(x[$0]) }
      check(y[i], terms, "row \(i)")
      check(plain[i], terms, "row \(i) by plain loops")
    }
    for k in 0..<n {
      check(z[k], (0..<m).map { Double(a[$0 * n + k]) * Double(x[$0]) }, "column \(k)")
    }
    for cell in m..<y.count { #expect(Double(y[cell]) == Self.untouched) }
    for cell in n..<z.count { #expect(Double(z[cell]) == Self.untouched) }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 24, 64])
  func productsWithAVectorAreRightAndStayWithinTheirResult(m: Int) {
    for n in [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 72, 227] {
      checkVectorProducts(m, n, Float.self)
      checkVectorProducts(m, n, Double.self)
    }
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

  /// −(1 + 2e) + (1 + e)² is e² where the last product is not rounded before it is added, else 0.
  @Test func theFusedKernelsAreTheOnesThatRun() {
    let e = Float.ulpOfOne
    let a: [Float] = [-(1 + 2 * e), 1 + e]
    let b: [Float] = [1, 1 + e]
    let expected = OpenBLAS.hasFusedKernels ? e * e : 0
    var (product, row, sum): (Float, Float, Float) = (7, 7, 7)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return }
        smallProduct(rows: 1, inner: 2, columns: 1, a, b, stride: 1, into: &product)
        smallProduct(rows: 1, columns: 2, a, b, into: &row)
        elementwiseSums(rows: 1, terms: 2, length: 1, a, b, into: &sum)
      }
    }
    #expect(product == expected && row == expected && sum == expected)
  }

  @Test func notANumberAndInfinityGoThrough() {
    let a: [Float] = [1, .infinity, 0, .nan]
    let b: [Float] = [2, 3, 4, 5]
    var c = [Float](repeating: 0, count: 4)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          smallProduct(rows: 2, inner: 2, columns: 2, a, b, stride: 2, into: c)
        }
      }
    }
    #expect(c[0] == .infinity && c[1] == .infinity && c[2].isNaN && c[3].isNaN)
  }
}
