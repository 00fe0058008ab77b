import LinearAlgebra

/// Single passes over contiguous elements that this room needs beside those of LinearAlgebra.
enum ElementPasses {
  /// y ← x · first · second, converted.
  @specialized(where S == Float, T == Double)
  @specialized(where S == Double, T == Double)
  @specialized(where S == Float, T == Float)
  @specialized(where S == Double, T == Float)
  static func scale<S: Real, T: Real>(
    _ n: Int, from x: UnsafePointer<S>, to y: UnsafeMutablePointer<T>, by first: Double,
    and second: Double
  ) {
    for i in 0..<n { y[i] = T(Double(x[i]) * first * second) }
  }

  /// y ← T(x).
  @specialized(where S == Double, T == Float)
  @specialized(where S == Double, T == Double)
  @specialized(where S == Float, T == Double)
  @specialized(where S == Float, T == Float)
  static func convert<S: Real, T: Real>(
    _ n: Int, from x: UnsafePointer<S>, to y: UnsafeMutablePointer<T>
  ) {
    for i in 0..<n { y[i] = T(x[i]) }
  }

  /// z ← x + a·y, rounded to float32 at the end.
  static func round(
    _ n: Int, from x: UnsafePointer<Double>, plus a: Double, _ y: UnsafePointer<Float>,
    to z: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<n { z[i] = Float(x[i] + a * Double(y[i])) }
  }

  /// One row of a sum of matrices: y ← Σ aⱼ wⱼ.
  ///
  /// `w` is wⱼ for j = 0; the others follow at multiples of `spacing`.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func combine<S: Real>(
    _ n: Int, _ weights: [S], _ w: UnsafePointer<S>, spacing: Int,
    into y: UnsafeMutablePointer<S>
  ) {
    var j = 0
    if weights.count == 1 {
      let a = weights[0]
      for i in 0..<n { y[i] = a * w[i] }
      j = 1
    } else {
      let (a, b, next) = (weights[0], weights[1], w + spacing)
      for i in 0..<n { y[i] = a * w[i] + b * next[i] }
      j = 2
    }
    while j < weights.count {
      add(n, weights[j], w + j * spacing, to: y)
      j += 1
    }
  }

  /// y ← y + a·x.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func add<S: Real>(
    _ n: Int, _ a: S, _ x: UnsafePointer<S>, to y: UnsafeMutablePointer<S>
  ) {
    for i in 0..<n { y[i] += a * x[i] }
  }

  /// Σ xᵢ yᵢ, in eight running sums.
  static func dot(_ n: Int, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>) -> Double {
    var first = SIMD4<Double>.zero
    var second = SIMD4<Double>.zero
    var i = 0
    while i &+ 8 <= n {
      first += load(x, i) * load(y, i)
      second += load(x, i &+ 4) * load(y, i &+ 4)
      i &+= 8
    }
    var total = (first + second).sum()
    while i < n {
      total += x[i] * y[i]
      i &+= 1
    }
    return total
  }

  @inline(__always)
  private static func load(_ x: UnsafePointer<Double>, _ i: Int) -> SIMD4<Double> {
    UnsafeRawPointer(x + i).loadUnaligned(as: SIMD4<Double>.self)
  }

  /// y ← y − a·x.
  static func subtract(
    _ n: Int, _ a: Double, _ x: UnsafePointer<Double>, from y: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<n { y[i] -= a * x[i] }
  }

  /// y ← y / a.
  static func divide(_ n: Int, _ y: UnsafeMutablePointer<Double>, by a: Double) {
    for i in 0..<n { y[i] /= a }
  }
}
