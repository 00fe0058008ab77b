import CZlib
import Tensors
import TestSupport
import Testing

@Suite struct GzipTests {
  /// One gzip member by zlib itself.
  private func member(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    let status = deflateInit2_(
      &stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK)
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + 1000)
    let count = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
        return output.count - Int(stream.avail_out)
      }
    }
    return Array(output[..<count])
  }

  private let text = Array((0..<5000).map { "\($0 * 7919 % 1009)\n" }.joined().utf8)

  @Test func givesBackWhatWasPacked() throws {
    let packed = member(text)
    #expect(Gzip.begins(SharedBytes(packed)))
    #expect(!Gzip.begins(SharedBytes(text)) && !Gzip.begins(SharedBytes([0x1F])))
    #expect(try Gzip.decoded(SharedBytes(packed)) == text)
    #expect(try Gzip.decoded(SharedBytes(member([]))).isEmpty)
    #expect(try Gzip.decoded(SharedBytes(packed + member([1, 2]))) == text + [1, 2])
  }

  @Test func refusesEveryTruncationAndWhatFollows() {
    let packed = member(Array(text.prefix(300)))
    for length in 0..<packed.count {
      #expect(throws: TensorError.self) {
        try Gzip.decoded(SharedBytes(Array(packed[..<length])))
      }
    }
    #expect(throws: TensorError.self) { try Gzip.decoded(SharedBytes(packed + [7])) }
    var changed = packed
    changed[packed.count - 6] ^= 1  // the CRC-32
    #expect(throws: TensorError.self) { try Gzip.decoded(SharedBytes(changed)) }
  }

  @Test func growsToItsLimitAndNoFurther() throws {
    let packed = member(text)
    #expect(try Gzip.decoded(SharedBytes(packed), limit: text.count) == text)
    #expect(throws: TensorError.decodedTooLarge(limit: text.count - 1)) {
      try Gzip.decoded(SharedBytes(packed), limit: text.count - 1)
    }
    // 4 MB of zeros are 4 KB of gzip: past the first megabyte 100 bytes a byte are too many.
    #expect(throws: TensorError.self) {
      try Gzip.decoded(SharedBytes(member([UInt8](repeating: 0, count: 4 << 20))))
    }
  }
}
