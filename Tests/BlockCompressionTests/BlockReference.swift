import BlockCompression
import JSON
import LinearAlgebra
import TestSupport
import Testing

/// Oracle values of `../shared/reference/blast`, by file name.
enum BlockReference {
  static func cases(_ name: String) -> [BlockCase] {
    guard let bytes = SharedFiles.bytes("reference/blast/\(name).json"),
      let value = try? JSONValue.parse(bytes)
    else { return [] }
    return (value["cases"]?.arrayValue ?? []).enumerated().map {
      BlockCase(name: "\(name)[\($0.offset)]", value: $0.element)
    }
  }

  static func isHere(_ name: String) -> Bool { SharedFiles.has("reference/blast/\(name).json") }
}

/// One case, told apart in the output by its place in the file.
struct BlockCase: Sendable, CustomTestStringConvertible {
  let name: String
  let value: JSONValue

  var testDescription: String { name }

  subscript(key: String) -> JSONValue? { value[key] }

  func integer(_ key: String) -> Int { value[key]?.integerValue.map { Int($0) } ?? -1 }

  func number(_ key: String) -> Double { value[key]?.doubleValue ?? .nan }

  /// An array `{"shape", "data"}` as a matrix; three dimensions become (b1·b2 × r).
  func matrix(_ key: String) -> Matrix<Double> {
    value[key].map(\.matrix) ?? Matrix(rows: 0, columns: 0)
  }

  func grid() throws -> BlockGrid {
    try BlockGrid(
      rows: integer("m"), columns: integer("n"), blockRows: integer("b1"),
      blockColumns: integer("b2"))
  }

  func factors(_ u: String = "U", _ s: String = "S", _ v: String = "V") throws -> BlockFactors<
    Double
  > {
    BlockFactors(grid: try grid(), u: matrix(u), s: matrix(s), v: matrix(v))
  }
}

extension JSONValue {
  var matrix: Matrix<Double> {
    let shape = (self["shape"]?.arrayValue ?? []).compactMap(\.integerValue).map { Int($0) }
    let data = (self["data"]?.arrayValue ?? []).compactMap(\.doubleValue)
    switch shape.count {
    case 1: return Matrix(rows: 1, columns: shape[0], elements: data)
    case 2: return Matrix(rows: shape[0], columns: shape[1], elements: data)
    case 3: return Matrix(rows: shape[0] * shape[1], columns: shape[2], elements: data)
    default: return Matrix(rows: 0, columns: 0)
    }
  }

  var numbers: [Double] { (arrayValue ?? []).compactMap(\.doubleValue) }
}

/// Whether two matrices agree relative to the largest magnitude of the expected one.
func agree(_ actual: Matrix<Double>, _ expected: Matrix<Double>, _ tolerance: Double) -> Bool {
  actual.rows == expected.rows && actual.columns == expected.columns
    && (actual - expected).maximumMagnitude
      <= tolerance * max(expected.maximumMagnitude, Double.leastNormalMagnitude)
}

func agree(_ actual: Double, _ expected: Double, _ tolerance: Double) -> Bool {
  abs(actual - expected) <= tolerance * max(abs(expected), Double.leastNormalMagnitude)
    || actual == expected
}
