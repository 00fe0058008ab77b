/// Appends numbers as little-endian bytes; floats bit for bit.
struct SnapshotWriter {
  private(set) var bytes: [UInt8] = []

  mutating func integer<Integer: FixedWidthInteger>(_ value: Integer) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func int(_ value: Int) { integer(Int64(value)) }
  mutating func double(_ value: Double) { integer(value.bitPattern) }
  mutating func bool(_ value: Bool) { bytes.append(value ? 1 : 0) }

  mutating func text(_ value: String) { list(Array(value.utf8)) }

  mutating func list<Integer: FixedWidthInteger>(_ values: [Integer]) {
    int(values.count)
    for value in values { integer(value) }
  }

  mutating func list(_ values: [Double]) {
    int(values.count)
    for value in values { double(value) }
  }

  /// A list whose elements `write` appends.
  mutating func list<Element>(
    _ values: [Element], _ write: (inout SnapshotWriter, Element) -> Void
  ) {
    int(values.count)
    for value in values { write(&self, value) }
  }
}
