/// Products of a matrix A (m × n, row after row without gaps) with one vector, for matrices of some
/// hundred rows and columns, of which a structured product takes one after the other: there the
/// general routine spends a third of its time on its way in and on the ends of rows.
///
/// Compiled as `SmallProduct` is, with the same duty of who calls it.
public enum VectorProduct {
  /// y (m) ← A·x; 2mn flops.
  @inline(never)
  public static func run(
    _ m: Int, _ n: Int, _ a: UnsafePointer<Float>, _ x: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>
  ) {
    rows(SIMD8<Float>.self, m, n, a, x, y)
  }

  /// y (m) ← A·x; 2mn flops.
  @inline(never)
  public static func run(
    _ m: Int, _ n: Int, _ a: UnsafePointer<Double>, _ x: UnsafePointer<Double>,
    _ y: UnsafeMutablePointer<Double>
  ) {
    rows(SIMD4<Double>.self, m, n, a, x, y)
  }

  /// z (n) ← Aᵀ·x; 2mn flops.
  @inline(never)
  public static func transposed(
    _ m: Int, _ n: Int, _ a: UnsafePointer<Float>, _ x: UnsafePointer<Float>,
    _ z: UnsafeMutablePointer<Float>
  ) {
    columns(SIMD8<Float>.self, m, n, a, x, z)
  }

  /// z (n) ← Aᵀ·x; 2mn flops.
  @inline(never)
  public static func transposed(
    _ m: Int, _ n: Int, _ a: UnsafePointer<Double>, _ x: UnsafePointer<Double>,
    _ z: UnsafeMutablePointer<Double>
  ) {
    columns(SIMD4<Double>.self, m, n, a, x, z)
  }

  // MARK: A·x

  @inline(__always)
  private static func rows<Vector: WideVector>(
    _ vector: Vector.Type, _ m: Int, _ n: Int, _ a: UnsafePointer<Vector.Scalar>,
    _ x: UnsafePointer<Vector.Scalar>, _ y: UnsafeMutablePointer<Vector.Scalar>
  ) where Vector.Scalar: FloatingPoint {
    let width = Vector.scalarCount
    guard n >= width else { return narrowRows(m, n, a, x, y) }
    // The ends of a row are the last whole vector of it, of whose entries those that the loops have
    // taken already meet a zero.
    let whole = n / width * width
    var last = Vector.zero
    var lane = width &- (n &- whole)
    while lane < width {
      last[lane] = x[n &- width &+ lane]
      lane += 1
    }
    var i = 0
    while i &+ 4 <= m {
      fourRows(vector, n, whole, last, a + i &* n, x, y + i)
      i &+= 4
    }
    while i < m {
      let row = a + i &* n
      var sum = Vector(at: row + (n &- width)) * last
      var k = 0
      while k < whole {
        sum = sum.addingProduct(Vector(at: row + k), Vector(at: x + k))
        k &+= width
      }
      y[i] = sum.total
      i &+= 1
    }
  }

