import AlgorithmInterface
import FoundationEssentials
import JSON
import WeightedPaging

/// A snapshot as JSON: `{"format", "version", "encoding", "data"}`. The checksum is inside the data,
/// over all of it.
enum PagingSnapshotDocument {
  private static let format = "matquay-paging-session"

  static func document(_ bytes: [UInt8]) -> JSONObject {
    [
      "format": .string(format), "version": 1, "encoding": "base64",
      "checksum": .string(checksum(bytes)),
      "data": .string(Data(bytes).base64EncodedString()),
    ]
  }

  /// The session of a creation body's `snapshot`, which must be its only member.
  static func session(_ element: JSONElement, alone: Bool) throws(PagingRefusal) -> PagingSession {
    guard alone else {
      throw .refused(["snapshot"], "stands alone: everything else is in it")
    }
    guard element["format"]?.stringValue == format,
      let text = element["data"]?.stringValue
    else { throw .refused(["snapshot"], "is not a document of format \(format)") }
    guard element["version"]?.integerValue == 1 else {
      throw .refused(["snapshot", "version"], "is not 1")
    }
    guard let data = Data(base64Encoded: text) else {
      throw .refused(["snapshot", "data"], "is not base64")
    }
    let bytes = [UInt8](data)
    guard element["checksum"]?.stringValue == checksum(bytes) else {
      throw .refused(["snapshot", "checksum"], "does not belong to the data")
    }
    do {
      return try PagingSession(snapshot: bytes)
    } catch {
      throw refusal(error)
    }
  }

  static func refusal(_ error: PagingSnapshotError) -> PagingRefusal {
    let detail =
      switch error {
      case .notASnapshot: "is not a session's snapshot"
      case .unsupportedVersion(let version): "is of version \(version), which is not known here"
      case .checksum: "is damaged: its checksum does not hold"
      case .damaged(let what): "is damaged: \(what)"
      }
    return .refused(["snapshot"], detail)
  }

  /// The CRC-64 at the end of the bytes, in hexadecimal.
  private static func checksum(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return String(
      bytes.suffix(8).reversed().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
