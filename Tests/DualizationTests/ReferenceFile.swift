import Dualization
import JSON
import LinearAlgebra
import TestSupport

/// A file of `../shared/reference/dualize`: oracle values computed in float64, independently of
/// this code.
enum ReferenceFile {
  static func isThere(_ name: String) -> Bool { SharedFiles.has("reference/dualize/\(name).json") }

  static func load(_ name: String) throws -> JSONValue {
    guard let bytes = SharedFiles.bytes("reference/dualize/\(name).json") else { return .null }
    return try JSONValue.parse(bytes)
  }

  /// The entries of a list in a file.
  static func list(_ file: String, _ member: String) throws -> [JSONValue] {
    try load(file)[member]?.arrayValue ?? []
  }
}

extension JSONValue {
  var numbers: [Double] { (arrayValue ?? []).compactMap(\.doubleValue) }
  var text: String { stringValue ?? "" }

  func number(_ key: String) -> Double { self[key]?.doubleValue ?? .nan }

  /// A tensor `{"shape", "data"}`.
  func layerArray(_ key: String) throws -> LayerArray<Double> {
    let value = self[key] ?? .null
    return try LayerArray(
      shape: value["shape"]?.numbers.map { Int($0) } ?? [],
      elements: value["data"]?.numbers ?? [])
  }

  func matrix(_ key: String) throws -> Matrix<Double> {
    let array = try layerArray(key)
    return Matrix(rows: array.shape[0], columns: array.shape[1], elements: array.elements)
  }
}

/// ‖a − b‖_F / ‖b‖_F, absolute where b is zero.
func relativeError(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  let difference = zip(a, b).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  let size = b.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
  return size > 0 ? difference / size : difference
}

func relativeError(_ a: Double, _ b: Double) -> Double {
  b == 0 ? abs(a) : abs(a - b) / abs(b)
}

func layer(_ name: String) -> Layer {
  switch name {
  case "embed": .embed(.columns)
  case "conv2d": .conv2d(.slices)
  default: .linear
  }
}
