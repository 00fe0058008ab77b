public import LinearAlgebra

/// The polar factor X ≈ U Vᵀ of a matrix, of its shape, and how it was come by.
public struct PolarFactor<Scalar: Real>: Sendable {
  public let matrix: Matrix<Scalar>
  public let report: PolarReport
}
