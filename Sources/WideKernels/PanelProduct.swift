/// C (m × n) ← alpha·A·B, or C + alpha·A·B, for a panel B (k × n) of at most two vectors' columns.
///
/// The inner loop of large products. Each entry is one running sum of fused multiply-adds in the
/// order of k, then one product with alpha and one addition: the same bytes whatever the width of
/// the vectors. Compiled as `SmallProduct` is, with the same duty of who calls it; WideKernels512
/// compiles the same for wider registers.
public enum PanelProduct {
  /// Columns of a whole panel.
  public static let singleColumns = 16
  public static let doubleColumns = 8
  /// Rows of A that are taken at a time: twelve sums, two vectors of B and one entry of A fill the
  /// sixteen registers of 256 bits.
  public static let stripRows = 6

  /// 2mnk flops.
  ///
  /// - Parameters:
  ///   - a: entry (i, j) of A lies at (i / 6)·`stripStep` + (i % 6)·`rowStep` + j·`step`.
  ///   - panel: B as `PanelPacking` leaves it: row after row, each filled up to one or two vectors.
  ///   - stride: from one row of C to the next.
  @inline(never)
  public static func run(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ stripStep: Int, _ rowStep: Int,
    _ step: Int, _ panel: UnsafePointer<Float>, _ alpha: Float, _ adds: Bool,
    _ c: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    product(
      SIMD8<Float>.self, m, n, k, a, stripStep, rowStep, step, panel, alpha, adds, c, stride)
  }

  /// As for float32.
  @inline(never)
  public static func run(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Double>, _ stripStep: Int, _ rowStep: Int,
    _ step: Int, _ panel: UnsafePointer<Double>, _ alpha: Double, _ adds: Bool,
    _ c: UnsafeMutablePointer<Double>, _ stride: Int
  ) {
    product(
      SIMD4<Double>.self, m, n, k, a, stripStep, rowStep, step, panel, alpha, adds, c, stride)
  }

  /// The same for any vector, compiled with who calls it.
  @inlinable @inline(__always)
  public static func product<Vector: TileVector>(
    _ vector: Vector.Type, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Vector.Scalar>,
    _ stripStep: Int, _ rowStep: Int, _ step: Int, _ panel: UnsafePointer<Vector.Scalar>,
    _ alpha: Vector.Scalar, _ adds: Bool, _ c: UnsafeMutablePointer<Vector.Scalar>, _ stride: Int
  ) {
    let width = Vector.scalarCount
    let whole = n > width ? 2 &* width : width
    if n == whole {
      strips(vector, m, whole, k, a, stripStep, rowStep, step, panel, alpha, adds, c, stride)
      return
    }
    // A panel that is not full: each strip on the side, then the columns that there are.
    withUnsafeTemporaryAllocation(of: Vector.Scalar.self, capacity: 6 &* whole) { side in
      guard let side = side.baseAddress else { return }
      var row = 0
      while row < m {
        let rows = min(6, m &- row)
        let strip = a + (row / 6) &* stripStep
        strips(
          vector, rows, whole, k, strip, stripStep, rowStep, step, panel, alpha, false, side,
          whole)
        var i = 0
        while i < rows {
          let (from, to) = (side + i &* whole, c + (row &+ i) &* stride)
          var j = 0
          while j < n {
            to[j] = adds ? to[j] + from[j] : from[j]
            j &+= 1
          }
          i &+= 1
        }
        row &+= 6
      }
    }
  }

  @inlinable @inline(__always)
  static func strips<Vector: TileVector>(
    _ vector: Vector.Type, _ m: Int, _ whole: Int, _ k: Int, _ a: UnsafePointer<Vector.Scalar>,
    _ stripStep: Int, _ rowStep: Int, _ step: Int, _ panel: UnsafePointer<Vector.Scalar>,
    _ alpha: Vector.Scalar, _ adds: Bool, _ c: UnsafeMutablePointer<Vector.Scalar>, _ stride: Int
  ) {
    var (left, out, rest) = (a, c, m)
    if whole == Vector.scalarCount {
      while rest > 0 {
        one(vector, rest, k, left, rowStep, step, panel, alpha, adds, out, stride)
        left += stripStep
        out += 6 &* stride
        rest &-= 6
      }
    } else {
      while rest > 0 {
        two(vector, rest, k, left, rowStep, step, panel, alpha, adds, out, stride)
        left += stripStep
        out += 6 &* stride
        rest &-= 6
      }
    }
  }

