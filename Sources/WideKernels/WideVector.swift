/// A vector of 256 bits.
protocol WideVector: TileVector, SIMD {
  /// The sum of the entries, by halves.
  var total: Scalar { get }
}

extension SIMD8<Float>: WideVector {
  @inline(__always)
  var total: Float {
    let half = lowHalf + highHalf
    let pair = half.lowHalf + half.highHalf
    return pair[0] + pair[1]
  }
}

extension SIMD4<Double>: WideVector {
  @inline(__always)
  var total: Double {
    let half = lowHalf + highHalf
    return half[0] + half[1]
  }
}
