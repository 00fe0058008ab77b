/// For each pair i < j of a grid's places, how many subjects have different labels there.
///
/// A subject's labels along the grid are few runs of equal ones; each pair of runs with different
/// labels is a rectangle of index pairs, added up by its corners. So a subject costs O(grid) to
/// read and O(runs²) to add, and nobody's labels need keeping.
package struct LabelMoves {
  private let grid: Int
  /// `((grid + 1) × (grid + 1))`.
  private var corners: [Int]

  package init(grid: Int) {
    self.grid = grid
    corners = Array(repeating: 0, count: (grid + 1) * (grid + 1))
  }

  /// Adds a subject by its label at each place of the grid.
  package mutating func add(_ label: (Int) -> Int) {
    var starts: [Int] = []
    var labels: [Int] = []
    for place in 0..<grid {
      let own = label(place)
      if labels.last != own {
        starts.append(place)
        labels.append(own)
      }
    }
    add(starts: starts, labels: labels)
  }

  /// Adds a subject whose label is `labels[r]` from place `starts[r]` to the next start.
  mutating func add(starts: [Int], labels: [Int]) {
    let width = grid + 1
    for a in starts.indices.dropLast() {
      let rows = (starts[a], starts[a + 1])
      for b in (a + 1)..<starts.count where labels[a] != labels[b] {
        let columns = (starts[b], b + 1 < starts.count ? starts[b + 1] : grid)
        corners[rows.0 * width + columns.0] += 1
        corners[rows.0 * width + columns.1] -= 1
        corners[rows.1 * width + columns.0] -= 1
        corners[rows.1 * width + columns.1] += 1
      }
    }
  }

  /// `(grid × grid)`; what lies above the diagonal counts.
  package var counts: [Int] {
    var moved = [Int](repeating: 0, count: grid * grid)
    for row in 0..<grid {
      var along = 0
      for column in 0..<grid {
        along += corners[row * (grid + 1) + column]
        let above = row > 0 ? moved[(row - 1) * grid + column] : 0
        moved[row * grid + column] = above + along
      }
    }
    return moved
  }
}
