/// A number that `PanelPacking` takes or makes.
public typealias PackedScalar = SIMDScalar & BinaryFloatingPoint & BitwiseCopyable

/// Lays operands out as `PanelProduct` reads them, float32 ones also as float64. Compiled as
/// `SmallProduct` is, with the same duty of who calls it.
public enum PanelPacking {
  /// A panel (k × n, each row filled up with zeros to `whole`) of B whose rows are a stride apart.
  @inline(never)
  public static func lines(
    _ k: Int, _ n: Int, _ whole: Int, _ b: UnsafePointer<Float>, _ stride: Int,
    _ panel: UnsafeMutablePointer<Float>
  ) {
    copyLines(k, n, whole, b, stride, panel)
  }

  /// As from float32 to float32.
  @inline(never)
  public static func lines(
    _ k: Int, _ n: Int, _ whole: Int, _ b: UnsafePointer<Double>, _ stride: Int,
    _ panel: UnsafeMutablePointer<Double>
  ) {
    copyLines(k, n, whole, b, stride, panel)
  }

  /// As from float32 to float32.
  @inline(never)
  public static func lines(
    _ k: Int, _ n: Int, _ whole: Int, _ b: UnsafePointer<Float>, _ stride: Int,
    _ panel: UnsafeMutablePointer<Double>
  ) {
    copyLines(k, n, whole, b, stride, panel)
  }

  /// The same of B whose columns are a stride apart.
  @inline(never)
  public static func columns(
    _ k: Int, _ n: Int, _ whole: Int, _ b: UnsafePointer<Float>, _ stride: Int,
    _ panel: UnsafeMutablePointer<Float>
  ) {
    turnColumns(k, n, whole, b, stride, panel)
  }

  /// As from float32 to float32.
  @inline(never)
  public static func columns(
    _ k: Int, _ n: Int, _ whole: Int, _ b: UnsafePointer<Double>, _ stride: Int,
    _ panel: UnsafeMutablePointer<Double>
  ) {
    turnColumns(k, n, whole, b, stride, panel)
  }

  /// As from float32 to float32.
  @inline(never)
  public static func columns(
    _ k: Int, _ n: Int, _ whole: Int, _ b: UnsafePointer<Float>, _ stride: Int,
    _ panel: UnsafeMutablePointer<Double>
  ) {
    turnColumns(k, n, whole, b, stride, panel)
  }

  /// Strips of six rows of A (m × k) whose columns are a stride apart: entry (i, j) goes to
  /// (i / 6)·6k + i % 6 + 6j.
  @inline(never)
  public static func strips(
    _ m: Int, _ k: Int, _ a: UnsafePointer<Float>, _ stride: Int,
    _ packed: UnsafeMutablePointer<Float>
  ) {
    packStrips(m, k, a, stride, packed)
  }

  /// As from float32 to float32.
  @inline(never)
  public static func strips(
    _ m: Int, _ k: Int, _ a: UnsafePointer<Double>, _ stride: Int,
    _ packed: UnsafeMutablePointer<Double>
  ) {
    packStrips(m, k, a, stride, packed)
  }

  /// As from float32 to float32.
  @inline(never)
  public static func strips(
    _ m: Int, _ k: Int, _ a: UnsafePointer<Float>, _ stride: Int,
    _ packed: UnsafeMutablePointer<Double>
  ) {
    packStrips(m, k, a, stride, packed)
  }

  @inline(__always)
  private static func copyLines<Source: PackedScalar, Scalar: PackedScalar>(
    _ k: Int, _ n: Int, _ whole: Int, _ b: UnsafePointer<Source>, _ stride: Int,
    _ panel: UnsafeMutablePointer<Scalar>
  ) {
    var (from, to) = (b, panel)
    var j = 0
    while j < k {
      var c = 0
      while c &+ 4 <= n {
        let entries = four(from, c)
        store(
          SIMD4(Scalar(entries[0]), Scalar(entries[1]), Scalar(entries[2]), Scalar(entries[3])),
          to + c)
        c &+= 4
      }
      while c < n {
        to[c] = Scalar(from[c])
        c &+= 1
      }
      while c < whole {
        to[c] = 0
        c &+= 1
      }
      from += stride
      to += whole
      j &+= 1
    }
  }

