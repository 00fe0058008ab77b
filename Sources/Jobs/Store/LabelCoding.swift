/// Labels in one column: for each the lengths of name and value (4 bytes each, little endian),
/// then their UTF-8.
enum LabelCoding {
  static func encode(_ labels: [JobLabel]) -> [UInt8]? {
    if labels.isEmpty { return nil }
    var bytes: [UInt8] = []
    for label in labels {
      for part in [label.name, label.value] {
        let count = UInt32(part.utf8.count)
        for shift in stride(from: 0, to: 32, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: count >> UInt32(shift)))
        }
      }
      bytes.append(contentsOf: label.name.utf8)
      bytes.append(contentsOf: label.value.utf8)
    }
    return bytes
  }

  /// What cannot be read (a damaged row) is left out.
  static func decode(_ bytes: [UInt8]) -> [JobLabel] {
    var labels: [JobLabel] = []
    var rest = bytes[...]
    func count(_ bytes: ArraySlice<UInt8>) -> Int {
      bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    while rest.count >= 8 {
      let name = count(rest.prefix(4))
      let value = count(rest.dropFirst(4).prefix(4))
      rest = rest.dropFirst(8)
      guard name + value <= rest.count else { break }
      labels.append(
        JobLabel(
          name: String(decoding: rest.prefix(name), as: UTF8.self),
          value: String(decoding: rest.dropFirst(name).prefix(value), as: UTF8.self)))
      rest = rest.dropFirst(name + value)
    }
    return labels
  }
}
