import JSON
import TestSupport
import Testing

/// The oracle values of `../shared/reference/paging` (its README fixes the conventions).
enum Reference {
  static func has(_ name: String) -> Bool { SharedFiles.has("reference/paging/\(name).json") }

  static func cases(_ name: String) throws -> [JSONValue] {
    let bytes = try #require(SharedFiles.bytes("reference/paging/\(name).json"))
    let cases = try JSONValue.parse(bytes)["cases"]?.arrayValue
    return try #require(cases)
  }
}

extension JSONValue {
  var doubles: [Double]? { arrayValue?.compactMap(\.doubleValue) }
  var integers: [Int]? { arrayValue?.compactMap { $0.integerValue.map(Int.init) } }
  func integer(_ key: String) -> Int? { self[key]?.integerValue.map(Int.init) }
}
