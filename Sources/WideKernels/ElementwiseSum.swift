/// w_i ← Σ_j s_ij ∘ z_j, entry by entry: W (m × r), Z (k × r), S (m·k × r) with s_ij in row i·k + j.
///
/// Compiled as `SmallProduct` is, with the same duty of who calls it.
public enum ElementwiseSum {
  /// 2mkr flops; S is read once.
  @inline(never)
  public static func run(
    _ m: Int, _ k: Int, _ r: Int, _ s: UnsafePointer<Float>, _ z: UnsafePointer<Float>,
    _ w: UnsafeMutablePointer<Float>
  ) {
    sum(SIMD8<Float>.self, m, k, r, s, z, w)
  }

  /// 2mkr flops; S is read once.
  @inline(never)
  public static func run(
    _ m: Int, _ k: Int, _ r: Int, _ s: UnsafePointer<Double>, _ z: UnsafePointer<Double>,
    _ w: UnsafeMutablePointer<Double>
  ) {
    sum(SIMD4<Double>.self, m, k, r, s, z, w)
  }

  /// Four vectors of a row at a time, their sums in registers.
  @inline(__always)
  private static func sum<Vector: WideVector>(
    _ vector: Vector.Type, _ m: Int, _ k: Int, _ r: Int, _ s: UnsafePointer<Vector.Scalar>,
    _ z: UnsafePointer<Vector.Scalar>, _ w: UnsafeMutablePointer<Vector.Scalar>
  ) where Vector.Scalar: FloatingPoint {
    let width = Vector.scalarCount
    var i = 0
    while i < m {
      let (factors, out) = (s + i &* k &* r, w + i &* r)
      var entry = 0
      while entry &+ 4 &* width <= r {
        four(vector, k, r, factors + entry, z + entry, out + entry)
        entry &+= 4 &* width
      }
      while entry &+ width <= r {
        one(vector, k, r, factors + entry, z + entry, out + entry)
        entry &+= width
      }
      while entry < r {
        var total: Vector.Scalar = 0
        var j = 0
        while j < k {
          total = total.addingProduct(factors[j &* r &+ entry], z[j &* r &+ entry])
          j &+= 1
        }
        out[entry] = total
        entry &+= 1
      }
      i &+= 1
    }
  }

  @inline(__always)
  private static func four<Vector: WideVector>(
    _ vector: Vector.Type, _ k: Int, _ r: Int, _ s: UnsafePointer<Vector.Scalar>,
    _ z: UnsafePointer<Vector.Scalar>, _ w: UnsafeMutablePointer<Vector.Scalar>
  ) where Vector.Scalar: FloatingPoint {
    let width = Vector.scalarCount
    var (a, b, c, d) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var (left, right) = (s, z)
    var j = 0
    while j < k {
      a = a.addingProduct(Vector(at: left), Vector(at: right))
      b = b.addingProduct(Vector(at: left + width), Vector(at: right + width))
      c = c.addingProduct(Vector(at: left + 2 &* width), Vector(at: right + 2 &* width))
      d = d.addingProduct(Vector(at: left + 3 &* width), Vector(at: right + 3 &* width))
      left += r
      right += r
      j &+= 1
    }
    a.store(at: w)
    b.store(at: w + width)
    c.store(at: w + 2 &* width)
    d.store(at: w + 3 &* width)
  }

  @inline(__always)
  private static func one<Vector: WideVector>(
    _ vector: Vector.Type, _ k: Int, _ r: Int, _ s: UnsafePointer<Vector.Scalar>,
    _ z: UnsafePointer<Vector.Scalar>, _ w: UnsafeMutablePointer<Vector.Scalar>
  ) where Vector.Scalar: FloatingPoint {
    var sum = Vector.zero
    var j = 0
    while j < k {
      sum = sum.addingProduct(Vector(at: s + j &* r), Vector(at: z + j &* r))
      j &+= 1
    }
    sum.store(at: w)
  }
}
