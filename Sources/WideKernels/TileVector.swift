/// What `PanelProduct` computes with: some registers' worth of numbers of one row.
public protocol TileVector: BitwiseCopyable {
  associatedtype Scalar: BinaryFloatingPoint & BitwiseCopyable

  static var zero: Self { get }
  /// How many numbers.
  static var scalarCount: Int { get }

  /// The numbers from this address on, whatever its alignment.
  init(at address: UnsafePointer<Scalar>)

  /// Writes the numbers from this address on.
  func store(at address: UnsafeMutablePointer<Scalar>)

  /// self + factor·other, rounded once.
  func adding(_ factor: Scalar, times other: Self) -> Self

  /// `factor`·self, after it the sum with `other` where there is one.
  func scaled(by factor: Scalar) -> Self
  static func + (left: Self, right: Self) -> Self
}

extension TileVector where Self: SIMD, Scalar: SIMDScalar {
  @inlinable @inline(__always)
  public init(at address: UnsafePointer<Scalar>) {
    self = UnsafeRawPointer(address).loadUnaligned(as: Self.self)
  }

  @inlinable @inline(__always)
  public func store(at address: UnsafeMutablePointer<Scalar>) {
    UnsafeMutableRawPointer(address).storeBytes(of: self, as: Self.self)
  }

  @inlinable @inline(__always)
  public func adding(_ factor: Scalar, times other: Self) -> Self {
    addingProduct(Self(repeating: factor), other)
  }

  @inlinable @inline(__always)
  public func scaled(by factor: Scalar) -> Self { self * factor }
}

extension SIMD4<Double>: TileVector {}
extension SIMD8<Float>: TileVector {}

/// Two registers side by side. (Of vectors of 32 entries the compiler takes the sums apart.)
@frozen public struct RegisterPair<Half: SIMD & BitwiseCopyable>: TileVector
where Half.Scalar: BinaryFloatingPoint & BitwiseCopyable {
  public let low: Half
  public let high: Half

  @inlinable @inline(__always)
  init(low: Half, high: Half) {
    self.low = low
    self.high = high
  }

  @inlinable @inline(__always)
  public static var zero: RegisterPair { RegisterPair(low: .zero, high: .zero) }

  @inlinable @inline(__always)
  public static var scalarCount: Int { 2 &* Half.scalarCount }

  @inlinable @inline(__always)
  public init(at address: UnsafePointer<Half.Scalar>) {
    low = UnsafeRawPointer(address).loadUnaligned(as: Half.self)
    high = UnsafeRawPointer(address + Half.scalarCount).loadUnaligned(as: Half.self)
  }

  @inlinable @inline(__always)
  public func store(at address: UnsafeMutablePointer<Half.Scalar>) {
    UnsafeMutableRawPointer(address).storeBytes(of: low, as: Half.self)
    UnsafeMutableRawPointer(address + Half.scalarCount).storeBytes(of: high, as: Half.self)
  }

  @inlinable @inline(__always)
  public func adding(_ factor: Half.Scalar, times other: RegisterPair) -> RegisterPair {
    let factors = Half(repeating: factor)
    return RegisterPair(
      low: low.addingProduct(factors, other.low), high: high.addingProduct(factors, other.high))
  }

  @inlinable @inline(__always)
  public func scaled(by factor: Half.Scalar) -> RegisterPair {
    RegisterPair(low: low * factor, high: high * factor)
  }

  @inlinable @inline(__always)
  public static func + (left: RegisterPair, right: RegisterPair) -> RegisterPair {
    RegisterPair(low: left.low + right.low, high: left.high + right.high)
  }
}
