import CZlib
import TestSupport

/// The request traces of `../shared/data/traces`.
enum SharedTraces {
  static func has(_ name: String) -> Bool { SharedFiles.has("data/traces/\(name).txt.gz") }

  static func pages(_ name: String) -> [Int64]? {
    guard let path = SharedFiles.path("data/traces/\(name).txt.gz"),
      let file = gzopen(path, "rb")
    else { return nil }
    defer { gzclose(file) }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = gzread(file, &chunk, UInt32(chunk.count))
      guard count > 0 else { break }
      text.append(contentsOf: chunk[..<Int(count)])
    }
    return text.split(separator: 10).compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
  }
}
