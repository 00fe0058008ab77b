/// A vector of 256 bits that is read and written at any address.
protocol WideVector: SIMD, BitwiseCopyable {
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

extension WideVector where Scalar: FloatingPoint {
  @inline(__always)
  init(at address: UnsafePointer<Scalar>) {
    self = UnsafeRawPointer(address).loadUnaligned(as: Self.self)
  }

  @inline(__always)
  func store(at address: UnsafeMutablePointer<Scalar>) {
    UnsafeMutableRawPointer(address).storeBytes(of: self, as: Self.self)
  }
}
