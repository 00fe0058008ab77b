/// Why a value is no array of numbers with one shape. Each names the place of the offender.
public enum JSONNumbersError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Something else where a number or a row belongs.
  case notANumber(pointer: JSONPointer, kind: JSONKind)
  /// A null where none is allowed.
  case null(pointer: JSONPointer)
  /// A row of another length than the rows before it.
  case ragged(pointer: JSONPointer, expected: Int, actual: Int)
  /// A number where the rows before it are arrays.
  case expectedArray(pointer: JSONPointer)
  /// An array where the elements before it are numbers.
  case expectedNumber(pointer: JSONPointer)

  /// The place of the offender.
  public var pointer: JSONPointer {
    switch self {
    case .notANumber(let pointer, _), .null(let pointer), .ragged(let pointer, _, _),
      .expectedArray(let pointer), .expectedNumber(let pointer):
      pointer
    }
  }

  public var description: String {
    switch self {
    case .notANumber(let pointer, let kind):
      "At \(pointer.inWords) there is \(kind) where a number belongs."
    case .null(let pointer):
      "At \(pointer.inWords) there is a null where a number belongs."
    case .ragged(let pointer, let expected, let actual):
      "The row at \(pointer.inWords) has \(actual) elements; the rows before it have \(expected)."
    case .expectedArray(let pointer):
      "At \(pointer.inWords) there is a single value; the ones before it are arrays."
    case .expectedNumber(let pointer):
      "At \(pointer.inWords) there is an array; the ones before it are numbers."
    }
  }
}