  @inline(__always)
  private static func four<Scalar: PackedScalar>(
    _ x: UnsafePointer<Scalar>, _ i: Int
  ) -> SIMD4<Scalar> {
    UnsafeRawPointer(x + i).loadUnaligned(as: SIMD4<Scalar>.self)
  }

  @inline(__always)
  private static func store<Scalar: PackedScalar>(
    _ four: SIMD4<Scalar>, _ x: UnsafeMutablePointer<Scalar>
  ) {
    UnsafeMutableRawPointer(x).storeBytes(of: four, as: SIMD4<Scalar>.self)
  }

  @inline(__always)
  private static func line<Source: PackedScalar, Scalar: PackedScalar>(
    _ a: Source, _ b: Source, _ c: Source, _ d: Source, to x: UnsafeMutablePointer<Scalar>
  ) {
    store(SIMD4(Scalar(a), Scalar(b), Scalar(c), Scalar(d)), x)
  }

  /// Four columns at a time, so that each line of the panel is visited a quarter as often.
  @inline(__always)
  private static func turnColumns<Source: PackedScalar, Scalar: PackedScalar>(
    _ k: Int, _ n: Int, _ whole: Int, _ b: UnsafePointer<Source>, _ stride: Int,
    _ panel: UnsafeMutablePointer<Scalar>
  ) {
    var c = 0
    while c &+ 4 <= n {
      let (b0, b1) = (b + c &* stride, b + (c &+ 1) &* stride)
      let (b2, b3) = (b + (c &+ 2) &* stride, b + (c &+ 3) &* stride)
      var to = panel + c
      var j = 0
      while j &+ 4 <= k {
        let (r0, r1, r2, r3) = (four(b0, j), four(b1, j), four(b2, j), four(b3, j))
        line(r0[0], r1[0], r2[0], r3[0], to: to)
        line(r0[1], r1[1], r2[1], r3[1], to: to + whole)
        line(r0[2], r1[2], r2[2], r3[2], to: to + 2 &* whole)
        line(r0[3], r1[3], r2[3], r3[3], to: to + 3 &* whole)
        to += 4 &* whole
        j &+= 4
      }
      while j < k {
        line(b0[j], b1[j], b2[j], b3[j], to: to)
        to += whole
        j &+= 1
      }
      c &+= 4
    }
    while c < whole {
      var j = 0
      while j < k {
        panel[j &* whole &+ c] = c < n ? Scalar(b[c &* stride &+ j]) : 0
        j &+= 1
      }
      c &+= 1
    }
  }

  @inline(__always)
  private static func packStrips<Source: PackedScalar, Scalar: PackedScalar>(
    _ m: Int, _ k: Int, _ a: UnsafePointer<Source>, _ stride: Int,
    _ packed: UnsafeMutablePointer<Scalar>
  ) {
    var row = 0
    var to = packed
    // Eight entries are moved at once, and what is written two too far is written again behind them.
    while Source.self == Scalar.self, row &+ 8 <= m {
      var from = a + row
      for _ in 0..<k {
        let entries = UnsafeRawPointer(from).loadUnaligned(as: SIMD8<Source>.self)
        UnsafeMutableRawPointer(to).storeBytes(of: entries, as: SIMD8<Source>.self)
        from += stride
        to += 6
      }
      row &+= 6
    }
    while row < m {
      let rows = min(6, m &- row)
      var from = a + row
      for _ in 0..<k {
        if rows == 6 {
          line(from[0], from[1], from[2], from[3], to: to)
          (to[4], to[5]) = (Scalar(from[4]), Scalar(from[5]))
        } else {
          var i = 0
          while i < rows {
            to[i] = Scalar(from[i])
            i &+= 1
          }
        }
        from += stride
        to += 6
      }
      row &+= 6
    }
  }
}
