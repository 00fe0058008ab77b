/// How a product C (m × n) with inner dimension k is cut into tiles, from the shape alone.
struct ProductPlan: Equatable {
  let rowBands: [Range<Int>]
  let columnBands: [Range<Int>]

  /// Below this many flops a product is one tile: handing it to another thread costs about as much
  /// as it takes (some 50 µs).
  static let smallest = 1 << 22
  /// Flops aimed at in a tile: about 10 ms in double precision, so a stop is heard in time and the
  /// packing of the operands, done again in each tile, is lost in the noise.
  static let aim = 1 << 28

  var count: Int { rowBands.count * columnBands.count }

  func tile(_ index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    (rowBands[index / columnBands.count], columnBands[index % columnBands.count])
  }

  init(m: Int, n: Int, k: Int) {
    let flops = 2 * Double(m) * Double(n) * Double(k)
    var rowParts = 1
    var columnParts = 1
    if flops >= Double(Self.smallest) {
      var wanted = max(2, Int((flops / Double(Self.aim)).rounded(.up)))
      wanted += wanted % 2
      // Rows first: bands of rows repeat only the packing of B.
      rowParts = max(1, min(wanted, m / 64))
      columnParts = max(1, min((wanted + rowParts - 1) / rowParts, n / 64))
    }
    rowBands = Self.bands(m, parts: rowParts)
    columnBands = Self.bands(n, parts: columnParts)
  }

  /// 0..<count in `parts` ranges of nearly one length, a multiple of 8 but for the last.
  static func bands(_ count: Int, parts: Int) -> [Range<Int>] {
    guard parts > 1 else { return [0..<count] }
    let length = ((count + parts - 1) / parts + 7) / 8 * 8
    return stride(from: 0, to: count, by: length).map { $0..<min($0 + length, count) }
  }
}
