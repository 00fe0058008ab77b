/// A scalar that matrices are made of: `Float` or `Double`.
public protocol Real: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {
  /// BLAS and LAPACK for this type. Callers use the functions on matrices instead.
  associatedtype Routines: RealRoutines where Routines.Scalar == Self
}

extension Float: Real {
  public typealias Routines = SingleRoutines
}

extension Double: Real {
  public typealias Routines = DoubleRoutines
}
