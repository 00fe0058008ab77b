/// C (m × n) ← A·B with A (m × k), B (k × n), each row after row without gaps but for B, whose rows
/// are a stride apart, for sizes at which a call of a general product costs more than the product.
///
/// This room is compiled for vectors of 256 bits and fused multiply-add, whatever the rest of the
/// program is compiled for: whoever calls it has made sure that the processor has both. Its doors
/// are never inlined, because a caller compiled without those instructions would have every fused
/// multiply-add done by a function of the C library.
public enum SmallProduct {
  /// 2mnk flops; no scratch.
  @inline(never)
  public static func run(
    _ m: Int, _ k: Int, _ n: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    _ stride: Int, _ c: UnsafeMutablePointer<Float>
  ) {
    product(SIMD8<Float>.self, m, k, n, a, b, stride, c)
  }

  /// 2mnk flops; no scratch.
  @inline(never)
  public static func run(
    _ m: Int, _ k: Int, _ n: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>,
    _ stride: Int, _ c: UnsafeMutablePointer<Double>
  ) {
    product(SIMD4<Double>.self, m, k, n, a, b, stride, c)
  }

  /// Tiles of four rows by two vectors: eight sums in registers, two loads of B and four of A for
  /// eight multiply-adds, which is what keeps both units busy.
  @inline(__always)
  private static func product<Vector: WideVector>(
    _ vector: Vector.Type, _ m: Int, _ k: Int, _ n: Int, _ a: UnsafePointer<Vector.Scalar>,
    _ b: UnsafePointer<Vector.Scalar>, _ stride: Int, _ c: UnsafeMutablePointer<Vector.Scalar>
  ) where Vector.Scalar: FloatingPoint {
    let width = Vector.scalarCount
    var row = 0
    while row < m {
      let rows = m &- row
      var column = 0
      if rows >= 4 {
        while column &+ 2 &* width <= n {
          fourByTwo(vector, k, n, a + row &* k, b + column, stride, c + (row &* n &+ column))
          column &+= 2 &* width
        }
        while column &+ width <= n {
          for i in 0..<4 {
            one(
              vector, k, n, a + (row &+ i) &* k, b + column, stride, c + ((row &+ i) &* n &+ column)
            )
          }
          column &+= width
        }
      }
      let height = rows >= 4 ? 4 : 1
      if height == 1 {
        while column &+ width <= n {
          one(vector, k, n, a + row &* k, b + column, stride, c + (row &* n &+ column))
          column &+= width
        }
      }
      while column < n {
        for i in 0..<height {
          single(k, n, a + (row &+ i) &* k, b + column, stride, c + ((row &+ i) &* n &+ column))
        }
        column &+= 1
      }
      row &+= height
    }
  }

  @inline(__always)
  private static func fourByTwo<Vector: WideVector>(
    _ vector: Vector.Type, _ k: Int, _ n: Int, _ a: UnsafePointer<Vector.Scalar>,
    _ b: UnsafePointer<Vector.Scalar>, _ stride: Int, _ c: UnsafeMutablePointer<Vector.Scalar>
  ) where Vector.Scalar: FloatingPoint {
    let width = Vector.scalarCount
    var (p0, q0, p1, q1) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var (p2, q2, p3, q3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var line = b
    var j = 0
    while j < k {
      let (left, right) = (Vector(at: line), Vector(at: line + width))
      let a0 = Vector(repeating: a[j])
      p0 = p0.addingProduct(a0, left)
      q0 = q0.addingProduct(a0, right)
      let a1 = Vector(repeating: a[k &+ j])
      p1 = p1.addingProduct(a1, left)
      q1 = q1.addingProduct(a1, right)
      let a2 = Vector(repeating: a[2 &* k &+ j])
      p2 = p2.addingProduct(a2, left)
      q2 = q2.addingProduct(a2, right)
      let a3 = Vector(repeating: a[3 &* k &+ j])
      p3 = p3.addingProduct(a3, left)
      q3 = q3.addingProduct(a3, right)
      line += stride
      j &+= 1
    }
    p0.store(at: c)
    q0.store(at: c + width)
    p1.store(at: c + n)
    q1.store(at: c + (n &+ width))
    p2.store(at: c + 2 &* n)
    q2.store(at: c + (2 &* n &+ width))
    p3.store(at: c + 3 &* n)
    q3.store(at: c + (3 &* n &+ width))
  }

  @inline(__always)
  private static func one<Vector: WideVector>(
    _ vector: Vector.Type, _ k: Int, _ n: Int, _ a: UnsafePointer<Vector.Scalar>,
    _ b: UnsafePointer<Vector.Scalar>, _ stride: Int, _ c: UnsafeMutablePointer<Vector.Scalar>
  ) where Vector.Scalar: FloatingPoint {
    var sum = Vector.zero
    var line = b
    var j = 0
    while j < k {
      sum = sum.addingProduct(Vector(repeating: a[j]), Vector(at: line))
      line += stride
      j &+= 1
    }
    sum.store(at: c)
  }

  @inline(__always)
  private static func single<Scalar: FloatingPoint>(
    _ k: Int, _ n: Int, _ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>,
    _ stride: Int, _ c: UnsafeMutablePointer<Scalar>
  ) {
    var sum: Scalar = 0
    var j = 0
    while j < k {
      sum = sum.addingProduct(a[j], b[j &* stride])
      j &+= 1
    }
    c.pointee = sum
  }
}
