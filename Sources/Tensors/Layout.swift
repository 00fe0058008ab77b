/// Reorders elements into row-major, little endian bytes.
enum Layout {
  /// The elements of a tensor whose bytes are `bytes`, row-major and little endian. O(elements).
  static func normalised(_ bytes: UnsafeRawBufferPointer, of tensor: Tensor) -> [UInt8] {
    switch tensor.elementType.byteCount {
    case 8: return normalised(bytes, of: tensor, as: UInt64.self)
    case 4: return normalised(bytes, of: tensor, as: UInt32.self)
    case 2: return normalised(bytes, of: tensor, as: UInt16.self)
    default: return normalised(bytes, of: tensor, as: UInt8.self)
    }
  }

  private static func normalised<Word: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, of tensor: Tensor, as: Word.Type
  ) -> [UInt8] {
    let isBig = tensor.byteOrder == .big
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { memory, count in
      let target = UnsafeMutableRawBufferPointer(memory)
      if tensor.order == .rowMajor {
        for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<Word>.size) {
          let word = bytes.loadUnaligned(fromByteOffset: offset, as: Word.self)
          target.storeBytes(
            of: isBig ? word.byteSwapped : word, toByteOffset: offset, as: Word.self)
        }
      } else {
        transpose(bytes, tensor.shape, into: target, swapping: isBig, as: Word.self)
      }
      count = bytes.count
    }
  }

  /// Column major to row major. The first index, which runs fastest in the source, and the last,
  /// which runs fastest in the target, form planes that are transposed in tiles of 32 × 32, so
  /// that both sides stay in the cache; the indices between them choose the plane.
  private static func transpose<Word: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, _ shape: [Int], into target: UnsafeMutableRawBufferPointer,
    swapping: Bool, as: Word.Type
  ) {
    guard !source.isEmpty, let rows = shape.first, let columns = shape.last else { return }
    let width = MemoryLayout<Word>.size
    let middle = Array(shape.dropFirst().dropLast())
    let planes = middle.reduce(1, *)
    let tile = 32
    for plane in 0..<planes {
      // The plane's number with the last middle index fastest, and its place in column major.
      var rest = plane
      var place = 0
      var digits = Array(repeating: 0, count: middle.count)
      for dimension in middle.indices.reversed() {
        digits[dimension] = rest % middle[dimension]
        rest /= middle[dimension]
      }
      var step = 1
      for dimension in middle.indices {
        place += digits[dimension] * step
        step *= middle[dimension]
      }
      for top in stride(from: 0, to: rows, by: tile) {
        for left in stride(from: 0, to: columns, by: tile) {
          for row in top..<min(top + tile, rows) {
            for column in left..<min(left + tile, columns) {
              let from = row + rows * (place + planes * column)
              let to = column + columns * (plane + planes * row)
              let word = source.loadUnaligned(fromByteOffset: from * width, as: Word.self)
              target.storeBytes(
                of: swapping ? word.byteSwapped : word, toByteOffset: to * width, as: Word.self)
            }
          }
        }
      }
    }
  }
}
