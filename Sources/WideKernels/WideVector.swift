/// A vector that is read and written at any address.
protocol WideVector: SIMD, BitwiseCopyable {}

extension SIMD8<Float>: WideVector {}
extension SIMD4<Double>: WideVector {}

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
