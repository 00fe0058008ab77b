/// The small blocks at the end of a halved inverse, of order up to 32, within a matrix whose rows are
/// a stride apart. Compiled as `SmallProduct` is, with the same duty of who calls it.
///
/// Both work on a copy of whole rows, filled up to 32 entries: of what is computed beside the
/// triangle nothing is kept, but there are no ends of rows to treat.
public enum InverseFactorLeaf {
  /// Largest order.
  public static let largest = 32

  /// The lower triangle of A (n × n) ← L⁻¹ with A = L·Lᵀ; n³ flops.
  ///
  /// - Returns: the first pivot that is not positive and finite, -1 where there is none.
  @inline(never)
  public static func invertFactor(
    _ n: Int, _ a: UnsafeMutablePointer<Float>, _ stride: Int
  ) -> Int {
    eliminate(SIMD8<Float>.self, n, a, stride)
  }

  /// As for float32.
  @inline(never)
  public static func invertFactor(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, _ stride: Int
  ) -> Int {
    eliminate(SIMD4<Double>.self, n, a, stride)
  }

  /// The lower triangle of Xᵀ·X in place of a lower triangular X (n × n); n³ flops.
  @inline(never)
  public static func gram(_ n: Int, _ x: UnsafeMutablePointer<Float>, _ stride: Int) {
    product(SIMD8<Float>.self, n, x, stride)
  }

  /// As for float32.
  @inline(never)
  public static func gram(_ n: Int, _ x: UnsafeMutablePointer<Double>, _ stride: Int) {
    product(SIMD4<Double>.self, n, x, stride)
  }

  /// Row operations that bring A to Lᵀ bring I to L⁻¹. Before step k row i holds A's columns from k on
  /// and L⁻¹'s before it, so both fit into one row.
  @inline(__always)
  private static func eliminate<Vector: WideVector>(
    _ vector: Vector.Type, _ n: Int, _ a: UnsafeMutablePointer<Vector.Scalar>, _ stride: Int
  ) -> Int where Vector.Scalar: BinaryFloatingPoint {
    // (32 × 32), then a one between zeros and a zero between ones.
    let size: Int = 32 &* 32 &+ 64
    return withUnsafeTemporaryAllocation(
      byteCount: size &* MemoryLayout<Vector.Scalar>.stride, alignment: 64
    ) { bytes -> Int in
      let numbers = bytes.bindMemory(to: Vector.Scalar.self)
      guard let w = numbers.baseAddress else { return 0 }
      let width = Vector.scalarCount
      let (unit, others) = (w + 1024, w + 1056)
      var i = 0
      while i < 32 {
        unit[i] = i == width &- 1 ? 1 : 0
        others[i] = i == width &- 1 ? 0 : 1
        i &+= 1
      }
      fillWhole(n, a, stride, w)
      var k = 0
      while k < n {
        let row = w + k &* 32
        let pivot = row[k]
        guard pivot > 0, pivot.isFinite else { return k }
        let factor = 1 / pivot.squareRoot()
        // Entry k by vectors too: a vector read over a single number just written waits for it.
        let lane = k & (width &- 1)
        let block = k &- lane
        let one = Vector(at: unit + (width &- 1 &- lane))
        let rest = Vector(at: others + (width &- 1 &- lane))
        var j = 0
        while j < n {
          Vector(at: row + j).scaled(by: factor).store(at: row + j)
          j &+= width
        }
        (Vector(at: row + block) * rest + one.scaled(by: factor)).store(at: row + block)
        i = k &+ 1
        while i < n {
          let other = w + i &* 32
          let share = -row[i]
          j = 0
          while j < block {
            Vector(at: other + j).adding(share, times: Vector(at: row + j)).store(at: other + j)
            j &+= width
          }
          (Vector(at: other + j) * rest).adding(share, times: Vector(at: row + j))
            .store(at: other + j)
          j &+= width
          while j < n {
            Vector(at: other + j).adding(share, times: Vector(at: row + j)).store(at: other + j)
            j &+= width
          }
          i &+= 1
        }
        k &+= 1
      }
      keepLower(n, w, a, stride)
      return -1
    }
  }

  /// W (n × 32) ← A from its lower triangle, and zeros.
  @inline(__always)
  private static func fillWhole<Scalar: BinaryFloatingPoint>(
    _ n: Int, _ a: UnsafeMutablePointer<Scalar>, _ stride: Int, _ w: UnsafeMutablePointer<Scalar>
  ) {
    var i = 0
    while i < n {
      var j = 0
      while j <= i {
        let entry = a[i &* stride &+ j]
        w[i &* 32 &+ j] = entry
        w[j &* 32 &+ i] = entry
        j &+= 1
      }
      j = n
      while j < 32 {
        w[i &* 32 &+ j] = 0
        j &+= 1
      }
      i &+= 1
    }
  }

  /// Row i is the sum of xₖᵢ·(row k of X) over k ≥ i.
  @inline(__always)
  private static func product<Vector: WideVector>(
    _ vector: Vector.Type, _ n: Int, _ x: UnsafeMutablePointer<Vector.Scalar>, _ stride: Int
  ) where Vector.Scalar: BinaryFloatingPoint {
    withUnsafeTemporaryAllocation(byteCount: 32 &* 32 &* 8, alignment: 64) { bytes in
      let numbers = bytes.bindMemory(to: Vector.Scalar.self)
      guard let w = numbers.baseAddress else { return }
      let width = Vector.scalarCount
      var i = 0
      while i < n {
        var j = 0
        while j < 32 {
          w[i &* 32 &+ j] = j <= i ? x[i &* stride &+ j] : 0
          j &+= 1
        }
        i &+= 1
      }
      i = 0
      while i < n {
        // Row i of X is needed for this row of the result only, which takes its place.
        var j = 0
        while j <= i {
          var (p, q) = (Vector.zero, Vector.zero)
          var (r, s) = (Vector.zero, Vector.zero)
          var k = i
          while k < n {
            let (line, factor) = (w + (k &* 32 &+ j), w[k &* 32 &+ i])
            p = p.adding(factor, times: Vector(at: line))
            q = q.adding(factor, times: Vector(at: line + width))
            r = r.adding(factor, times: Vector(at: line + 2 &* width))
            s = s.adding(factor, times: Vector(at: line + 3 &* width))
            k &+= 1
          }
          // Beyond column i the row stays as it is: of it nothing else is read any more.
          writePart(p, j, i, x + i &* stride)
          writePart(q, j &+ width, i, x + i &* stride)
          writePart(r, j &+ 2 &* width, i, x + i &* stride)
          writePart(s, j &+ 3 &* width, i, x + i &* stride)
          j &+= 4 &* width
        }
        i &+= 1
      }
    }
  }

  /// Columns `first`... of a row, as far as `last`.
  @inline(__always)
  private static func writePart<Vector: WideVector>(
    _ part: Vector, _ first: Int, _ last: Int, _ row: UnsafeMutablePointer<Vector.Scalar>
  ) {
    if first &+ Vector.scalarCount &- 1 <= last { return part.store(at: row + first) }
    var lane = 0
    while first &+ lane <= last {
      row[first &+ lane] = part[lane]
      lane &+= 1
    }
  }

  @inline(__always)
  private static func keepLower<Scalar>(
    _ n: Int, _ w: UnsafeMutablePointer<Scalar>, _ a: UnsafeMutablePointer<Scalar>, _ stride: Int
  ) {
    var i = 0
    while i < n {
      var j = 0
      while j <= i {
        a[i &* stride &+ j] = w[i &* 32 &+ j]
        j &+= 1
      }
      i &+= 1
    }
  }
}
