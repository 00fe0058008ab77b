import Jobs
import Observability
import Testing

@Suite("Ids, digests and moments")
struct ModelTests {
  @Test
  func theComplementOfADigestTurnsEveryBit() {
    let digest = SHA256Digest(of: [1, 2, 3])
    #expect(digest.complement.bytes == digest.bytes.map { ~$0 })
    #expect(digest.complement.complement == digest)
  }

  @Test
  func idsGrowAlsoWhenTheClockStepsBack() {
    let source = JobIDSource()
    let moments = [5_000, 5_000, 5_001, 4_000, 4_000, 6_000].map {
      Timestamp(milliseconds: 1_700_000_000_000 + $0)
    }
    let ids = (0..<2000).flatMap { _ in moments.map { source.next(at: $0) } }
    #expect(ids == ids.sorted() && Set(ids).count == ids.count)
  }

  @Test
  func idsAreVersionSevenAndReadBack() throws {
    let now = Timestamp(milliseconds: 1_645_557_742_000)
    let id = JobIDSource().next(at: now)
    let text = id.description
    #expect(text.hasPrefix("017f22e2-79b0-7") && text.count == 36)
    #expect(JobID(text) == id && JobID(text.uppercased()) == id)
    #expect(id.madeAt == now && JobID.lowest(at: now) <= id)
    #expect(JobID.lowest(at: now.adding(milliseconds: 1)) > id)
    // RFC 9562, appendix A.6
    #expect(JobID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")?.madeAt == now)
  }

  @Test(arguments: [
    "", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398fa",
    "017f22e2-79b0-4cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-18c4-dc0c0c07398f",
    "017f22e279b0-7cc3-98c4-dc0c0c07398f-", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
  ])
  func refusesOtherIds(_ text: String) {
    #expect(JobID(text) == nil)
  }

  @Test
  func digestsAreThoseOfTheStandard() throws {
    // FIPS 180-4 example values.
    let abc = SHA256Digest(of: Array("abc".utf8))
    #expect(
      abc.hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256Digest(of: []).hexadecimal
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    var hasher = SHA256Hasher()
    for byte in "abc".utf8 { hasher.update([byte]) }
    #expect(hasher.finish() == abc)
    #expect(SHA256Digest(abc.description) == abc && SHA256Digest(abc.hexadecimal) == abc)
    #expect(SHA256Digest(bytes: abc.bytes) == abc)
    #expect(SHA256Digest("sha256-ba78") == nil && SHA256Digest(bytes: [1]) == nil)
    #expect(SHA256Digest(String(repeating: "g", count: 64)) == nil)
  }

  /// Long input is looked at in pieces: one short of a piece, one, one more, and four.
  @Test(arguments: [
    (131_071, "d5188e72e53c954c"), (131_072, "60d19bc29268943a"), (131_073, "4110a92516dd7888"),
    (400_000, "ffee6cb78ee9b8b7"),
  ])
  func digestsOfManyBytesAreThoseOfTheWhole(_ count: Int, _ beginning: String) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: ($0 * $0) >> 3) }
    #expect(SHA256Digest(of: bytes).hexadecimal.hasPrefix(beginning))
    var hasher = SHA256Hasher()
    hasher.update(Array(bytes[..<70_000]))
    hasher.update(Array(bytes[70_000...]))
    #expect(hasher.finish() == SHA256Digest(of: bytes))
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2026-11-21T09:01:23.456Z", 1_795_251_683_456),
    ("2024-02-29t23:59:59.9999z", 1_709_251_199_999),
    ("2000-03-01T00:00:00+05:30", 951_849_000_000), ("1969-12-31T23:59:59.999Z", -1),
    ("1600-01-01T00:00:00Z", -11_676_096_000_000),
  ])
  func readsMoments(_ text: String, _ milliseconds: Int64) throws {
    let moment = try #require(Timestamp(rfc3339: text))
    #expect(moment.milliseconds == milliseconds)
    #expect(Timestamp(rfc3339: moment.text) == moment)
  }

  @Test(arguments: [
    "", "2026-11-21", "2026-11-21T09:01:23", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
    "2026-11-21T24:00:00Z", "2026-11-21T09:01:23.Z", "2026-11-21T09:01:23Zx",
    "2026-11-21 09:01:23Z", "2026-11-31T09:01:23Z", "2026-11-21T09:01:23+24:00",
  ])
  func refusesOtherMoments(_ text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }
}