  @inline(__always)
  private static func fourRows<Vector: WideVector>(
    _ vector: Vector.Type, _ n: Int, _ whole: Int, _ last: Vector,
    _ a: UnsafePointer<Vector.Scalar>, _ x: UnsafePointer<Vector.Scalar>,
    _ y: UnsafeMutablePointer<Vector.Scalar>
  ) where Vector.Scalar: FloatingPoint {
    let width = Vector.scalarCount
    let (r0, r1, r2, r3) = (a, a + n, a + 2 &* n, a + 3 &* n)
    let end = n &- width
    var p0 = Vector(at: r0 + end) * last
    var p1 = Vector(at: r1 + end) * last
    var p2 = Vector(at: r2 + end) * last
    var p3 = Vector(at: r3 + end) * last
    var (q0, q1, q2, q3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var k = 0
    while k &+ 2 &* width <= whole {
      let (left, right) = (Vector(at: x + k), Vector(at: x + (k &+ width)))
      p0 = p0.addingProduct(Vector(at: r0 + k), left)
      p1 = p1.addingProduct(Vector(at: r1 + k), left)
      p2 = p2.addingProduct(Vector(at: r2 + k), left)
      p3 = p3.addingProduct(Vector(at: r3 + k), left)
      q0 = q0.addingProduct(Vector(at: r0 + (k &+ width)), right)
      q1 = q1.addingProduct(Vector(at: r1 + (k &+ width)), right)
      q2 = q2.addingProduct(Vector(at: r2 + (k &+ width)), right)
      q3 = q3.addingProduct(Vector(at: r3 + (k &+ width)), right)
      k &+= 2 &* width
    }
    if k < whole {
      let left = Vector(at: x + k)
      p0 = p0.addingProduct(Vector(at: r0 + k), left)
      p1 = p1.addingProduct(Vector(at: r1 + k), left)
      p2 = p2.addingProduct(Vector(at: r2 + k), left)
      p3 = p3.addingProduct(Vector(at: r3 + k), left)
    }
    y[0] = (p0 + q0).total
    y[1] = (p1 + q1).total
    y[2] = (p2 + q2).total
    y[3] = (p3 + q3).total
  }

  @inline(__always)
  private static func narrowRows<Scalar: FloatingPoint>(
    _ m: Int, _ n: Int, _ a: UnsafePointer<Scalar>, _ x: UnsafePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>
  ) {
    var i = 0
    while i < m {
      var sum: Scalar = 0
      var k = 0
      while k < n {
        sum = sum.addingProduct(a[i &* n &+ k], x[k])
        k &+= 1
      }
      y[i] = sum
      i &+= 1
    }
  }

  // MARK: Aᵀ·x

  /// Eight rows of A are added to z at a time, so that z is read and written once for eight.
  @inline(__always)
  private static func columns<Vector: WideVector>(
    _ vector: Vector.Type, _ m: Int, _ n: Int, _ a: UnsafePointer<Vector.Scalar>,
    _ x: UnsafePointer<Vector.Scalar>, _ z: UnsafeMutablePointer<Vector.Scalar>
  ) where Vector.Scalar: FloatingPoint {
    var k = 0
    while k < n {
      z[k] = 0
      k &+= 1
    }
    var i = 0
    while i &+ 8 <= m {
      eightRows(vector, n, a + i &* n, x + i, z)
      i &+= 8
    }
    while i < m {
      var k = 0
      while k < n {
        z[k] = z[k].addingProduct(a[i &* n &+ k], x[i])
        k &+= 1
      }
      i &+= 1
    }
  }

  @inline(__always)
  private static func eightRows<Vector: WideVector>(
    _ vector: Vector.Type, _ n: Int, _ a: UnsafePointer<Vector.Scalar>,
    _ x: UnsafePointer<Vector.Scalar>, _ z: UnsafeMutablePointer<Vector.Scalar>
  ) where Vector.Scalar: FloatingPoint {
    let width = Vector.scalarCount
    let (x0, x1) = (Vector(repeating: x[0]), Vector(repeating: x[1]))
    let (x2, x3) = (Vector(repeating: x[2]), Vector(repeating: x[3]))
    let (x4, x5) = (Vector(repeating: x[4]), Vector(repeating: x[5]))
    let (x6, x7) = (Vector(repeating: x[6]), Vector(repeating: x[7]))
    var k = 0
    while k &+ width <= n {
      let line = a + k
      var even = Vector(at: z + k).addingProduct(Vector(at: line), x0)
      var odd = Vector(at: line + n) * x1
      even = even.addingProduct(Vector(at: line + 2 &* n), x2)
      odd = odd.addingProduct(Vector(at: line + 3 &* n), x3)
      even = even.addingProduct(Vector(at: line + 4 &* n), x4)
      odd = odd.addingProduct(Vector(at: line + 5 &* n), x5)
      even = even.addingProduct(Vector(at: line + 6 &* n), x6)
      odd = odd.addingProduct(Vector(at: line + 7 &* n), x7)
      (even + odd).store(at: z + k)
      k &+= width
    }
    while k < n {
      var sum = z[k]
      var i = 0
      while i < 8 {
        sum = sum.addingProduct(a[i &* n &+ k], x[i])
        i &+= 1
      }
      z[k] = sum
      k &+= 1
    }
  }
}
