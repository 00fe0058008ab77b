/// Name, version and checksum around the contents of a snapshot.
enum SnapshotEnvelope {
  private static let name = Array("MQPAGING".utf8)
  static let version: UInt32 = 2

  static func seal(_ contents: [UInt8]) -> [UInt8] {
    var writer = SnapshotWriter()
    for byte in name { writer.integer(byte) }
    writer.integer(version)
    var bytes = writer.bytes
    bytes.append(contentsOf: contents)
    var end = SnapshotWriter()
    end.integer(checksum(bytes[...]))
    return bytes + end.bytes
  }

  static func open(_ bytes: [UInt8]) throws(PagingSnapshotError) -> SnapshotReader {
    let header = name.count + 4
    guard bytes.count >= header + 8, Array(bytes.prefix(name.count)) == name else {
      throw .notASnapshot
    }
    var reader = SnapshotReader(bytes[name.count...])
    let version = try reader.integer(UInt32.self)
    guard version == Self.version else { throw .unsupportedVersion(version) }
    let body = bytes[..<(bytes.count - 8)]
    var end = SnapshotReader(bytes[(bytes.count - 8)...])
    let expected = try end.integer(UInt64.self)
    let actual = checksum(body)
    guard expected == actual else { throw .checksum(expected: expected, actual: actual) }
    return SnapshotReader(body[header...])
  }

  /// CRC-64/XZ (ECMA-182, reflected): finds every burst of up to 64 changed bits.
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var crc = UInt64.max
    for byte in bytes {
      crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8)
    }
    return ~crc
  }

  private static let table: [UInt64] = (0..<256).map { index in
    (0..<8).reduce(UInt64(index)) { crc, _ in
      crc & 1 == 1 ? (crc >> 1) ^ 0xC96C_5795_D787_0F42 : crc >> 1
    }
  }
}
