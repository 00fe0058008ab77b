import JSON
import LinearAlgebra
import TestSupport
import Testing
import TransferClustering

/// Oracle values of `../shared/reference/cluster`, by file name.
enum ReferenceFile {
  static func cases(_ name: String, _ member: String = "cases") -> [ReferenceCase] {
    guard let bytes = SharedFiles.bytes("reference/cluster/\(name).json"),
      let value = try? JSONValue.parse(bytes)
    else { return [] }
    return (value[member]?.arrayValue ?? []).enumerated().map {
      ReferenceCase(name: "\(name).\(member)[\($0.offset)]", value: $0.element)
    }
  }

  static func isHere(_ name: String) -> Bool {
    SharedFiles.has("reference/cluster/\(name).json")
  }
}

/// One case, told apart in the output by its place in the file.
struct ReferenceCase: Sendable, CustomTestStringConvertible {
  let name: String
  let value: JSONValue

  var testDescription: String { name }

  subscript(key: String) -> JSONValue? { value[key] }
}

extension JSONValue {
  /// A list of numbers, or all numbers of nested lists one after the other; "inf" is infinity.
  var numbers: [Double] {
    switch self {
    case .array(let values): values.flatMap(\.numbers)
    case .string("inf"): [.infinity]
    case .string("-inf"): [-.infinity]
    default: doubleValue.map { [$0] } ?? []
    }
  }

  var integers: [Int] { numbers.map { Int($0) } }

  var number: Double { doubleValue ?? .nan }

  var integer: Int { integerValue.map { Int($0) } ?? -1 }

  var rowCount: Int { arrayValue?.count ?? 0 }

  /// Nested lists as a matrix.
  var matrix: Matrix<Double> {
    Matrix(
      rows: rowCount, columns: arrayValue?.first?.rowCount ?? 0, elements: numbers)
  }

  /// Nested lists as a class table.
  var table: ClassTable {
    ClassTable(
      subjects: rowCount, classes: arrayValue?.first?.rowCount ?? 1, values: numbers)
  }

  var edges: [(Int, Int)] {
    (arrayValue ?? []).map { pair in (pair.integers[0], pair.integers[1]) }
  }
}

/// Whether all numbers agree within a tolerance, absolutely or relatively, whichever is looser.
func agree(_ actual: [Double], _ expected: [Double], _ tolerance: Double) -> Bool {
  actual.count == expected.count
    && zip(actual, expected).allSatisfy { a, b in
      a == b || abs(a - b) <= tolerance * max(1, abs(b))
    }
}

func agree(_ actual: Double, _ expected: Double, _ tolerance: Double) -> Bool {
  agree([actual], [expected], tolerance)
}
