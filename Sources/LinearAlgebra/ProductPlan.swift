/// Rows and columns of the result that one BLAS call computes.
package struct ProductTile: Equatable, Sendable {
  package let rows: Range<Int>
  package let columns: Range<Int>

  var area: Int { rows.count * columns.count }
}

/// How a product C (m × n) with inner dimension k is cut into tiles and steps, from the shape alone.
///
/// In step s every tile adds its part of the inner range `steps[s]`; tiles of one step are
/// independent. When `partials` is not empty the result is too small to be cut but the inner
/// dimension is long: then each of those inner ranges is a product of its own, added up in order.
package struct ProductPlan: Equatable, Sendable {
  package private(set) var tiles: [ProductTile] = []
  package private(set) var steps: [Range<Int>] = []
  package private(set) var partials: [Range<Int>] = []

  /// Below this many flops a product is one call: 40 to 80 µs in double precision, about what it
  /// takes to wake another thread.
  static let smallest = 5 << 20
  /// Flops of a tile at least, so that handing it out costs nothing.
  static let least = 1 << 23
  /// Flops of a tile in one step at most, about 20 ms in double precision: a stop is heard in time.
  package static let most = 1 << 30
  /// Side of a tile: every tile packs its operands anew. Measured in double precision, of an uncut
  /// product's speed: 512 × 512 97 % (of 2048³), 512 × 256 98 %, 128 × 512 92 %, 64 × 512 79 % (of
  /// 512³).
  static let tileSide = 512
  /// Partial products at most; each has a result of its own in scratch.
  static let mostPartials = 8

  static func flops(_ m: Int, _ n: Int, _ k: Int) -> Double {
    2 * Double(m) * Double(n) * Double(k)
  }

  /// Whether the product is one call; asked first, because a plan costs more than a small product.
  static func isSmall(_ m: Int, _ n: Int, _ k: Int) -> Bool {
    flops(m, n, k) < Double(smallest)
  }

  /// For any result.
  package init(m: Int, n: Int, k: Int) {
    let affordable = max(1, Int(Self.flops(m, n, k) / Double(Self.least)))  // tiles
    var rowParts = min(max(1, m / Self.tileSide), affordable)
    var columnParts = min(max(1, n / Self.tileSide), max(1, affordable / rowParts))
    if rowParts * columnParts == 1 { partials = Self.partials(m, n, k, affordable) }
    // An odd handful of tiles leaves one of two workers idle for a while.
    if partials.isEmpty, [1, 3, 5].contains(rowParts * columnParts),
      affordable >= 2 * rowParts * columnParts
    {
      if n / columnParts >= m / rowParts { columnParts *= 2 } else { rowParts *= 2 }
    }
    let columnBands = Self.bands(n, parts: columnParts)
    for rows in Self.bands(m, parts: rowParts) {
      for columns in columnBands { tiles.append(ProductTile(rows: rows, columns: columns)) }
    }
    steps = Self.steps(tiles, k)
  }

  /// For a symmetric result: tiles that cover the lower triangle, in descending size. The block below
  /// the diagonal of each halving is computed whole, then both halves are cut likewise; the square
  /// tiles left on the diagonal are halved further by `lowerProduct`.
  package init(symmetric n: Int, k: Int) {
    let affordable = max(1, Int(Self.flops(n, n, k) / 2 / Double(Self.least)))
    if n < Self.tileSide { partials = Self.partials(n, n, k, affordable) }
    if n > 0 {
      let smallestTile = n <= Self.tileSide ? max(64, n / 4 + 8) : Self.tileSide / 2
      Self.cutLower(0..<n, smallestTile, into: &tiles)
    }
    tiles.sort { $0.area > $1.area }
    steps = Self.steps(tiles, k)
  }

  private static func partials(_ m: Int, _ n: Int, _ k: Int, _ affordable: Int) -> [Range<Int>] {
    guard affordable > 1, k >= 8 * max(m, n) else { return [] }
    let ranges = bands(k, parts: min(mostPartials, affordable))
    return ranges.count > 1 ? ranges : []
  }

  private static func cutLower(
    _ range: Range<Int>, _ smallestTile: Int, into tiles: inout [ProductTile]
  ) {
    guard range.count > smallestTile else {
      tiles.append(ProductTile(rows: range, columns: range))
      return
    }
    let half = firstHalf(range.count)
    let middle = range.lowerBound + half
    let below = range.upperBound - middle
    for rows in bands(below, parts: max(1, below / smallestTile)) {
      for columns in bands(half, parts: max(1, half / tileSide)) {
        tiles.append(
          ProductTile(
            rows: rows.lowerBound + middle..<rows.upperBound + middle,
            columns: columns.lowerBound + range.lowerBound..<columns.upperBound + range.lowerBound))
      }
    }
    cutLower(range.lowerBound..<middle, smallestTile, into: &tiles)
    cutLower(middle..<range.upperBound, smallestTile, into: &tiles)
  }

  /// Where a triangle of this order is halved: a multiple of 8, the width of the BLAS kernels.
  static func firstHalf(_ n: Int) -> Int { (n / 2 + 7) / 8 * 8 }

  private static func steps(_ tiles: [ProductTile], _ k: Int) -> [Range<Int>] {
    let largest = tiles.lazy.map(\.area).max() ?? 0
    guard largest > 0 else { return [0..<k] }
    let length = max(256, Int(Double(most) / 2 / Double(largest)) / 256 * 256)
    return bands(k, parts: (k + length - 1) / length)
  }

  /// 0..<count in at most `parts` ranges of nearly one length, a multiple of 8 but for the last.
  static func bands(_ count: Int, parts: Int) -> [Range<Int>] {
    guard parts > 1 else { return [0..<count] }
    let length = ((count + parts - 1) / parts + 7) / 8 * 8
    return stride(from: 0, to: count, by: length).map { $0..<min($0 + length, count) }
  }
}
