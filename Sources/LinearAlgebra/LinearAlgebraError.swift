/// What can be wrong with the numbers given to a routine of this room.
public enum LinearAlgebraError: Error, Equatable, Sendable, CustomStringConvertible {
  /// So many elements do not make up that shape.
  case shapeMismatch(expected: Int, actual: Int)
  /// A symmetric matrix has a pivot (from 0) that is not positive, so it has no Cholesky factor.
  case notPositiveDefinite(pivot: Int)
  /// A factor has an exact zero at this place of its diagonal (from 0), so it cannot be divided by.
  case singular(pivot: Int)
  /// The LAPACK routine gave up; `info` as its page says.
  case notConverged(routine: String, info: Int)
  /// The first element that is NaN or infinite.
  case nonFinite(row: Int, column: Int)

  public var description: String {
    switch self {
    case .shapeMismatch(let expected, let actual):
      "the shape needs \(expected) elements, there are \(actual)"
    case .notPositiveDefinite(let pivot):
      "the matrix is not positive definite: pivot \(pivot) is not positive"
    case .singular(let pivot): "the matrix is singular: pivot \(pivot) is zero"
    case .notConverged(let routine, let info): "\(routine) did not converge (info \(info))"
    case .nonFinite(let row, let column):
      "the element at row \(row), column \(column) is not a finite number"
    }
  }
}
