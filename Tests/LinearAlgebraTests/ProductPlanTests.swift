import LinearAlgebra
import TestSupport
import Testing

@Suite struct ProductPlanTests {
  static let shapes = [
    (1, 1, 1), (200, 300, 100), (511, 513, 512), (512, 512, 512), (1024, 1024, 1024),
    (1536, 500, 700), (100_000, 30, 30), (30, 100_000, 30), (30, 30, 100_000), (200, 200, 50_000),
    (3000, 3100, 9000), (20_000, 20_000, 20_000), (7, 1_000_000, 1000),
  ].map { ProductShape(m: $0.0, n: $0.1, k: $0.2) }

  /// Whether the ranges follow each other from 0 to the end.
  private func areBands(_ ranges: [Range<Int>], of count: Int) -> Bool {
    ranges.first?.lowerBound == 0 && ranges.last?.upperBound == count
      && zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound }
  }

  /// Whether no two tiles share an entry.
  private func areDisjoint(_ tiles: [ProductTile]) -> Bool {
    tiles.indices.allSatisfy { i in
      tiles[..<i].allSatisfy {
        !$0.rows.overlaps(tiles[i].rows) || !$0.columns.overlaps(tiles[i].columns)
      }
    }
  }

  @Test(arguments: shapes)
  func coversEachEntryOnceAndTheWholeInnerRange(_ shape: ProductShape) {
    let plan = ProductPlan(m: shape.m, n: shape.n, k: shape.k)
    #expect(plan.tiles.reduce(0) { $0 + $1.rows.count * $1.columns.count } == shape.m * shape.n)
    #expect(areDisjoint(plan.tiles))
    #expect(areBands(plan.steps, of: shape.k))
    #expect(plan.partials.isEmpty || areBands(plan.partials, of: shape.k))
  }

  @Test(arguments: shapes)
  func keepsEachCallShort(_ shape: ProductShape) {
    for plan in [
      ProductPlan(m: shape.m, n: shape.n, k: shape.k), ProductPlan(symmetric: shape.m, k: shape.k),
    ] {
      let longest = plan.steps.map(\.count).max() ?? 0
      for tile in plan.tiles {
        // Twice the aim at most: tiles may be a quarter larger than their side on each edge.
        #expect(2 * tile.rows.count * tile.columns.count * longest <= 2 * ProductPlan.most)
      }
    }
  }

  @Test(arguments: [1, 63, 64, 128, 129, 200, 256, 257, 511, 512, 1000, 1024, 3001])
  func coversTheLowerTriangleOnce(_ n: Int) {
    let plan = ProductPlan(symmetric: n, k: n)
    #expect(areDisjoint(plan.tiles))
    var covered = 0
    for tile in plan.tiles {
      if tile.rows == tile.columns {
        covered += tile.rows.count * (tile.rows.count + 1) / 2
      } else {
        #expect(tile.columns.upperBound <= tile.rows.lowerBound)
        covered += tile.rows.count * tile.columns.count
      }
    }
    #expect(covered == n * (n + 1) / 2)
  }

  @Test func cutsLargeProductsForSeveralWorkers() {
    #expect(ProductPlan(m: 512, n: 512, k: 512).tiles.count == 2)
    #expect(ProductPlan(m: 1024, n: 1024, k: 1024).tiles.count == 4)
    #expect(ProductPlan(m: 1536, n: 100, k: 700).tiles.count == 6)
    #expect(ProductPlan(m: 30, n: 30, k: 100_000).partials.count == 8)
    #expect(ProductPlan(m: 40, n: 40, k: 40).tiles.count == 1)
  }
}