  /// Up to six rows (more count as six) by two vectors. Rows that are missing repeat the last one
  /// and are not written.
  @inlinable @inline(__always)
  static func two<Vector: TileVector>(
    _ vector: Vector.Type, _ rows: Int, _ k: Int, _ a: UnsafePointer<Vector.Scalar>,
    _ rowStep: Int, _ step: Int, _ panel: UnsafePointer<Vector.Scalar>, _ alpha: Vector.Scalar,
    _ adds: Bool, _ c: UnsafeMutablePointer<Vector.Scalar>, _ stride: Int
  ) {
    let width = Vector.scalarCount
    let last = rows &- 1
    let (r1, r2) = (min(1, last) &* rowStep, min(2, last) &* rowStep)
    let (r3, r4) = (min(3, last) &* rowStep, min(4, last) &* rowStep)
    let r5 = min(5, last) &* rowStep
    var (p0, p1, p2) = (Vector.zero, Vector.zero, Vector.zero)
    var (p3, p4, p5) = (Vector.zero, Vector.zero, Vector.zero)
    var (q0, q1, q2) = (Vector.zero, Vector.zero, Vector.zero)
    var (q3, q4, q5) = (Vector.zero, Vector.zero, Vector.zero)
    var (line, entry) = (panel, a)
    var j = 0
    while j < k {
      let (left, right) = (Vector(at: line), Vector(at: line + width))
      let a0 = entry[0]
      p0 = p0.adding(a0, times: left)
      q0 = q0.adding(a0, times: right)
      let a1 = entry[r1]
      p1 = p1.adding(a1, times: left)
      q1 = q1.adding(a1, times: right)
      let a2 = entry[r2]
      p2 = p2.adding(a2, times: left)
      q2 = q2.adding(a2, times: right)
      let a3 = entry[r3]
      p3 = p3.adding(a3, times: left)
      q3 = q3.adding(a3, times: right)
      let a4 = entry[r4]
      p4 = p4.adding(a4, times: left)
      q4 = q4.adding(a4, times: right)
      let a5 = entry[r5]
      p5 = p5.adding(a5, times: left)
      q5 = q5.adding(a5, times: right)
      line += 2 &* width
      entry += step
      j &+= 1
    }
    put(p0, alpha, adds, at: c)
    put(q0, alpha, adds, at: c + width)
    if rows < 2 { return }
    put(p1, alpha, adds, at: c + stride)
    put(q1, alpha, adds, at: c + (stride &+ width))
    if rows < 3 { return }
    put(p2, alpha, adds, at: c + 2 &* stride)
    put(q2, alpha, adds, at: c + (2 &* stride &+ width))
    if rows < 4 { return }
    put(p3, alpha, adds, at: c + 3 &* stride)
    put(q3, alpha, adds, at: c + (3 &* stride &+ width))
    if rows < 5 { return }
    put(p4, alpha, adds, at: c + 4 &* stride)
    put(q4, alpha, adds, at: c + (4 &* stride &+ width))
    if rows < 6 { return }
    put(p5, alpha, adds, at: c + 5 &* stride)
    put(q5, alpha, adds, at: c + (5 &* stride &+ width))
  }

  /// The same by one vector.
  @inlinable @inline(__always)
  static func one<Vector: TileVector>(
    _ vector: Vector.Type, _ rows: Int, _ k: Int, _ a: UnsafePointer<Vector.Scalar>,
    _ rowStep: Int, _ step: Int, _ panel: UnsafePointer<Vector.Scalar>, _ alpha: Vector.Scalar,
    _ adds: Bool, _ c: UnsafeMutablePointer<Vector.Scalar>, _ stride: Int
  ) {
    let last = rows &- 1
    let (r1, r2) = (min(1, last) &* rowStep, min(2, last) &* rowStep)
    let (r3, r4) = (min(3, last) &* rowStep, min(4, last) &* rowStep)
    let r5 = min(5, last) &* rowStep
    var (p0, p1, p2) = (Vector.zero, Vector.zero, Vector.zero)
    var (p3, p4, p5) = (Vector.zero, Vector.zero, Vector.zero)
    var (line, entry) = (panel, a)
    var j = 0
    while j < k {
      let right = Vector(at: line)
      p0 = p0.adding(entry[0], times: right)
      p1 = p1.adding(entry[r1], times: right)
      p2 = p2.adding(entry[r2], times: right)
      p3 = p3.adding(entry[r3], times: right)
      p4 = p4.adding(entry[r4], times: right)
      p5 = p5.adding(entry[r5], times: right)
      line += Vector.scalarCount
      entry += step
      j &+= 1
    }
    put(p0, alpha, adds, at: c)
    if rows < 2 { return }
    put(p1, alpha, adds, at: c + stride)
    if rows < 3 { return }
    put(p2, alpha, adds, at: c + 2 &* stride)
    if rows < 4 { return }
    put(p3, alpha, adds, at: c + 3 &* stride)
    if rows < 5 { return }
    put(p4, alpha, adds, at: c + 4 &* stride)
    if rows < 6 { return }
    put(p5, alpha, adds, at: c + 5 &* stride)
  }

  @inlinable @inline(__always)
  static func put<Vector: TileVector>(
    _ sum: Vector, _ alpha: Vector.Scalar, _ adds: Bool,
    at c: UnsafeMutablePointer<Vector.Scalar>
  ) {
    let scaled = sum.scaled(by: alpha)
    (adds ? Vector(at: c) + scaled : scaled).store(at: c)
  }
}
